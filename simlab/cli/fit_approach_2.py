"""``simlab fit approach-2 DATA``: compute-optimal sizes from isoFLOP profiles."""

from typing import TYPE_CHECKING, Any

import click

from simlab.cli.fit_output import data_argument, frontier_options, interval_options
from simlab.cli.options import add
from simlab.cli.values import Real, ValuesCommand, ValuesOption
from simlab.errors import EXIT_OK

if TYPE_CHECKING:
    from simlab.fitting.frontier import FrontierDraws
    from simlab.fitting.isoflop import IsoflopFit

EPILOG = """\b
DATA is a CSV, Parquet or JSON-lines table, one run a row, with n_params, loss
(nats per token) and flops or n_tokens (then C = 6ND). Runs whose FLOPs agree
within 1% are one budget, unless --budgets names them.

\b
Examples:
  simlab fit approach-2 runs.csv
  simlab fit approach-2 runs.csv --budgets 1e19 1e20 1e21 --within 1.25
  simlab fit approach-2 runs.csv --curve cubic --at 5.76e23 --figures figures
"""


@click.command(
    cls=ValuesCommand,
    epilog=EPILOG,
    help="Approach 2 of Hoffmann et al. 2022: a parabola in ln N through the losses of each budget;"
    " its minima over the budgets give N ~ C^a. A parabola without a minimum between its sizes is "
    "refused, with the reason.",
)
@data_argument()
@click.option("--budgets", cls=ValuesOption, type=Real(),
              help="FLOPs of the budgets; a run belongs to the nearest one.")  # fmt: skip
@click.option("--within", type=Real(), default=1.1, show_default=True,
              help="With --budgets: runs farther than this factor are left out.")  # fmt: skip
@click.option("--curve", default="parabola", show_default=True, help="parabola or cubic.")
@click.option("--of", default="loss", show_default=True, help="loss or log-loss.")
@click.option("--drop-highest", type=click.IntRange(min=0), default=0, show_default=True,
              help="Leave out this many runs with the highest losses.")  # fmt: skip
@interval_options(
    "residual",
    "residual, pairs (runs of a budget with replacement) or subsample (80% of them).",
    1000,
)
@frontier_options()
@add("seed", "format", "quiet", "debug")
def command(data: str, **given: Any) -> int:
    """Fit, print, draw."""
    from pathlib import Path

    from simlab.cli.fit_output import draw, write_found
    from simlab.fitting.isoflop import fit_isoflop
    from simlab.fitting.isoflop_bootstrap import bootstrap_isoflop
    from simlab.fitting.runs_file import read_runs

    runs = read_runs(Path(data), drop_highest=given["drop_highest"])
    fit = fit_isoflop(
        runs, curve=given["curve"], of=given["of"], budgets=given["budgets"] or None,
        within=given["within"],
    )  # fmt: skip
    draws = None
    if given["bootstrap"]:
        draws = bootstrap_isoflop(
            runs, fit, resamples=given["bootstrap"], resample=given["resample"], seed=given["seed"]
        )
    found = as_object(fit, draws, given["level"], given["at"])
    profiles = [[p.flops, len(p.rows), p.n_params, p.n_tokens, p.loss] for p in fit.used]
    write_found(
        found, given["form"],
        title=f"approach 2, {fit.curve}, {len(fit.used)} budgets, {fit.n_runs} runs",
        values=found["allocation"],
        tables={"Minima": (["FLOPs", "runs", "parameters", "tokens", "loss"], profiles)},
        quiet=given["quiet"],
    )  # fmt: skip

    def figures() -> list[Any]:
        from simlab.charts.isoflop import frontier_figure, isoflop_figure

        points = {"approach 2": (fit.frontier, draws)}
        minima = {"approach 2": [(p.flops, p.n_params) for p in fit.used]}
        return [
            isoflop_figure(runs, fit),
            frontier_figure(points, minima, level=given["level"], at=given["at"]),
        ]

    draw(figures, given["figures"], given["charts"])
    return EXIT_OK


def as_object(
    fit: "IsoflopFit", draws: "FrontierDraws | None", level: float, at: tuple[float, ...]
) -> dict[str, Any]:
    """Return the object that ``--format json`` prints."""
    from simlab.cli.fit_approach_1 import frontier_object

    return {
        "approach": 2,
        "curve": fit.curve,
        "of": fit.of,
        **frontier_object(fit.frontier, draws, level, at),
        "profiles": [
            {
                "flops": p.flops,
                "n_runs": len(p.rows),
                "n_params": None if p.refused else p.n_params,
                "n_tokens": None if p.refused else p.n_tokens,
                "loss": None if p.refused else p.loss,
                "refused": p.refused or None,
            }
            for p in fit.profiles
        ],
        "n_runs": fit.n_runs,
        "notes": [*fit.notes],
    }
