"""Parameters of the scenario ``icl``."""

from typing import Annotated, Literal

from simlab.errors import UsageError
from simlab.parameters import Meta, Parameters, cell_name
from simlab.simulators.in_context.comparison import Estimators, check_estimators


class IclParameters(Parameters, frozen=True):
    """Parameters of the scenario ``icl``."""

    task: Annotated[
        Literal["gaussian", "sparse", "heavy-tailed"],
        Meta(
            description="gaussian: normal weights and noise; sparse: few weights are not 0; "
            "heavy-tailed: Student's t noise"
        ),
    ] = "gaussian"
    d: Annotated[int, Meta(ge=1, le=500, description="dimensions of a point")] = 8
    points: Annotated[int, Meta(ge=1, le=2000, description="examples in the longest prompt")] = 40
    tasks: Annotated[int, Meta(ge=2, le=10**8, description="tasks drawn")] = 10_000
    sigma: Annotated[float, Meta(gt=0, description="standard deviation of the noise")] = 0.25
    nonzero: Annotated[int, Meta(ge=1, description="weights of a sparse task that are not 0")] = 2
    freedom: Annotated[
        float, Meta(gt=2, description="degrees of freedom of heavy-tailed noise")
    ] = 5.0
    ridge: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="penalty of ridge regression; without it, sigma squared"),
    ] = None
    neighbours: Annotated[int, Meta(ge=1, description="nearest neighbours that are averaged")] = 3
    lasso: Annotated[float, Meta(gt=0, description="penalty of LASSO")] = 0.05
    gd_steps: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=10_000)], ...],
        Meta(description="steps of gradient descent, ascending"),
    ] = (1, 5, 20)
    newton_steps: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=60)], ...],
        Meta(description="steps of Newton's iteration, ascending"),
    ] = (1, 4, 8)

    def __post_init__(self) -> None:
        """Check what a range of one number cannot say."""
        try:
            check_estimators(estimators(self), self.points)
        except UsageError as error:
            raise UsageError(f"--{str(error).replace('_', '-', 1)}") from None
        if self.task == "sparse" and self.nonzero > self.d:
            raise UsageError(f"--nonzero {self.nonzero}: a task has no more than d = {self.d}")


def estimators(cell: IclParameters) -> Estimators:
    """Return the constants of a cell's estimators."""
    penalty = cell.sigma * cell.sigma if cell.ridge is None else cell.ridge
    return Estimators(penalty, cell.neighbours, cell.lasso, cell.gd_steps, cell.newton_steps)


def name(cell: IclParameters) -> str:
    """Return the subtask of a cell; its kind of tasks is the task."""
    return cell_name(cell, always=["d"], never=["task"])
