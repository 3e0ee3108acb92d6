"""``simlab fit chinchilla DATA``: the law of Hoffmann et al. 2022 by their approach 3."""

from typing import TYPE_CHECKING, Any

import click

from simlab.cli.fit_output import data_argument, frontier_options, interval_options
from simlab.cli.options import add
from simlab.cli.values import ValuesCommand, ValuesOption
from simlab.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from simlab.fitting.bootstrap import Bootstrap
    from simlab.fitting.chinchilla_fit import ChinchillaFit
    from simlab.fitting.runs import TrainingRuns

_NARROW = {
    "subsample": "subsamples of 80% give intervals half as wide as they should be; use --resample "
    "pairs",
    "residual": "residual intervals are a little too narrow (82-88% where 90% is promised, in "
    "simulations of 54 runs); use --resample pairs",
}

EPILOG = """\b
DATA is a CSV, Parquet or JSON-lines table, one run a row, with n_params, loss
(nats per token) and n_tokens or flops (then D = C / 6N); the columns of
published files (Model Size, Training FLOP) are recognised, and so is weight.

\b
Examples:
  simlab fit chinchilla runs.csv --drop-highest 5
  simlab fit chinchilla runs.csv --objective lad --bootstrap 4000 --format json
  simlab fit chinchilla runs.csv --fix E=1.69 --at 5.76e23 --figures figures
"""


@click.command(
    cls=ValuesCommand,
    epilog=EPILOG,
    help="Approach 3 of Hoffmann et al. 2022: L = E + A / N^alpha + B / D^beta from final losses, "
    "with a certificate of the optimum and intervals.",
)
@data_argument()
@click.option("--drop-highest", type=click.IntRange(min=0), default=0, show_default=True,
              help="Leave out this many runs with the highest losses.")  # fmt: skip
@click.option("--objective", default="huber", show_default=True,
              help="huber, lad, log-squares, squares or asymmetric; a sum.")  # fmt: skip
@click.option("--starts", type=click.IntRange(1, 4500), default=4500, show_default=True,
              help="Points of Hoffmann's grid to start from.")  # fmt: skip
@click.option("--fix", cls=ValuesOption, metavar="NAME=VALUE",
              help="Hold E, alpha or beta at a value; E may be 0.")  # fmt: skip
@click.option("--bounds", cls=ValuesOption, metavar="NAME=LOW:HIGH",
              help="Keep E, alpha or beta between two values.")  # fmt: skip
@click.option("--profile", is_flag=True,
              help="Profile likelihood intervals too (log-squares, squares or lad).")  # fmt: skip
@click.option("--hold-out", type=click.FloatRange(0, 1, min_open=True, max_open=True),
              help="Also fit without this share of the runs, those of most compute, and predict "
              "them.")  # fmt: skip
@interval_options(
    "pairs",
    "pairs: runs with replacement; residual: fit plus residuals; subsample: 80% of the runs, as "
    "Hoffmann et al.",
    200,
)
@click.option("--bootstrap-starts", type=click.IntRange(1, 4500), default=16, show_default=True,
              help="Starts of the fit of each resample.")  # fmt: skip
@click.option(
    "--draws",
    is_flag=True,
    help="JSON: the constants of every resample too, for the intervals of simlab plan.",
)
@frontier_options()
@add("seed", "threads", "workers", "cluster", "format", "quiet", "debug")
def command(data: str, **given: Any) -> int:
    """Fit, print, draw, and say what a reader should know."""
    from pathlib import Path

    from simlab.cli.fit_output import draw, resample_engine, write_found
    from simlab.fitting.bootstrap import bootstrap_chinchilla
    from simlab.fitting.chinchilla_fit import fit_chinchilla
    from simlab.fitting.runs_file import read_runs
    from simlab.fitting.unit_suspects import unit_suspects
    from simlab.threads import default_threads

    threads = given["threads"] or default_threads()
    fixed = {name: _number(text, "--fix", name) for name, text in _pairs("--fix", given["fix"])}
    bounds = {name: _interval(text, name) for name, text in _pairs("--bounds", given["bounds"])}
    runs = read_runs(Path(data), drop_highest=given["drop_highest"])
    fit = fit_chinchilla(
        runs, objective=given["objective"], starts=given["starts"], fixed=fixed, bounds=bounds,
        threads=threads,
    )  # fmt: skip
    draws = None
    if given["bootstrap"]:
        with resample_engine(given) as spread:
            draws = bootstrap_chinchilla(
                fit,
                resamples=given["bootstrap"],
                starts=given["bootstrap_starts"],
                resample=given["resample"],
                seed=given["seed"],
                spread=spread,
            )
    found = as_object(fit, draws, given["level"], given["at"])
    found["notes"] += unit_suspects(fit)
    tables: dict[str, Any] = {
        "Certificate": (["check", "value"], list(found["certificate"].items()))
    }
    if given["profile"]:
        tables |= _add_profile(found, fit, given["level"])
    if given["hold_out"]:
        tables |= _add_future(found, runs, given, fixed, bounds, threads)
    if given["draws"] and draws is not None:
        found["draws"] = draws.constants.tolist()
    write_found(
        found, given["form"],
        title=f"chinchilla, {fit.objective} {fit.value:.10g}, {fit.n_runs} runs",
        values=found["params"] | found["allocation"],
        tables=tables,
        quiet=given["quiet"],
    )  # fmt: skip

    def figures() -> list[Any]:
        import numpy as np

        from simlab.charts.isoflop import frontier_figure
        from simlab.charts.loss_contours import contour_figure
        from simlab.fitting.chinchilla_frontier import frontier_draws, frontier_of

        c0 = float(np.exp(np.log(runs.flops).mean()))
        own = (
            frontier_of(fit.constants, c0),
            frontier_draws(draws, c0) if draws is not None else None,
        )
        shown = frontier_figure({"approach 3": own}, {}, level=given["level"], at=given["at"])
        return [contour_figure(runs, fit.constants), shown]

    draw(figures, given["figures"], given["charts"])
    return EXIT_OK


