"""The scale at which a curve first comes to a level."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def scale_at(scale: Floats, score: Floats, level: float) -> float:
    """Return where a curve first comes to a level, between two points on a log axis of scale.

    Parameters
    ----------
    scale : (n_points,) float64
        Positive, ascending.
    score : (n_points,) float64
        The curve, which comes to ``level`` somewhere.
    level : float

    >>> scale_at(np.array([1.0, 10.0, 100.0]), np.array([0.0, 0.0, 0.5]), 0.25).__round__(3)
    31.623
    """
    i = int(np.argmax(score >= level))
    if i == 0:
        return float(scale[0])
    share = (level - score[i - 1]) / (score[i] - score[i - 1])
    return float(scale[i - 1] * (scale[i] / scale[i - 1]) ** share)
