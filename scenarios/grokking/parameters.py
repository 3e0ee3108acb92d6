"""Parameters of the scenario ``grokking``."""

from typing import Annotated, Literal

from simlab.errors import UsageError
from simlab.parameters import Meta, Parameters, cell_name
from simlab.simulators.modular_arithmetic import is_prime
from simlab.simulators.modular_trainer import Setup
from simlab.simulators.training.adamw import AdamW


class GrokkingParameters(Parameters, frozen=True):
    """Parameters of the scenario ``grokking``; the defaults are the quick set-up."""

    p: Annotated[int, Meta(ge=3, le=1000, description="modulus")] = 31
    op: Annotated[
        Literal["add", "sub", "mul", "div"],
        Meta(description="operation; division needs a prime modulus"),
    ] = "add"
    fraction: Annotated[
        float, Meta(gt=0, lt=1, description="share of the pairs that is trained on")
    ] = 0.5
    width: Annotated[int, Meta(ge=1, le=10_000, description="hidden units")] = 64
    weight_decay: Annotated[float, Meta(ge=0, description="decoupled weight decay of AdamW")] = 1.0
    activation: Annotated[
        Literal["quadratic", "relu"], Meta(description="what a hidden unit does to its input")
    ] = "quadratic"
    loss: Annotated[
        Literal["cross-entropy", "squared-error"], Meta(description="what is minimised")
    ] = "cross-entropy"
    lr: Annotated[float, Meta(gt=0, description="learning rate")] = 0.01
    beta2: Annotated[
        float, Meta(ge=0, lt=1, description="decay of AdamW's mean of squared gradients")
    ] = 0.98
    batch: Annotated[int, Meta(ge=0, description="pairs in a step; 0: all that are trained on")] = 0
    steps: Annotated[int, Meta(ge=10, le=10**7, description="training steps")] = 3000
    looks: Annotated[
        int, Meta(ge=1, le=10_000, description="looks at a network per tenfold of steps")
    ] = 48
    networks: Annotated[
        int,
        Meta(ge=1, le=1000, description="networks, each with pairs and first weights of its own"),
    ] = 4

    def __post_init__(self) -> None:
        """Check what a range of one number cannot say."""
        if self.op == "div" and not is_prime(self.p):
            prime = next(n for n in range(self.p, 2 * self.p) if is_prime(n))
            raise UsageError(
                f"--p {self.p}: not a prime number, so some residues cannot be divided by; give a "
                f"prime such as {prime}"
            )
        n_pairs = self.p * (self.p - (self.op == "div"))
        n_train = round(self.fraction * n_pairs)
        if not 0 < n_train < n_pairs:
            which, word = ("train", "larger") if n_train == 0 else ("test", "smaller")
            raise UsageError(
                f"--fraction {self.fraction:g}: of the {n_pairs} pairs none is left to {which} on; "
                f"give a {word} one"
            )

    def setup(self) -> Setup:
        """Return what the simulator takes."""
        return Setup(
            p=self.p,
            op=self.op,
            fraction=self.fraction,
            width=self.width,
            activation=self.activation,
            loss=self.loss,
            batch=self.batch,
            steps=self.steps,
            optimiser=AdamW(lr=self.lr, beta2=self.beta2, weight_decay=self.weight_decay),
        )


def name(cell: GrokkingParameters) -> str:
    """Return the subtask of a cell."""
    return cell_name(cell, always=["weight_decay", "fraction"])
