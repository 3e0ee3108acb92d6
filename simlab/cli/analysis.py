"""Commands of analyses: tables of scores in, conclusions over all of them out."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from simlab import registry
from simlab.analysis import Analysis, Findings
from simlab.cli.options import given, parameter_options, shared
from simlab.cli.values import ValuesCommand
from simlab.errors import EXIT_CLAIM_FAILED, EXIT_OK

if TYPE_CHECKING:
    import polars as pl

_MOST_ROWS = 60


class AnalysisCommand(ValuesCommand):
    """The command of a registered analysis, which is imported on use for its options.

    Parameters
    ----------
    name : str
        Of the analysis and of the command.
    csv : callable
        Picks the frame that ``--format csv`` prints from the findings.
    engine : sequence of str
        Shared options that ``Analysis.run`` takes beside seed, out and charts.
    help, epilog : str
    """

    def __init__(
        self,
        name: str,
        *,
        csv: Callable[[Findings], "pl.DataFrame"],
        engine: Sequence[str] = (),
        help: str,
        epilog: str,
    ) -> None:
        super().__init__(name, callback=self._run, help=help, epilog=epilog)
        self._analysis_name = name
        self._csv = csv
        self._engine = engine

    @property
    def _analysis(self) -> Analysis:
        found: Analysis = registry.load(registry.ANALYSES, self._analysis_name)
        return found

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the arguments and options, made at the first call."""
        if not self.params:
            self.params = [
                click.Argument(["tables"], nargs=-1, required=True, metavar="TABLE..."),
                *parameter_options(self._analysis.options),
                *shared("seed", *self._engine, "out", "charts", "format", "quiet", "debug"),
            ]
        return super().get_params(ctx)

    def _run(self, **values: Any) -> int:
        from simlab.cli.output import run_object, write_csv, write_json
        from simlab.cli.progress import Bar, say
        from simlab.cli.run import report
        from simlab.parameters import single

        analysis = self._analysis
        passed = given(analysis.options, values)
        options = single(analysis.options, passed)
        with Bar(analysis.name, quiet=values["quiet"]) as bar:
            found = analysis.run(
                list(values["tables"]),
                options,
                seed=values["seed"],
                out=values["out"],
                charts=values["charts"] or ("json",),
                passed=passed,
                progress=bar,
                **{name: values[name] for name in self._engine},
            )
        result = found.result
        if values["form"] == "json":
            ends = {"claims": result.claims, "notes": result.notes}
            write_json({"run": run_object(result), **found.parts, **ends})
        elif values["form"] == "csv":
            write_csv(self._csv(found))
        else:
            _write_tables(result, values["form"])
        report(result, quiet=values["quiet"], say=say)
        return EXIT_OK if result.passed else EXIT_CLAIM_FAILED


def _write_tables(result: Any, form: str) -> None:
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
