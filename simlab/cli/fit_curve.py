"""``simlab fit power-law|learning-curve|bnsl DATA``: a law of one variable through a curve."""

from typing import Any

import click

from simlab.cli.fit_output import data_argument, draw, interval_options
from simlab.cli.options import shared
from simlab.cli.values import Real, ValuesCommand, ValuesOption
from simlab.errors import EXIT_OK, UsageError

EPILOG = """\b
DATA is a CSV, Parquet or JSON-lines table with a column of sizes, tokens,
examples or FLOPs and one of losses or errors, both positive.

\b
Examples:
  simlab fit {law} curve.csv
  simlab fit {law} curve.csv --x examples --y loss --first 10 --at 1e9
"""

_ABOUT = {
    "power-law": "A power law y = a x^-b, least squares of ln y: no floor.",
    "learning-curve": "A power law with a floor, y = a x^-b + g (Hestness et al. 2017).",
    "bnsl": "The broken neural scaling law of Caballero et al. 2023: power laws that join smoothly "
    "at breaks, y = a + b x^-c0 prod_i (1 + (x / d_i)^(1 / f_i))^(-c_i f_i).",
}


def _command(law: str) -> click.Command:
    params: list[click.Parameter] = [
        click.Option(["--x"], help="Column of sizes.  [default: by its name]"),
        click.Option(["--y"], help="Column of losses.  [default: by its name]"),
        click.Option(
            ["--first"], type=click.IntRange(min=2),
            help="Fit this many points of the smallest x; extrapolate to the others.",
        ),
        click.Option(
            ["--of"], default="log", show_default=True,
            help="Least squares of log (ln y), log1p (ln(1 + y)) or loss (y).",
        ),
        click.Option(
            ["--starts"], type=click.IntRange(1, 10_000), default=64, show_default=True,
            help="Starts of the fit.",
        ),
        ValuesOption(["--at"], type=Real(), help="Predict y at these x."
        ),
        click.Option(["--figures"], type=click.Path(file_okay=False),
                     help="Folder to write the figure to."),
        ValuesOption(["--charts"], type=click.Choice(["html", "json", "png", "svg"]),
                     help="Formats of the figure.  [default: html]"),
        *shared("seed", "threads", "workers", "cluster", "format", "quiet", "debug"),
    ]  # fmt: skip
    if law == "bnsl":
        params.insert(0, click.Option(["--breaks"], type=click.IntRange(0, 4), default=1,
                                      show_default=True, help="Number of breaks."))  # fmt: skip
    command = ValuesCommand(
        law,
        callback=lambda **given: _run(law, given),
        params=params,
        help=_ABOUT[law],
        epilog=EPILOG.replace("{law}", law),
    )
    holder = interval_options("residual", "residual or pairs (points with replacement).", 200)(
        data_argument()(lambda: None)
    )
    command.params[:0] = reversed(holder.__click_params__)
    return command


def _run(law: str, given: dict[str, Any]) -> int:
    """Fit, print, draw."""
    from pathlib import Path

    import numpy as np

    from simlab.cli.fit_output import resample_engine, write_found
    from simlab.fitting.curve_file import read_curve
    from simlab.fitting.curve_fit import CurveData, bootstrap_curve, curve_intervals, fit_curve
    from simlab.fitting.frontier import percentile_interval

    data = read_curve(Path(given["data"]), x=given["x"], y=given["y"])
    first = given["first"] or len(data.x)
    if first > len(data.x):
        raise UsageError(f"--first {first}: the curve has {len(data.x)} points")
    fitted = CurveData(data.x[:first], data.y[:first])
    fit = fit_curve(
        fitted, law, breaks=given.get("breaks", 0), of=given["of"], starts=given["starts"],
        seed=given["seed"],
    )  # fmt: skip
    found: dict[str, Any] = {
        "law": law,
        "params": fit.params,
        "of": fit.of,
        "n_points": fit.n_points,
        "intervals": None,
        "certificate": {"n_starts": fit.n_starts, "share_best": fit.share_best,
                        "rms_error": fit.rms_error},
        "notes": [*fit.notes],
    }  # fmt: skip
    if any(x <= 0 for x in given["at"]):
        raise UsageError("--at: give positive numbers")
    draws = None
    if given["bootstrap"]:
        with resample_engine(given) as spread:
            draws = bootstrap_curve(
                fitted, fit, resamples=given["bootstrap"], resample=given["resample"],
                seed=given["seed"], spread=spread,
            )  # fmt: skip
        found["intervals"] = {
            "level": given["level"],
            "resample": given["resample"],
            "n_resamples": len(draws.params),
            **{k: list(v) for k, v in curve_intervals(fit, draws, given["level"]).items()},
        }  # fmt: skip
    tables: dict[str, Any] = {
        "Certificate": (["check", "value"], list(found["certificate"].items()))
    }
    if first < len(data.x):
        error = np.log(fit.predict(data.x) / data.y)
        rms = {
            part: float(np.sqrt((error[where] ** 2).mean()))
            for part, where in (("fitted", slice(first)), ("extrapolated", slice(first, None)))
        }
        found["rms_log_error"] = rms
        tables["Root mean square of ln(law / y)"] = (["points", "error"], list(rms.items()))
    if given["at"]:
        found["predictions_at"] = [
            {"x": x, "y": float(fit.predict(x)),
             "interval": None if draws is None else
             list(percentile_interval(draws.predict(x), given["level"]))}
            for x in given["at"]
        ]  # fmt: skip
        rows = [[p["x"], p["y"], *(p["interval"] or ())] for p in found["predictions_at"]]
        names = ["x", "y", "low", "high"][: len(rows[0])]
        tables["Predicted by the law (without the noise of a point)"] = (names, rows)
    write_found(
        found, given["form"],
        title=f"{law}, {fit.n_points} points, least squares of {fit.of}",
        values=fit.params, tables=tables, quiet=given["quiet"],
    )  # fmt: skip

    def figures() -> list[Any]:
        from simlab.charts.one_curve import curve_figure

        return [curve_figure(data, fit, draws, first=first, level=given["level"], at=given["at"])]

    draw(figures, given["figures"], given["charts"])
    return EXIT_OK


power_law = _command("power-law")
learning_curve = _command("learning-curve")
bnsl = _command("bnsl")
