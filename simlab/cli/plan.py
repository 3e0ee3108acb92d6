"""``simlab plan``: what an experiment needs before it is run, one planner a command."""

import click

from simlab.cli import LazyGroup


class Planners(LazyGroup):
    """The planners, each imported only when it is called."""

    table = {  # noqa: RUF012
        "compute": ("simlab.cli.plan_compute:command", "The best model of a training budget."),
        "model": ("simlab.cli.plan_model:command", "Is a model under- or over-trained?"),
        "inference": ("simlab.cli.plan_inference:command", "The cheapest model, serving included."),
        "memory": ("simlab.cli.plan_memory:command", "Memory of training on each device."),
        "moe": ("simlab.cli.plan_moe:command", "Size and FLOPs of a mixture of experts."),
        "items": ("simlab.cli.plan_items:command", "Test items that an effect needs to show."),
    }


@click.group(cls=Planners, help="Plan: what an experiment needs before it is run.")
def command() -> None:
    """Closed-form and exact planners."""
