"""``simlab claims``: property claims of papers, one job a command."""

import click

from simlab.cli import LazyGroup


class Claims(LazyGroup):
    """The commands, each imported only when it is called."""

    table = {  # noqa: RUF012
        "list": ("simlab.cli.claims_list:command", "List the claims, one line each."),
        "check": ("simlab.cli.claims_check:command", "Search claims for counterexamples."),
        "show": ("simlab.cli.claims_list:show", "Show one claim: statement, source, reason."),
    }


HELP = "Claims: statements of papers that can fail, searched for the smallest counterexample."


@click.group(cls=Claims, help=HELP)
def command() -> None:
    """Property claims."""
