"""``simlab fit approach-1 DATA``: compute-optimal sizes from the envelope of training curves."""

from typing import TYPE_CHECKING, Any

import click

from simlab.cli.fit_output import data_argument, frontier_options, interval_options, prediction
from simlab.cli.options import add
from simlab.cli.values import ValuesCommand
from simlab.errors import EXIT_OK

if TYPE_CHECKING:
    from simlab.fitting.frontier import Frontier, FrontierDraws

EPILOG = """\b
DATA is a CSV, Parquet or JSON-lines table, one point of a training curve a
row, with run (a name), n_params, loss (nats per token) and n_tokens or flops
spent until then.

\b
Examples:
  simlab fit approach-1 curves.csv
  simlab fit approach-1 curves.csv --smooth 9 --at 5.76e23 --figures figures
"""


@click.command(
    cls=ValuesCommand,
    epilog=EPILOG,
    help="Approach 1 of Hoffmann et al. 2022: at each compute the run with the lowest loss until "
    "then names the optimal size; a power law goes through these sizes. Needs runs of several "
    "lengths: in the middle of a learning-rate schedule a loss is higher than it need be.",
)
@data_argument()
@click.option("--points", type=click.IntRange(min=2), default=1500, show_default=True,
              help="Values of compute, evenly spaced on a log axis.")  # fmt: skip
@click.option("--smooth", type=click.IntRange(min=1), default=1, show_default=True,
              help="Odd number of points of a curve to average over.")  # fmt: skip
@click.option("--ends", is_flag=True,
              help="Keep what the smallest or the largest size wins.")  # fmt: skip
@interval_options("pairs", "pairs (runs with replacement) or subsample (80% of them).", 1000)
@frontier_options()
@add("seed", "threads", "format", "quiet", "debug")
def command(data: str, **given: Any) -> int:
    """Fit, print, draw."""
    from pathlib import Path

    from simlab.cli.fit_output import draw, write_found
    from simlab.fitting.curves_file import read_curves
    from simlab.fitting.envelope import bootstrap_envelope, fit_envelope
    from simlab.threads import default_threads

    curves = read_curves(Path(data))
    how = {"smooth": given["smooth"], "ends": given["ends"]}
    fit = fit_envelope(curves, points=given["points"], **how)
    draws = None
    if given["bootstrap"]:
        draws = bootstrap_envelope(
            curves, fit, resamples=given["bootstrap"], resample=given["resample"],
            seed=given["seed"], threads=given["threads"] or default_threads(), **how,
        )  # fmt: skip
    found: dict[str, Any] = {
        "approach": 1,
        **frontier_object(fit.frontier, draws, given["level"], given["at"]),
        "n_runs": fit.n_runs,
        "notes": [*fit.notes],
    }
    write_found(
        found, given["form"], title=f"approach 1, {fit.n_runs} training curves",
        values=found["allocation"], tables={}, quiet=given["quiet"],
    )  # fmt: skip

    def figures() -> list[Any]:
        from simlab.charts.envelope import envelope_figure
        from simlab.charts.isoflop import frontier_figure

        points = {"approach 1": (fit.frontier, draws)}
        return [
            envelope_figure(curves, fit),
            frontier_figure(points, {}, level=given["level"], at=given["at"]),
        ]

    draw(figures, given["figures"], given["charts"])
    return EXIT_OK


def frontier_object(
    frontier: "Frontier", draws: "FrontierDraws | None", level: float, at: tuple[float, ...]
) -> dict[str, Any]:
    """Return exponents, frontier, intervals and predictions as JSON has them."""
    intervals: dict[str, Any] | None = None
    if draws is not None:
        intervals = {
            "level": level,
            "resample": draws.resample,
            "n_resamples": len(draws.frontiers),
            "n_failed": draws.n_failed,
            **{name: list(draws.interval(name, level)) for name in ("a", "b")},
        }
    return {
        "allocation": {"a": frontier.a, "b": frontier.b},
        "frontier": frontier._asdict(),
        "intervals": intervals,
        "predictions": [
            prediction(
                c, frontier.optimum(c),
                draws.optimum_interval(c, level) if draws is not None else None,
            )
            for c in at
        ],
    }  # fmt: skip
