"""``simlab replay SOURCE [PATH]``: each option of the source is an option here."""

from typing import Any

import click

from simlab import registry
from simlab.cli.options import given, parameter_options, shared
from simlab.cli.values import ValuesCommand
from simlab.errors import EXIT_CLAIM_FAILED, EXIT_OK
from simlab.source import Source


class Sources(click.Group):
    """One subcommand a source, made from its typed options."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the registered sources."""
        return registry.names(registry.SOURCES)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one title a source; one that cannot be imported hides no other."""
        with formatter.section("Sources"):
            formatter.write_dl(list(registry.titles(registry.SOURCES).items()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a source; raise UsageError with the nearest name otherwise."""
        source: Source = registry.load(registry.SOURCES, cmd_name)
        params: list[click.Parameter] = [
            *parameter_options(source.options),
            *shared("out", "charts", "format", "quiet", "debug"),
        ]
        if source.path != "none":
            required = source.path == "required"
            params.insert(0, click.Argument(["path"], required=required, type=click.Path()))
        return ValuesCommand(
            cmd_name,
            callback=lambda **values: _replay(source, values),
            params=params,
            help=f"{source.title}.\n\n{source.summary}\n\nOrigin: {source.origin}",
            short_help=source.title,
        )


def _replay(source: Source, values: dict[str, Any]) -> int:
    from simlab.cli.output import write_result
    from simlab.cli.progress import say
    from simlab.cli.run import report
    from simlab.cli.transfer_bar import TransferBar
    from simlab.lab import replay

    passed = given(source.options, values)
    with TransferBar(f"reading {source.name}", quiet=values["quiet"]) as bar:
        result = replay(
            source.name,
            values.get("path"),
            passed,
            out=values["out"],
            charts=values["charts"] or ("json",),
            progress=bar,
        )
    write_result(result, values["form"])
    report(result, quiet=values["quiet"], say=say)
    return EXIT_OK if result.passed else EXIT_CLAIM_FAILED


command = Sources(
    "replay",
    help="Replay: score a published result or your own table.\n\n"
    "'simlab replay SOURCE --help' lists its options. PATH comes before options that take "
    "several values, or after '--'.",
)