def as_object(
    fit: "ChinchillaFit", draws: "Bootstrap | None", level: float, at: tuple[float, ...] = ()
) -> dict[str, Any]:
    """Return the object that ``--format json`` prints."""
    from simlab.cli.fit_output import prediction
    from simlab.fitting.chinchilla_frontier import frontier_draws
    from simlab.laws.chinchilla import compute_optimum

    intervals: dict[str, Any] | None = None
    if draws is not None:
        names = ("E", "A", "B", "alpha", "beta", "a", "b")
        intervals = {
            "level": level,
            "resample": draws.resample,
            "n_resamples": len(draws.constants),
            "share_best": draws.share_best,
            **{name: list(draws.interval(name, level)) for name in names},
        }
    predictions = [
        prediction(
            c, compute_optimum(c, constants=fit.constants),
            frontier_draws(draws, c).optimum_interval(c, level) if draws is not None else None,
        )
        for c in at
    ]  # fmt: skip
    return {
        "law": "chinchilla",
        "params": fit.constants._asdict(),
        "fixed": list(fit.fixed),
        "objective": {"name": fit.objective, "value": fit.value, "n_runs": fit.n_runs},
        "intervals": intervals,
        "certificate": fit.certificate._asdict(),
        "allocation": fit.allocation._asdict(),
        "predictions": predictions,
        "notes": [
            *fit.notes,
            *([_NARROW[draws.resample]] if draws is not None and draws.resample in _NARROW else ()),
            *(_unidentified(draws) if draws is not None else ()),
        ],
    }


def _add_profile(found: dict[str, Any], fit: "ChinchillaFit", level: float) -> dict[str, Any]:
    """Put the profile likelihood intervals into ``found``; return their table."""
    from simlab.fitting.profile_likelihood import PROFILED, profile_interval

    names = [name for name in PROFILED if name not in fit.fixed]
    ends = {name: profile_interval(fit, name, level=level) for name in names}
    found["profile"] = {"level": level, **{name: list(pair) for name, pair in ends.items()}}
    found["notes"] += [
        f"the runs do not bound {name} from {side}"
        for name, pair in ends.items()
        for side, number in zip(("below", "above"), pair, strict=True)
        if number is None
    ]
    rows = [[name, *pair] for name, pair in ends.items()]
    return {f"Profile likelihood, {level:.0%}": (["parameter", "low", "high"], rows)}


def _add_future(
    found: dict[str, Any],
    runs: "TrainingRuns",
    given: dict[str, Any],
    fixed: dict[str, float],
    bounds: dict[str, tuple[float, float]],
    threads: int,
) -> dict[str, Any]:
    """Put the scores of held-out runs into ``found``; return their table."""
    from simlab.fitting.future import leave_future_out

    future = leave_future_out(
        runs, share=given["hold_out"], objective=given["objective"],
        resamples=max(given["bootstrap"], 100), level=given["level"], seed=given["seed"],
        fixed=fixed, bounds=bounds, threads=threads,
    )  # fmt: skip
    names = ("above", "n_fitted", "n_held_out", "coverage", "mean_error", "rms_error", "rms_fitted")
    scores = {name: getattr(future, name) for name in names}
    found["future"] = {"level": given["level"], **scores}
    title = "Runs of most compute, predicted from the others (errors of ln loss)"
    return {title: (["score", "value"], [list(pair) for pair in scores.items()])}


def _unidentified(draws: "Bootstrap") -> list[str]:
    """Return a sentence for each parameter that many resamples do not determine."""
    E, _, _, alpha, beta = draws.constants.T
    said = []
    for name, lost in (
        ("E", E < 1e-3),
        ("alpha", (alpha <= 0) | (alpha > 3)),
        ("beta", (beta <= 0) | (beta > 3)),
    ):
        if lost.mean() > 0.05 and name not in ("E",) * bool((E == 0).all()):
            said.append(
                f"{name} is not identified: it runs off in {lost.mean():.0%} of the resamples; "
                f"fix or bound it (--fix {name}=..., --bounds {name}=...:...)"
            )
    return said


def _pairs(option: str, words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return names and values of NAME=VALUE words."""
    pairs = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not value:
            raise UsageError(f"{option} {word}: give NAME=VALUE, such as E=1.69")
        pairs.append((name, value))
    return pairs


def _number(text: str, option: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{option} {name}={text}: {text!r} is not a number") from None


def _interval(text: str, name: str) -> tuple[float, float]:
    low, colon, high = text.partition(":")
    if not colon:
        raise UsageError(f"--bounds {name}={text}: give two values, such as {name}=1.5:2")
    return (
        _number(low, "--bounds", name) if low else float("-inf"),
        _number(high, "--bounds", name) if high else float("inf"),
    )
