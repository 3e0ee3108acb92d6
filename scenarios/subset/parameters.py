"""Parameters of the scenario ``subset``."""

from typing import Annotated

from simlab.errors import UsageError
from simlab.parameters import Meta, Parameters, cell_name


class SubsetParameters(Parameters, frozen=True):
    """Parameters of the scenario ``subset``."""

    data: Annotated[
        str,
        Meta(
            description="synthetic (1/f spectrum, ten classes), digits (scikit-learn's), or a "
            "path: a folder of MNIST's files, an IDX file of images, cifar-100-binary.tar.gz"
        ),
    ] = "synthetic"
    images: Annotated[
        int, Meta(ge=10, le=10**6, description="images at most, a fifth of them for the test")
    ] = 4000
    side: Annotated[int, Meta(ge=2, le=256, description="edge of a synthetic image")] = 8
    class_share: Annotated[
        float, Meta(ge=0, le=1, description="share of a synthetic image's variance in its class")
    ] = 0.2
    widths: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=100_000)], ...],
        Meta(min_length=1, description="hidden units of the classifiers"),
    ] = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)
    L: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=1000)], ...],
        Meta(min_length=1, description="images of a set, all of which must be right"),
    ] = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    epochs: Annotated[int, Meta(ge=1, le=10**6, description="passes over the images")] = 60
    lr: Annotated[float, Meta(gt=0, description="Adam's step size")] = 3e-3
    batch: Annotated[int, Meta(ge=1, le=10**6, description="images a step")] = 64

    def __post_init__(self) -> None:
        """Check what a range of one number cannot say."""
        for field in ("widths", "L"):
            values = getattr(self, field)
            if list(values) != sorted(set(values)):
                shown = " ".join(map(str, values))
                raise UsageError(f"--{field} {shown}: give different numbers, ascending")


def name(cell: SubsetParameters) -> str:
    """Return the subtask of a cell."""
    return cell_name(cell, always=["data"])
