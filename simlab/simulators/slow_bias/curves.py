"""Curves of one training run of a model with slow implicit bias."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SlowBiasCurves:
    """What was seen after ``steps`` steps of gradient descent; arrays are (n_looks,)."""

    steps: NDArray[np.int64]
    train_accuracy: Floats
    test_accuracy: Floats
    train_loss: Floats
    test_loss: Floats
    others: Mapping[str, Floats] = field(default_factory=dict)
    """Further measures by name."""
    n_train: int
    n_test: int | None
    """None: scores are expectations over all inputs, not shares of a test set."""
    diverged_at: int | None
    """Steps after which the loss was not finite; the curves end before."""


def checked_count(name: str, value: int) -> int:
    """Return a number that must be 1 or more; raise UsageError otherwise.

    >>> checked_count("d", 0)
    Traceback (most recent call last):
    simlab.errors.UsageError: d 0: give 1 or more
    """
    if value < 1:
        raise UsageError(f"{name} {value}: give 1 or more")
    return value


def checked_positive(name: str, value: float) -> float:
    """Return a number that must be positive and finite; raise UsageError otherwise.

    >>> checked_positive("lr", -1.0)
    Traceback (most recent call last):
    simlab.errors.UsageError: lr -1: give a number above 0
    """
    if not 0.0 < value < np.inf:
        raise UsageError(f"{name} {value:g}: give a number above 0")
    return value


def checked_examples(ratio: float, n: int, of: str) -> int:
    """Return a number of examples or inputs that came from a ratio; raise UsageError if it is 0."""
    if n < 1:
        raise UsageError(f"ratio {ratio:g}: it leaves no {of}; give one nearer to 1")
    return n
