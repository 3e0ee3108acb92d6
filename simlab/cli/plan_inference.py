"""``simlab plan inference``: the cheapest model of a loss, with the tokens that it will serve."""

import click

from simlab.cli.options import add
from simlab.cli.plan_law import law_option, laws_of, notes_of
from simlab.cli.values import Real, ValuesCommand, ValuesOption
from simlab.errors import EXIT_OK, UsageError

EPILOG = """\b
Examples:
  simlab plan inference --loss 2.0 --served-tokens 1e12 1e13
  simlab plan inference --flops 1e23 --served-tokens 1e12
  simlab plan inference --n-params 70e9 --n-tokens 1.4e12 --served-tokens 2e13
"""


@click.command(
    cls=ValuesCommand,
    epilog=EPILOG,
    help="Over-training for inference: the parameters and tokens that reach a loss for the least "
    "training and serving compute, 6 N D + 2 N S. The loss is given, or that of the best model "
    "of a budget, or that of a model.",
)
@click.option("--loss", cls=ValuesOption, type=Real(), help="Loss to reach, nats per token.")
@click.option("--flops", cls=ValuesOption, type=Real(),
              help="Instead: the lowest loss of these training FLOPs.")  # fmt: skip
@click.option("--n-params", type=Real(), help="Instead: the loss of a model of this size ...")
@click.option("--n-tokens", type=Real(), help="... trained on so many tokens.")
@click.option("--served-tokens", cls=ValuesOption, type=Real(), required=True,
              help="Tokens read and written over the model's life.")  # fmt: skip
@click.option("--relative-price", type=Real(), default=1.0, show_default=True,
              help="Price of a FLOP of inference over one of training.")  # fmt: skip
@law_option()
@add("format", "quiet", "debug")
def command(
    loss: tuple[float, ...],
    flops: tuple[float, ...],
    n_params: float | None,
    n_tokens: float | None,
    served_tokens: tuple[float, ...],
    relative_price: float,
    law: tuple[str, ...],
    form: str,
    quiet: bool,
    debug: bool,
) -> int:
    """Print one row a loss, number of served tokens and law."""
    from simlab.cli.plan_output import write_plans
    from simlab.cli.progress import say
    from simlab.planning.inference_plan import plan_inference

    model = n_params is not None or n_tokens is not None
    if sum((bool(loss), bool(flops), model)) != 1:
        raise UsageError("plan inference: give one of --loss, --flops, --n-params with --n-tokens")
    if model and (n_params is None or n_tokens is None):
        raise UsageError("--n-params: give --n-tokens too; both make the model")
    laws = laws_of(law)
    plans = []
    for one in laws:
        targets = [*loss, *(one.loss(*one.optimum(c)) for c in flops)]
        if n_params is not None and n_tokens is not None:
            targets.append(one.loss(n_params, n_tokens))
        plans += [
            plan_inference(target, served, one, relative_price=relative_price)
            for target in targets
            for served in served_tokens
        ]
    write_plans(form, "Training and serving", [plan._asdict() for plan in plans])
    for note in notes_of(laws):
        say(f"note: {note}", quiet=quiet)
    return EXIT_OK
