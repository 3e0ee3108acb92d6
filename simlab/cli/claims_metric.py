"""``simlab claims metric``: a metric, yours or one of simlab's, searched for its properties."""

from typing import TYPE_CHECKING, Any, TypedDict

import click

from simlab.cli.options import add
from simlab.errors import EXIT_CLAIM_FAILED, EXIT_OK, UsageError

if TYPE_CHECKING:
    from simlab.claims.metric.declared_check import Declared
    from simlab.claims.metric.report import MetricReport
    from simlab.cli.progress import Bar

_SECONDS = 60.0

HELP = """Search a metric for its properties, each with the smallest counterexample.

METRIC is package.module:function or path/to/file.py:function (your code is imported and run, in a
process of its own), or the name of one of simlab's metrics, whose declared properties are then held
against the search."""

EPILOG = """\b
What the function takes, by --kind:
  tokens          f(predicted, reference) -> float: two lists of token ids
  probabilities   f(probabilities, target) -> float: a list over the options
                  that sums to 1, and the place of the correct one
  outcomes        f(outcomes) -> float: a list of True (right) and False
With --batch, tokens and probabilities come as lists over items; the function
returns one float, or one float an item.

\b
Emergence score and slope: how far the metric bends families whose loss per
token is a power law, p = exp(-(N / c)^alpha), beside a metric linear in p.
Exit code 1: the metric raises, gives no finite number, is not deterministic,
changes its input, gives no answer within the time limit or ends its process;
or a declaration of simlab's is wrong. What was found so far is printed.

\b
Examples:
  simlab claims metric my_metrics.py:clipped_distance
  simlab claims metric my.package:brier --kind probabilities
  simlab claims metric exact_match
"""


class Numbers(TypedDict):
    """What both kinds of search take."""

    examples: int
    seed: int
    n_scales: int


@click.command("metric", help=HELP, epilog=EPILOG)
@click.argument("metric")
@click.option("--kind", type=click.Choice(["tokens", "probabilities", "outcomes"]),
              help="What the function takes.  [default: tokens]")  # fmt: skip
@click.option("--batch", is_flag=True, help="The function takes all items at once.")
@click.option("--examples", type=click.IntRange(min=1), default=200, show_default=True,
              help="Most examples a property.")  # fmt: skip
@click.option("--scales", type=click.IntRange(3, 100), default=8, show_default=True,
              help="Sizes of the families that show how far the metric bends.")  # fmt: skip
@click.option("--time-limit", type=click.FloatRange(0, 1e6), metavar="SECONDS",
              help="Most that one call of your function may take, or its import; 0 for no limit.  "
              f"[default: {_SECONDS:g}]")  # fmt: skip
@add("seed", "format", "quiet", "debug")
def command(
    metric: str,
    kind: str | None,
    batch: bool,
    examples: int,
    scales: int,
    time_limit: float | None,
    seed: int,
    form: str,
    quiet: bool,
    debug: bool,
) -> int:
    """Search, print a row a property, and say on stderr in what way the metric is broken."""
    from simlab.cli.progress import Bar, say

    own = ":" not in metric and not metric.endswith(".py")
    if own:
        given = {"--kind": kind, "--batch": batch or None, "--time-limit": time_limit}
        for flag in (flag for flag, value in given.items() if value is not None):
            raise UsageError(f"{flag}: is for a function of your own; {metric} is simlab's")
    elif kind == "outcomes" and batch:
        raise UsageError("--batch: a metric of outcomes takes all items at once anyway")
    else:
        say(f"note: imports and runs {metric}", quiet=quiet)
    numbers: Numbers = {"examples": examples, "seed": seed, "n_scales": scales}
    with Bar("properties", quiet=quiet) as bar:
        if own:
            report, declared = _simlabs(metric, numbers, bar)
        else:
            seconds = _SECONDS if time_limit is None else time_limit
            kind = kind or "tokens"
            report, declared = _yours(metric, kind, batch, seconds, numbers, bar), []
    _write(report, declared, form)
    wrong = [d for d in declared if not d.agrees]
    for line in report.broken:
        say(f"simlab: {line}", quiet=False)
    for one in wrong:
        say(f"simlab: {metric} declares {one.property}: {one.declared}", quiet=False)
    if debug:
        for trace in report.traces:
            for line in trace.splitlines():
                say(line, quiet=False)
    return EXIT_CLAIM_FAILED if report.broken or wrong else EXIT_OK


def _simlabs(metric: str, numbers: Numbers, bar: "Bar") -> "tuple[MetricReport, list[Declared]]":
    """Search a metric of simlab's, and hold it against what it declares."""
    from simlab.claims.metric.declared_check import against_declared
    from simlab.claims.metric.examine import examine
    from simlab.claims.metric.own_metrics import own_metric
    from simlab.metrics.declared import find_metric

    report = examine(own_metric(metric), progress=bar, **numbers)
    return report, against_declared(report, find_metric(metric).properties)


def _yours(
    metric: str, kind: str, batch: bool, seconds: float, numbers: Numbers, bar: "Bar"
) -> "MetricReport":
    from simlab.claims.metric.apart import Request, examine_apart

    request = Request(metric=metric, kind=kind, batch=batch, seconds=seconds, **numbers)
    return examine_apart(request, progress=bar)


def _write(report: "MetricReport", declared: "list[Declared]", form: str) -> None:
    from simlab.cli.output import plain, write_csv, write_json, write_markdown, write_table

    stated = {one.property: one for one in declared}
    if form == "json":
        found: dict[str, Any] = {
            "metric": report.metric,
            "kind": report.kind,
            "properties": report.properties,
            "broken": report.broken,
        }
        write_json(found | {"declared": [d._asdict() for d in declared]} if declared else found)
        return
    names = ["property", "verdict", "counterexample"]
    rows = [[f.property, f.verdict, plain(f.counterexample)] for f in report.properties]
    if declared:
        names.insert(2, "declared")
        for row in rows:
            one = stated.get(row[0])
            row.insert(2, "" if one is None else one.declared + ("" if one.agrees else " (WRONG)"))
    if form == "csv":
        import polars as pl

        write_csv(pl.DataFrame(rows, schema=names, orient="row"))
        return
    write = write_markdown if form == "md" else write_table
    write(f"{plain(report.metric)}, a metric of {_OF[report.kind]}", names, rows)


_OF = {"tokens": "tokens", "probabilities": "probabilities", "outcomes": "outcomes",
       "own": "simlab"}  # fmt: skip
