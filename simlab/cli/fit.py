"""``simlab fit LAW DATA``: fit a scaling law to training runs, one law or approach a command."""

import click

from simlab.cli import LazyGroup
from simlab.errors import UsageError, did_you_mean


class Laws(LazyGroup):
    """The laws and approaches, each imported only when it is called."""

    table = {  # noqa: RUF012
        "chinchilla": (
            "simlab.cli.fit_chinchilla:command",
            "L = E + A / N^alpha + B / D^beta from final losses: approach 3.",
        ),
        "approach-1": (
            "simlab.cli.fit_approach_1:command",
            "Compute-optimal sizes from the envelope of training curves.",
        ),
        "approach-2": (
            "simlab.cli.fit_approach_2:command",
            "Compute-optimal sizes from isoFLOP profiles.",
        ),
        "approach-3": ("simlab.cli.fit_chinchilla:command", "The same as chinchilla."),
        "power-law": ("simlab.cli.fit_curve:power_law", "y = a x^-b through one curve."),
        "learning-curve": (
            "simlab.cli.fit_curve:learning_curve",
            "y = a x^-b + g through one curve: a power law with a floor.",
        ),
        "bnsl": (
            "simlab.cli.fit_curve:bnsl",
            "The broken neural scaling law through one curve, with any number of breaks.",
        ),
    }

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the law; an unknown name is answered with the nearest known one."""
        if args and args[0] not in self.table and not args[0].startswith("-"):
            raise UsageError(
                f"no law {args[0]!r}{did_you_mean(args[0], [*self.table])}; "
                f"there are {', '.join(self.table)}"
            )
        return super().resolve_command(ctx, args)


EPILOG = """\b
Examples:
  simlab fit chinchilla runs.csv --drop-highest 5
  simlab fit approach-2 runs.csv --budgets 1e19 1e20 1e21 --at 5.76e23
  simlab fit approach-1 curves.csv --figures figures
  simlab fit learning-curve curve.csv --first 10
"""


@click.group(
    cls=Laws,
    epilog=EPILOG,
    subcommand_metavar="LAW DATA",
    help="Fit a scaling law to training runs.\n\n"
    "'simlab fit LAW --help' says what DATA holds and lists the options. The three approaches are "
    "those of Hoffmann et al. 2022; all give the exponents a, b of compute-optimal parameters and "
    "tokens, N ~ C^a and D ~ C^b.",
)
def command() -> None:
    """Laws and approaches."""
