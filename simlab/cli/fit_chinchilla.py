"""``simlab fit chinchilla DATA``: the law of Hoffmann et al. 2022 by their approach 3."""

from typing import TYPE_CHECKING, Any

import click

from simlab.cli.fit_output import data_argument, frontier_options, interval_options
from simlab.cli.options import add
from simlab.cli.values import Real, ValuesCommand
from simlab.errors import EXIT_OK

if TYPE_CHECKING:
    from simlab.fitting.bootstrap import Bootstrap
    from simlab.fitting.chinchilla_fit import ChinchillaFit

_NARROW = ("subsamples of 80% give intervals half as wide as they should be; use --resample pairs",)

EPILOG = """\b
DATA is a CSV, Parquet or JSON-lines table, one run a row, with n_params, loss
(nats per token) and n_tokens or flops (then D = C / 6N); the columns of
published files (Model Size, Training FLOP) are recognised.

\b
Examples:
  simlab fit chinchilla runs.csv --drop-highest 5
  simlab fit chinchilla runs.csv --objective lad --bootstrap 4000 --format json
  simlab fit chinchilla runs.csv --fix-E 1.69 --at 5.76e23 --figures figures
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
              help="huber, lad, log-squares (of ln L) or squares (of L); a sum.")  # fmt: skip
@click.option("--starts", type=click.IntRange(1, 4500), default=4500, show_default=True,
              help="Points of Hoffmann's grid to start from.")  # fmt: skip
@click.option("--fix-E", "E", type=Real(), help="Hold the floor E at this value, which may be 0.")
@click.option("--fix-alpha", "alpha", type=Real(), help="Hold alpha at this value.")
@click.option("--fix-beta", "beta", type=Real(), help="Hold beta at this value.")
@interval_options("pairs", "pairs: with replacement; subsample: 80%, as Hoffmann et al.", 200)
@click.option("--bootstrap-starts", type=click.IntRange(1, 4500), default=16, show_default=True,
              help="Starts of the fit of each resample.")  # fmt: skip
@click.option(
    "--draws",
    is_flag=True,
    help="JSON: the constants of every resample too, for the intervals of simlab plan.",
)
@frontier_options()
@add("seed", "threads", "format", "quiet", "debug")
def command(data: str, **given: Any) -> int:
    """Fit, print, draw, and say what a reader should know."""
    from pathlib import Path

    from simlab.cli.fit_output import draw, write_found
    from simlab.cli.progress import Bar
    from simlab.fitting.bootstrap import bootstrap_chinchilla
    from simlab.fitting.chinchilla_fit import fit_chinchilla
    from simlab.fitting.runs_file import read_runs
    from simlab.threads import default_threads

    threads = given["threads"] or default_threads()
    fixed = {name: given[name] for name in ("E", "alpha", "beta") if given[name] is not None}
    runs = read_runs(Path(data), drop_highest=given["drop_highest"])
    fit = fit_chinchilla(
        runs, objective=given["objective"], starts=given["starts"], fixed=fixed, threads=threads
    )
    draws = None
    if given["bootstrap"]:
        with Bar("resamples", quiet=given["quiet"]) as bar:
            draws = bootstrap_chinchilla(
                runs,
                fit,
                resamples=given["bootstrap"],
                starts=given["bootstrap_starts"],
                resample=given["resample"],
                fixed=fixed,
                seed=given["seed"],
                threads=threads,
                progress=bar,
            )
    found = as_object(fit, draws, given["level"], given["at"])
    if given["draws"] and draws is not None:
        found["draws"] = draws.constants.tolist()
    write_found(
        found, given["form"],
        title=f"chinchilla, {fit.objective} {fit.value:.10g}, {fit.n_runs} runs",
        values=found["params"] | found["allocation"],
        tables={"Certificate": (["check", "value"], list(found["certificate"].items()))},
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
        "notes": [*fit.notes, *_NARROW[: draws is not None and draws.resample == "subsample"]],
    }
