"""``simlab claims``: property claims of papers, and the properties of a metric of your own."""

import click

from simlab.cli import LazyGroup


class Claims(LazyGroup):
    """The commands, each imported only when it is called."""

    table = {  # noqa: RUF012
        "list": ("simlab.cli.claims_list:command", "List the claims, one line each."),
        "check": ("simlab.cli.claims_check:command", "Search claims for counterexamples."),
        "metric": ("simlab.cli.claims_metric:command", "Search a metric for its properties."),
        "show": ("simlab.cli.claims_list:show", "Show one claim: statement, source, reason."),
    }


HELP = """Claims: statements that can fail, searched for the smallest counterexample.

Statements of papers, also those known to be wrong, and the properties of a metric of your own."""


@click.group(cls=Claims, help=HELP)
def command() -> None:
    """Property claims and properties of metrics."""
