"""Parameters of the scenario ``grokking-linear``."""

from typing import Annotated, Literal, NamedTuple

from simlab.errors import UsageError
from simlab.parameters import Meta, Parameters, cell_name


class Own(NamedTuple):
    """What a model uses where its parameters are not given."""

    ratios: tuple[float, ...]
    steps: int
    lr: float


OWN = {
    "estimator": Own((0.5, 0.9, 0.95, 1.1), 200_000, 0.01),
    "logistic": Own((0.4, 0.55), 100_000, 0.01),
    "diagonal": Own((10.0,), 20_000, 0.05),
}


class LinearParameters(Parameters, frozen=True):
    """Parameters of the scenario ``grokking-linear``."""

    model: Annotated[
        Literal["estimator", "logistic", "diagonal"],
        Meta(description="linear teacher and student; constant labels; diagonal network"),
    ] = "estimator"
    ratios: Annotated[
        tuple[Annotated[float, Meta(gt=0, le=1000)], ...],
        Meta(description="inputs per training example, each a curve; none: the model's own"),
    ] = ()
    size: Annotated[
        int,
        Meta(ge=3, le=5000, description="inputs (estimator), or training examples (logistic)"),
    ] = 400
    examples: Annotated[
        int, Meta(ge=1, le=10_000, description="training examples of the diagonal network")
    ] = 100
    lr: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="learning rate; none: the model's own"),
    ] = None
    steps: Annotated[
        Annotated[int, Meta(ge=10, le=10**9)] | None,
        Meta(description="training steps; none: the model's own"),
    ] = None
    epsilon: Annotated[
        float, Meta(gt=0, description="largest squared error of a right answer (estimator)")
    ] = 1e-3
    sigma: Annotated[float, Meta(gt=0, description="standard deviation of an input (logistic)")] = (
        5.0
    )
    alpha: Annotated[float, Meta(gt=0, description="first weights (diagonal)")] = 2.0
    weight_decay: Annotated[float, Meta(ge=0, description="weight decay (diagonal)")] = 0.01
    test_items: Annotated[int, Meta(ge=1, le=10**6, description="unseen examples (diagonal)")] = (
        4000
    )
    looks: Annotated[int, Meta(ge=1, le=10_000, description="looks per tenfold of steps")] = 48
    draws: Annotated[
        int, Meta(ge=1, le=1000, description="runs, each on training examples of its own")
    ] = 2

    def __post_init__(self) -> None:
        """Check what a range of one number cannot say."""
        if len(set(self.ratios)) < len(self.ratios):
            given = " ".join(f"{ratio:g}" for ratio in self.ratios)
            raise UsageError(f"--ratios {given}: give each ratio once")
        if self.steps is not None and self.model != "estimator" and self.steps > 10**7:
            raise UsageError(f"--steps {self.steps}: only the estimator can skip steps; give 1e7")

    @property
    def own(self) -> Own:
        """What is used: as given, else the model's own."""
        own = OWN[self.model]
        return Own(self.ratios or own.ratios, self.steps or own.steps, self.lr or own.lr)


def name(cell: LinearParameters, ratio: float) -> str:
    """Return the subtask of one ratio of a cell."""
    rest = cell_name(cell, never=["model"])
    return f"{cell.model}, ratio={ratio:g}" + (f", {rest}" if rest else "")
