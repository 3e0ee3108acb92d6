"""Parameters of the scenario ``autoencoder``."""

from typing import Annotated

from simlab.errors import UsageError
from simlab.parameters import Meta, Parameters, cell_name

DEFAULT_SHARES = (0.1, 0.15, 0.2)
"""Thresholds without ``--c``, as shares of the variance of a value."""


TEST, TRAINING = "test images", "training images"
"""The tasks of a run's table."""


class AutoencoderParameters(Parameters, frozen=True):
    """Parameters of the scenario ``autoencoder``."""

    data: Annotated[
        str,
        Meta(
            description="synthetic (1/f spectrum), digits (scikit-learn's), or a path: an IDX file "
            "of images, a folder of MNIST's, cifar-100-binary.tar.gz"
        ),
    ] = "synthetic"
    images: Annotated[
        int, Meta(ge=10, le=10**6, description="images at most, a fifth of them for the test")
    ] = 2000
    side: Annotated[int, Meta(ge=2, le=256, description="edge of a synthetic image")] = 8
    widths: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=100_000)], ...],
        Meta(min_length=1, description="widths of the bottleneck"),
        # up to 48: from the 64 values of an image on the error is 0, and has a corner there
    ] = (1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48)
    c: Annotated[
        tuple[Annotated[float, Meta(gt=0)], ...],
        Meta(
            description="thresholds of Reconstruction_c on the mean squared error of an image's "
            "values; without it, 10, 15 and 20% of their variance"
        ),
    ] = ()
    epochs: Annotated[int, Meta(ge=1, le=10**6, description="passes over the images")] = 300
    lr: Annotated[float, Meta(gt=0, description="Adam's step size")] = 3e-3
    batch: Annotated[int, Meta(ge=1, le=10**6, description="images a step")] = 64

    def __post_init__(self) -> None:
        """Check what a range of one number cannot say."""
        for field in ("widths", "c"):
            values = getattr(self, field)
            if list(values) != sorted(set(values)):
                shown = " ".join(map(str, values))
                raise UsageError(f"--{field} {shown}: give different numbers, ascending")


def name(cell: AutoencoderParameters) -> str:
    """Return the subtask of a cell."""
    return cell_name(cell, always=["data"])
