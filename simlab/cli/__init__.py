"""The command line: one command a file, found by name and imported on use."""

import gc
import os
import sys
from importlib import import_module
from typing import Any

import click

from simlab.errors import EXIT_DATA, EXIT_INTERRUPTED, SimlabError, UsageError, did_you_mean
from simlab.visible import visible

COMMANDS = {
    "run": ("simlab.cli.run:command", "Simulate: run a scenario over a grid of parameters."),
    "replay": ("simlab.cli.replay:command", "Replay: score a published result or your own table."),
    "meta": ("simlab.cli.meta:command", "Conclude: one analysis over many tables of scores."),
    "audit": ("simlab.cli.audit:command", "Audit: a calibrated verdict on every curve."),
    "fit": ("simlab.cli.fit:command", "Fit a scaling law to training runs."),
    "plan": ("simlab.cli.plan:command", "Plan: what an experiment needs before it is run."),
    "claims": ("simlab.cli.claims:command", "Claims: search statements for counterexamples."),
    "data": ("simlab.cli.data:command", "Fetch published data sets, find and verify them."),
    "list": ("simlab.cli.list:command", "List scenarios and sources."),
    "runs": ("simlab.cli.runs:command", "List runs, compare two, delete old ones."),
    "show": ("simlab.cli.show:command", "Show a run: its scores, its claims, its page."),
    "report": ("simlab.cli.report:command", "Report: one page of a run, or of several together."),
    "env": ("simlab.cli.env:command", "Show versions, machine, folders and variables."),
    "cite": (
        "simlab.cli.cite:command",
        "Print how to cite simlab, a scenario, a source, an audit.",
    ),
    "completions": ("simlab.cli.completions:command", "Print the completion script of a shell."),
}
"""Name -> where the command is, and its one line of help: help then imports none of them."""

EXIT_INTERNAL = 70


class LazyGroup(click.Group):
    """A group that imports a command of its table only when it is called."""

    table = COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return [*self.table]  # the name list is the submodule once that is imported

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of this name."""
        if cmd_name not in self.table:
            return None
        module, _, attribute = self.table[cmd_name][0].partition(":")
        return getattr(import_module(module), attribute)  # type: ignore[no-any-return]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown name is answered with the nearest known one."""
        if args and args[0] not in self.table and not args[0].startswith("-"):
            raise UsageError(
                f"no command {args[0]!r}{did_you_mean(args[0], [*self.table])}; "
                f"there are {', '.join(self.table)}"
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the one-line help of each command without importing it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])


EPILOG = """\b
Exit codes: 0 ok; 1 a claim or a comparison failed; 2 usage; 3 bad data, or a
file that cannot be read or written; 4 a worker or the cluster is lost, and 130
interrupted: the finished part is kept.

\b
Examples:
  simlab run compounding --K 1 4 8
  simlab replay mirage
  simlab replay table scores.csv --column score=acc scale=n_params
"""


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="simlab", prog_name="simlab")
def group() -> None:
    """simlab is a laboratory for claims about scale.

    Simulate model families, replay published results, and see whether an ability emerges or a
    metric makes it seem so.
    """


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit; an error is one line on stderr."""
    words = sys.argv[1:] if argv is None else argv
    gc.set_threshold(1_000_000, 20, 20)  # imports make few cycles and many objects: 10% of a run
    debug = "--debug" in words or bool(os.environ.get("SIMLAB_DEBUG"))
    try:
        code: Any = group.main(args=argv, prog_name="simlab", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _fail("interrupted", EXIT_INTERRUPTED, debug)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        _fail(_usage_line(error), error.exit_code, debug)
    except SimlabError as error:
        _fail(str(error), error.exit_code, debug)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _fail(f"{place}{error.strerror or error}", EXIT_DATA, debug)
    except Exception as error:
        reason = " ".join(str(error).split())
        _fail(
            f"internal error: {type(error).__name__}: {reason}; "
            "run again with --debug for the traceback and report it",
            EXIT_INTERNAL,
            debug,
        )
    else:
        if argv is None:
            gc.freeze()  # at its end Python would walk all objects once more: 0.25 s
        sys.exit(code if isinstance(code, int) else 0)


def _usage_line(error: click.ClickException) -> str:
    """Return click's message as one line that names the command's help."""
    text = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    place = f" (see '{context.command_path} --help')" if context else ""
    return text.rstrip(".") + place


def _fail(message: str, code: int, debug: bool) -> None:
    if debug:
        import traceback

        for line in traceback.format_exc().splitlines():
            print(visible(line), file=sys.stderr)
    print(f"simlab: {visible(message)}", file=sys.stderr)
    sys.exit(code)
