"""Figure 7 of Schaeffer et al. 2023: an autoencoder on CIFAR-100, as far as its ends are known."""

from typing import NamedTuple

PAPER = "Schaeffer et al. 2023, arXiv 2304.15004, figure 7"


class Point(NamedTuple):
    """One published value."""

    width: int
    """Of the bottleneck, H; the model has 6145 H + 3072 parameters."""
    metric: str
    c: float | None
    """Threshold of Reconstruction_c."""
    score: float


FIGURE_7 = (
    Point(1, "mse", None, 0.749),
    Point(1024, "mse", None, 0.00613),
    Point(512, "reconstruction", 0.003, 0.0197),
    Point(1024, "reconstruction", 0.003, 0.318),
    Point(512, "reconstruction", 0.004, 0.0364),
    Point(1024, "reconstruction", 0.004, 0.454),
)


def published_size(width: int) -> int:
    """Return the parameters of the published autoencoder on 3 x 32 x 32 values.

    >>> published_size(1)
    9217
    """
    return 6145 * width + 3072
