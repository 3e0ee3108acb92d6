"""What the commands of ``simlab fit`` share: options, predictions, what they print and draw."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from simlab.cli.values import Real, ValuesOption

if TYPE_CHECKING:
    from simlab.fitting.refits import Spread
    from simlab.laws.chinchilla import ComputeOptimum

Rows = Sequence[Sequence[Any]]


def data_argument() -> Callable[[Any], Any]:
    """Return the argument DATA."""
    return click.argument("data", type=click.Path())


def interval_options(resample: str, choices: str, resamples: int) -> Callable[[Any], Any]:
    """Return --bootstrap, --resample and --level."""

    def decorate(function: Any) -> Any:
        options = (
            click.option(
                "--bootstrap", type=click.IntRange(min=0), default=resamples, show_default=True,
                help="Resamples behind the intervals; 0: no intervals.",
            ),
            click.option("--resample", default=resample, show_default=True, help=choices),
            click.option(
                "--level", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.9,
                show_default=True, help="Coverage of the intervals.",
            ),
        )  # fmt: skip
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


@contextmanager
def resample_engine(given: Mapping[str, Any]) -> "Iterator[Spread]":
    """Open where --workers, --cluster and --threads say that resamples are fitted."""
    from simlab.cli.progress import Bar
    from simlab.sweep.engine import EngineChoice
    from simlab.sweep.refit_task import spread_over

    choice = EngineChoice(
        workers=given["workers"], cluster=given["cluster"], threads=given["threads"]
    )
    with choice.open() as engine, Bar("resamples", quiet=given["quiet"]) as bar:
        yield spread_over(engine, bar)


def frontier_options() -> Callable[[Any], Any]:
    """Return --at, --figures and --charts."""

    def decorate(function: Any) -> Any:
        options = (
            click.option(
                "--at", cls=ValuesOption, type=Real(),
                help="Budgets in FLOPs: print their compute-optimal parameters and tokens.",
            ),
            click.option(
                "--figures", type=click.Path(file_okay=False),
                help="Folder to write the figures to.",
            ),
            click.option(
                "--charts", cls=ValuesOption, type=click.Choice(["html", "json", "png", "svg"]),
                help="Formats of the figures.  [default: html]",
            ),
        )  # fmt: skip
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def prediction(
    flops: float, optimum: "ComputeOptimum", interval: tuple[float, float] | None
) -> dict[str, Any]:
    """Return one prediction as JSON has it."""
    n_params, n_tokens = (float(x) for x in optimum)
    return {
        "flops": flops,
        "n_params": n_params,
        "n_tokens": n_tokens,
        "tokens_per_param": n_tokens / n_params,
        "n_params_interval": list(interval) if interval else None,
    }


def write_found(
    found: Mapping[str, Any],
    form: str,
    *,
    title: str,
    values: Mapping[str, float],
    tables: Mapping[str, tuple[Sequence[str], Rows]],
    quiet: bool,
) -> None:
    """Print a fit: JSON as it is, CSV of the values alone, tables of all.

    ``values`` are the numbers with intervals, ``tables`` what follows them by title; ``found``
    holds "intervals" and "notes".
    """
    from simlab.cli.output import (
        plain,
        write_csv,
        write_json,
        write_markdown,
        write_notes,
        write_table,
    )
    from simlab.cli.progress import say

    if form == "json":
        write_json(dict(found))
        return
    intervals = found["intervals"] or {}
    rows = [[name, number, *intervals.get(name, (None, None))] for name, number in values.items()]
    if form == "csv":
        import polars as pl

        schema = ["parameter", "value", "low", "high"]
        write_csv(pl.DataFrame(rows, schema=schema, orient="row"))
        for note in found["notes"]:
            say(f"note: {note}", quiet=quiet)
        return
    write = write_markdown if form == "md" else write_table
    columns = ["parameter", "value"]
    if intervals:
        columns += [f"{intervals['level']:.0%} low", "high"]
    write(title, columns, [[r[0], f"{r[1]:.7g}", *map(plain, r[2:])][: len(columns)] for r in rows])
    predictions = prediction_rows(found.get("predictions") or (), bool(intervals))
    for name, (names, cells) in {**tables, **predictions}.items():
        write(name, names, [[_shown(cell) for cell in row] for row in cells])
    write_notes(found["notes"], form)


def prediction_rows(
    predictions: Sequence[Mapping[str, Any]], intervals: bool
) -> dict[str, tuple[Sequence[str], Rows]]:
    """Return the table of predictions by its title; none without predictions."""
    if not predictions:
        return {}
    names = ["FLOPs", "parameters", "tokens", "tokens / parameter"]
    names += ["parameters low", "high"] * intervals
    rows = [
        [p["flops"], p["n_params"], p["n_tokens"], p["tokens_per_param"],
         *((p["n_params_interval"] or (None, None)) if intervals else ())]
        for p in predictions
    ]  # fmt: skip
    return {"Compute-optimal": (names, rows)}


def draw(figures: Callable[[], Sequence[Any]], folder: str | None, formats: Sequence[str]) -> None:
    """Write the figures if a folder is given."""
    if folder is None:
        return
    from simlab.charts.export import write_figures

    write_figures(figures(), folder, formats=formats or ("html",))


def _shown(value: Any) -> str:
    from simlab.cli.output import plain

    return ", ".join(value) or "none" if isinstance(value, tuple) else plain(value)
