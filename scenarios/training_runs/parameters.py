"""Parameters of the scenario ``training-runs``."""

from typing import Annotated

from simlab.errors import UsageError
from simlab.parameters import Meta, Parameters, cell_name
from simlab.simulators.training_runs import Design, Training, isoflop_design

Positive = Annotated[float, Meta(gt=0)]
NonNegative = Annotated[float, Meta(ge=0)]


class TrainingRunsParameters(Parameters, frozen=True):
    """Parameters of the scenario ``training-runs``."""

    lr_drift: Annotated[
        float,
        Meta(ge=-2, le=2, description="how ln(rate / best rate) grows with ln N: one rate for all"),
    ] = 0.0
    budgets: Annotated[
        tuple[Positive, ...], Meta(description="training budgets in FLOPs; at least 3")
    ] = (1e18, 3e18, 1e19, 3e19, 1e20, 3e20)
    sizes: Annotated[int, Meta(ge=5, le=101, description="model sizes of a budget")] = 9
    span: Annotated[
        float, Meta(gt=1, le=1000, description="largest size of a budget over its middle one")
    ] = 4.0
    centre: Annotated[
        float, Meta(gt=0, description="middle size over the optimal one; 1: profiles are centred")
    ] = 1.0
    noise: Annotated[
        float, Meta(ge=0, le=0.2, description="standard deviation of ln loss between seeds")
    ] = 0.003
    horizon: Annotated[
        float, Meta(ge=1, le=20, description="tokens of the cosine schedule over those of the run")
    ] = 1.0
    lr_spread: Annotated[
        NonNegative, Meta(description="standard deviation of ln(rate / best rate) between runs")
    ] = 0.0
    outliers: Annotated[float, Meta(ge=0, le=0.5, description="share of runs that go wrong")] = 0.0
    studies: Annotated[
        int, Meta(ge=2, le=100_000, description="sets of runs behind coverage and bias")
    ] = 60
    resamples: Annotated[
        int, Meta(ge=20, le=100_000, description="bootstrap resamples of each fit")
    ] = 200

    def __post_init__(self) -> None:
        """Check what a range of one number cannot say."""
        if len(set(self.budgets)) < 3:
            given = " ".join(f"{c:g}" for c in self.budgets)
            raise UsageError(f"--budgets {given}: give at least 3 different ones")

    @property
    def design(self) -> Design:
        """Sizes and tokens of the runs."""
        return isoflop_design(
            sorted(set(self.budgets)), sizes=self.sizes, span=self.span, centre=self.centre
        )

    @property
    def training(self) -> Training:
        """What happens to the runs."""
        return Training(
            horizon=self.horizon,
            noise=self.noise,
            lr_spread=self.lr_spread,
            lr_drift=self.lr_drift,
            outliers=self.outliers,
        )

    @property
    def as_the_law_says(self) -> bool:
        """Whether nothing but noise keeps the runs from the law, in centred profiles."""
        plain = (self.lr_drift, self.lr_spread, self.outliers) == (0.0, 0.0, 0.0)
        centred = 0.5 <= self.centre <= 2 and 2 <= self.span <= 6
        return plain and centred and self.horizon == 1 and 0 < self.noise <= 0.005


def name(cell: TrainingRunsParameters) -> str:
    """Return the subtask of a cell."""
    return cell_name(cell, always=["lr_drift"], never=["studies", "resamples"])
