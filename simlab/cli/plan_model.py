"""``simlab plan model``: whether a model is under- or over-trained, and by how much."""

from typing import Any

import click

from simlab.cli.options import add
from simlab.cli.plan_law import hardware_of, hardware_options, law_option, laws_of, notes_of
from simlab.cli.values import Real, ValuesCommand, ValuesOption
from simlab.errors import EXIT_OK, UsageError

EPILOG = """\b
Examples:
  simlab plan model --n-params 10e9 --n-tokens 100e9
  simlab plan model --n-params 175e9 70e9 --n-tokens 300e9 1.4e12 --law hoffmann2022
"""


@click.command(
    cls=ValuesCommand,
    epilog=EPILOG,
    help="A model beside the best one of the same training compute: under-trained (too large for "
    "its tokens), over-trained or optimal, the compute that its loss would have cost, and the "
    "tokens at which its size is optimal. Several values go together, one by one.",
)
@click.option("--n-params", cls=ValuesOption, type=Real(), help="Parameters.")
@click.option("--n-tokens", cls=ValuesOption, type=Real(), help="Training tokens.")
@law_option()
@hardware_options()
@add("format", "quiet", "debug")
def command(
    n_params: tuple[float, ...],
    n_tokens: tuple[float, ...],
    law: tuple[str, ...],
    form: str,
    quiet: bool,
    debug: bool,
    **given: Any,
) -> int:
    """Print one row a model and law."""
    from simlab.cli.plan_output import write_plans
    from simlab.cli.progress import say
    from simlab.planning.compute_plan import plan_model

    hardware = hardware_of(given)
    if not n_params or not n_tokens:
        raise UsageError("plan model: give --n-params and --n-tokens")
    many = max(len(n_params), len(n_tokens))
    if len(n_params) not in (1, many) or len(n_tokens) not in (1, many):
        raise UsageError(
            f"--n-tokens: {len(n_tokens)} values for {len(n_params)} of --n-params; "
            "give as many, or one"
        )
    models = zip(n_params * (many // len(n_params)), n_tokens * (many // len(n_tokens)),
                 strict=True)  # fmt: skip
    laws = laws_of(law)
    plans = [plan_model(n, d, one, hardware=hardware) for n, d in models for one in laws]
    write_plans(form, "Model against its compute", [plan._asdict() for plan in plans])
    for note in notes_of(laws):
        say(f"note: {note}", quiet=quiet)
    return EXIT_OK
