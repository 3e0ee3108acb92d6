"""``simlab plan compute``: the compute-optimal model of a budget, and what it costs."""

from typing import Any

import click

from simlab.cli.options import add
from simlab.cli.plan_law import hardware_of, hardware_options, law_option, laws_of, notes_of
from simlab.cli.values import Real, ValuesCommand, ValuesOption
from simlab.errors import EXIT_OK, UsageError

EPILOG = """\b
Examples:
  simlab plan compute --flops 1e22
  simlab plan compute --flops 5.76e23 --law hoffmann2022 besiroglu2024 kaplan2020
  simlab plan compute --gpu-hours 1e6 --gpu h100 --utilisation 0.4 --price 2
  simlab plan compute --flops 1e22 --law fit.json
  simlab plan compute --loss 2.0
"""


@click.command(
    cls=ValuesCommand,
    epilog=EPILOG,
    help="The model of least loss that a budget trains: parameters, tokens, loss, with intervals "
    "where --law is a fit with draws, and with device-hours and cost where a device is named.",
)
@click.option("--flops", cls=ValuesOption, type=Real(), help="Training FLOPs, 6 N D.")
@click.option("--gpu-hours", cls=ValuesOption, type=Real(), help="Device-hours, instead of FLOPs.")
@click.option(
    "--loss", cls=ValuesOption, type=Real(), help="Loss to reach, instead: the least FLOPs for it."
)
@law_option()
@hardware_options()
@click.option("--level", type=Real(), default=0.9, show_default=True,
              help="Coverage of the intervals.")  # fmt: skip
@add("format", "quiet", "debug")
def command(
    flops: tuple[float, ...],
    gpu_hours: tuple[float, ...],
    loss: tuple[float, ...],
    law: tuple[str, ...],
    level: float,
    form: str,
    quiet: bool,
    debug: bool,
    **given: Any,
) -> int:
    """Print one row a budget and law."""
    from simlab.cli.plan_output import write_plans
    from simlab.cli.progress import say
    from simlab.planning.compute_plan import plan_compute
    from simlab.planning.loss_law import flops_for
    from simlab.planning.training_cost import flops_of_hours

    hardware = hardware_of(given)
    if sum(map(bool, (flops, gpu_hours, loss))) != 1:
        raise UsageError("plan compute: give one of --flops, --gpu-hours and --loss")
    if gpu_hours:
        if hardware is None:
            raise UsageError("--gpu-hours: give --gpu or --peak too")
        flops = tuple(flops_of_hours(hours, hardware) for hours in gpu_hours)
    laws = laws_of(law)
    budgets = [(c, one) for c in flops for one in laws]
    budgets += [(flops_for(one, target), one) for target in loss for one in laws]
    plans = [plan_compute(c, one, level=level, hardware=hardware) for c, one in budgets]
    write_plans(form, "Compute-optimal training", [plan._asdict() for plan in plans])
    for note in notes_of(laws):
        say(f"note: {note}", quiet=quiet)
    return EXIT_OK
