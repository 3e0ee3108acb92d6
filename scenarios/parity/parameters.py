"""Parameters of the scenario ``parity``."""

from typing import Annotated

from simlab.errors import UsageError
from simlab.parameters import Meta, Parameters, cell_name


class ParityParameters(Parameters, frozen=True):
    """Parameters of the scenario ``parity``."""

    n: Annotated[int, Meta(ge=1, le=10_000, description="bits of an input")] = 50
    k: Annotated[int, Meta(ge=1, le=64, description="bits whose product is the label")] = 3
    width: Annotated[int, Meta(ge=1, le=100_000, description="hidden units")] = 100
    networks: Annotated[
        int, Meta(ge=1, le=1000, description="networks that are trained, each on inputs of its own")
    ] = 6
    steps: Annotated[int, Meta(ge=1, le=10**7, description="steps of SGD")] = 6000
    every: Annotated[int, Meta(ge=1, description="steps between two looks")] = 100
    lr: Annotated[float, Meta(gt=0, description="learning rate")] = 0.1
    batch: Annotated[int, Meta(ge=1, le=10**6, description="fresh inputs a step")] = 32
    weight_decay: Annotated[float, Meta(ge=0, description="weight decay, in the gradient")] = 0.01
    items: Annotated[int, Meta(ge=1, le=10**6, description="test items")] = 2000

    def __post_init__(self) -> None:
        """Check what a range of one number cannot say."""
        if self.k > self.n:
            raise UsageError(
                f"--k {self.k}: the label cannot depend on more than n = {self.n} bits"
            )


def name(cell: ParityParameters) -> str:
    """Return the subtask of a cell."""
    return cell_name(cell, always=["n", "k"])
