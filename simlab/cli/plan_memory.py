"""``simlab plan memory``: weights, gradients, optimiser and activations on each device."""

from typing import Any

import click

from simlab.cli.options import add
from simlab.cli.values import Real, ValuesCommand, ValuesOption, Whole
from simlab.errors import EXIT_OK

EPILOG = """\b
Examples:
  simlab plan memory --layers 96 --width 12288 --heads 96 --tensor 8 --pipeline 16
  simlab plan memory --n-params 7.5e9 --layers 32 --width 4096 --heads 32 --data 64 --zero 0 1 2 3
"""


@click.command(
    cls=ValuesCommand,
    epilog=EPILOG,
    help="Memory of training a transformer on the fullest device: bytes of weights, gradients and "
    "optimiser under ZeRO (Rajbhandari et al. 2020), and of activations (Korthikanti et al. "
    "2022). Several values of --zero or --checkpointing give several rows.",
)
@click.option("--layers", type=Whole(), required=True, help="Layers.")
@click.option("--width", type=Whole(), required=True, help="Width of the residual stream.")
@click.option("--heads", type=Whole(), required=True, help="Attention heads.")
@click.option("--n-params", type=Real(), help="Parameters.  [default: from the shape]")
@click.option("--vocabulary", type=Whole(), default=50257, show_default=True, help="Tokens.")
@click.option("--sequence", type=Whole(), default=2048, show_default=True,
              help="Tokens of a sequence.")  # fmt: skip
@click.option("--micro-batch", type=Whole(), default=1, show_default=True,
              help="Sequences that go through at once.")  # fmt: skip
@click.option("--data", type=Whole(), default=1, show_default=True, help="Data parallelism.")
@click.option("--tensor", type=Whole(), default=1, show_default=True, help="Tensor parallelism.")
@click.option("--pipeline", type=Whole(), default=1, show_default=True,
              help="Devices of a pipeline.")  # fmt: skip
@click.option("--interleaved", type=Whole(), default=1, show_default=True,
              help="Stages of the pipeline on a device.")  # fmt: skip
@click.option("--sequence-parallel", is_flag=True, help="Share norms and dropout too.")
@click.option("--zero", cls=ValuesOption, type=Whole(), help="ZeRO stages, 0 to 3.  [default: 0]")
@click.option("--numbers", default="mixed-adam", show_default=True,
              help="mixed-adam, mixed-sgd, fp32-adam or fp32-sgd.")  # fmt: skip
@click.option("--checkpointing", cls=ValuesOption, type=click.STRING,
              help="What is computed again: none, selective, full.  [default: none]")  # fmt: skip
@add("format", "debug")
def command(
    form: str,
    debug: bool,
    zero: tuple[int, ...],
    checkpointing: tuple[str, ...],
    **given: Any,
) -> int:
    """Print one row a stage and kind of checkpointing."""
    from simlab.cli.plan_output import write_plans
    from simlab.planning.training_memory import Parallelism, Shape, plan_memory

    shape = Shape(
        given["layers"], given["width"], given["heads"], given["vocabulary"], given["sequence"],
        given["micro_batch"],
    )  # fmt: skip
    rows = []
    for stage in zero or (0,):
        spread = Parallelism(
            given["data"], given["tensor"], given["pipeline"], stage, given["sequence_parallel"],
            given["interleaved"],
        )  # fmt: skip
        for kind in checkpointing or ("none",):
            plan = plan_memory(
                shape, n_params=given["n_params"], parallelism=spread, numbers=given["numbers"],
                checkpointing=kind,
            )  # fmt: skip
            rows.append({"zero": stage, "checkpointing": kind, **plan._asdict()})
    write_plans(form, "Bytes on the fullest device", rows)
    return EXIT_OK
