"""``simlab meta TABLE...``: both predictions on emergence, and their sensitivity."""

from functools import cache
from typing import Any

import click

from simlab import registry
from simlab.analysis import Analysis
from simlab.cli.options import given, parameter_options, shared
from simlab.cli.values import ValuesCommand
from simlab.errors import EXIT_CLAIM_FAILED, EXIT_OK

_NAME = "meta"
_MOST_ROWS = 60

HELP = """Conclude: one meta-analysis over many tables of scores.

Both predictions of Schaeffer et al. 2023: which metrics have curves above a threshold, and what
another metric makes of the same outputs; then every choice that the paper leaves open is changed,
one at a time. TABLE is a file of scores (.parquet, .csv, .jsonl), a run folder, or SOURCE:PATH for
a source that 'simlab list' shows. TABLEs come before options, or after '--'."""

EPILOG = """\b
Examples:
  simlab meta mirage:
  simlab meta runs/20260101T000000Z-bigbench-0f3a6c21 scores.parquet
  simlab meta on-emergence:evaluation_scores.csv obsscaling:eval_results
"""


@cache
def _analysis() -> Analysis:
    return registry.load(registry.ANALYSES, _NAME)  # type: ignore[no-any-return]


def _meta(**values: Any) -> int:
    from simlab.cli.output import run_object, write_json, write_result
    from simlab.cli.progress import Bar, say
    from simlab.cli.run import report
    from simlab.parameters import grid

    analysis = _analysis()
    passed = given(analysis.options, values)
    options = grid(analysis.options, passed)
    if len(options) > 1:
        from simlab.errors import UsageError

        raise UsageError("an option of an analysis takes one value")
    with Bar(_NAME, quiet=values["quiet"]) as bar:
        found = analysis.run(
            list(values["tables"]),
            options[0],
            seed=values["seed"],
            out=values["out"],
            charts=values["charts"] or ("json",),
            passed=passed,
            progress=bar,
        )
    if values["form"] == "json":
        result = found.result
        write_json(
            {"run": run_object(result), **found.parts, "claims": result.claims,
             "notes": result.notes}
        )  # fmt: skip
    elif values["form"] == "csv":
        write_result(found.result, "csv")
    else:
        write_tables(found.result, values["form"])
    report(found.result, quiet=values["quiet"], say=say)
    return EXIT_OK if found.result.passed else EXIT_CLAIM_FAILED


def write_tables(result: Any, form: str) -> None:
    """Print the tables of an analysis; of a long one the first rows."""
    from simlab.cli.output import claim_rows, rows_of, write_markdown, write_notes, write_table

    write = write_markdown if form == "md" else write_table
    for title, frame in result.tables.items():
        rest = frame.height - _MOST_ROWS
        shown = f"{title} ({_MOST_ROWS} of {frame.height} rows; the report has all)"
        some = frame.head(_MOST_ROWS)
        telling = [c for c in some.columns if some[c].null_count() < some.height]
        write(shown if rest > 0 else title, telling, rows_of(some.select(telling)))
    if result.claims:
        write("Published numbers", ["", "claim", "observed", "expected"], claim_rows(result.claims))
    write_notes(result.notes, form)


class MetaCommand(ValuesCommand):
    """The command; its options are those of the analysis, which is imported on use."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the arguments and options, made at the first call."""
        if not self.params:
            self.params = [
                click.Argument(["tables"], nargs=-1, required=True, metavar="TABLE..."),
                *parameter_options(_analysis().options),
                *shared("seed", "out", "charts", "format", "quiet", "debug"),
            ]
        return super().get_params(ctx)


command = MetaCommand(_NAME, callback=_meta, help=HELP, epilog=EPILOG)
