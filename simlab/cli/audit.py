"""``simlab audit TABLE...``: a verdict on every curve, with its reason."""

from functools import cache
from typing import Any

import click

from simlab import registry
from simlab.analysis import Analysis
from simlab.cli.options import given, parameter_options, shared
from simlab.cli.values import ValuesCommand
from simlab.errors import EXIT_OK

_NAME = "audit"

HELP = """Audit: a calibrated verdict on every curve of score against scale.

Each curve is tested for improvement, for sharpness beyond a smooth curve at its own scales and
numbers of items, and for what another metric makes of the same outputs; false discoveries are
controlled over all curves. TABLE is a file of scores (.parquet, .csv, .jsonl), a run folder, or
SOURCE:PATH for a source that 'simlab list' shows. TABLEs come before options, or after '--'.

Verdicts: survives, metric_artefact, resolution_limited, smooth, no_improvement, undecided."""

EPILOG = """\b
Examples:
  simlab audit scores.csv
  simlab audit lm-eval:results --metric acc --format csv
  simlab audit bigbench:scores --fdr by --replicates 9999
"""


@cache
def _analysis() -> Analysis:
    return registry.load(registry.ANALYSES, _NAME)  # type: ignore[no-any-return]


def _audit(**values: Any) -> int:

    from simlab.cli.meta import write_tables
    from simlab.cli.output import run_object, write_csv, write_json
    from simlab.cli.progress import Bar, say
    from simlab.cli.run import report
    from simlab.errors import UsageError
    from simlab.parameters import grid

    analysis = _analysis()
    passed = given(analysis.options, values)
    options = grid(analysis.options, passed)
    if len(options) > 1:
        raise UsageError("this option of an analysis takes one value")
    with Bar(_NAME, quiet=values["quiet"]) as bar:
        found = analysis.run(
            list(values["tables"]),
            options[0],
            seed=values["seed"],
            out=values["out"],
            charts=values["charts"] or ("json",),
            passed=passed,
            threads=values["threads"],
            progress=bar,
        )
    if values["form"] == "json":
        parts = {k: v.to_dicts() if hasattr(v, "to_dicts") else v for k, v in found.parts.items()}
        write_json({"run": run_object(found.result), **parts, "notes": found.result.notes})
    elif values["form"] == "csv":
        write_csv(found.parts["verdicts"])
    else:
        write_tables(found.result, values["form"])
    report(found.result, quiet=values["quiet"], say=say)
    return EXIT_OK


class AuditCommand(ValuesCommand):
    """The command; its options are those of the analysis, which is imported on use."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the arguments and options, made at the first call."""
        if not self.params:
            self.params = [
                click.Argument(["tables"], nargs=-1, required=True, metavar="TABLE..."),
                *parameter_options(_analysis().options),
                *shared("seed", "threads", "out", "charts", "format", "quiet", "debug"),
            ]
        return super().get_params(ctx)


command = AuditCommand(_NAME, callback=_audit, help=HELP, epilog=EPILOG)
