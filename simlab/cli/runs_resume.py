"""``simlab runs resume [RUN]``: go on with a run that was killed, interrupted or failed."""

from typing import Any

import click

from simlab.cli.options import add
from simlab.cli.runs import inherited
from simlab.errors import EXIT_CLAIM_FAILED, EXIT_OK


@click.command(
    "resume",
    help="Go on with a run of a scenario that was killed, interrupted or failed.\n\n"
    "RUN is a path, an id or the start of one; default: the last run. Cells that it has written "
    "are kept, the missing ones are computed, here or on other workers than before, and the result "
    "is that of a run that was never cut off. A complete run is left as it is.",
)
@click.argument("run", default="last", metavar="[RUN]")
@add("threads", "workers", "cluster", "out", "charts", "format", "quiet", "debug")
def command(run: str, **values: Any) -> int:
    """Resume one run and print its scores, as ``simlab run`` does."""
    from simlab.cli.output import write_result
    from simlab.cli.progress import Bar, say
    from simlab.cli.run import report
    from simlab.lab import resume
    from simlab.runs.directory import RunDirectory

    quiet = values["quiet"]
    with Bar("resume", quiet=quiet) as bar:
        result = resume(
            run,
            threads=values["threads"],
            workers=values["workers"],
            cluster=values["cluster"],
            out=inherited("out", values["out"]),
            charts=values["charts"] or ("json",),
            progress=bar,
            status=bar.status,
        )
    if isinstance(result, RunDirectory):
        say(f"{result.path} is complete: there is nothing left to do", quiet=quiet)
        return EXIT_OK
    write_result(result, inherited("form", values["form"]))
    report(result, quiet=quiet, say=say)
    return EXIT_OK if result.passed else EXIT_CLAIM_FAILED
