"""Curves of score against scale, by shape."""

from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.testing.families import families, log_spaced_sizes
from simlab.testing.probabilities import STEPS, probabilities

Shape = Literal["any", "flat", "line", "rising", "smooth", "step"]
SHAPES: tuple[Shape, ...] = get_args(Shape)


class DrawnCurve(NamedTuple):
    """One curve of a metric where higher is better."""

    scale: NDArray[np.float64]
    """(n_scales,) float64, ascending, parameters."""
    score: NDArray[np.float64]
    """(n_scales,) float64, 0 to 1."""


def curves(
    shape: Shape = "any", *, min_scales: int = 3, max_scales: int = 12
) -> SearchStrategy[DrawnCurve]:
    """Return a strategy of curves.

    Parameters
    ----------
    shape : str
        "any" scores; "flat"; a "line" that rises; "rising" in no other regular way (no step is
        down, one is up); "smooth", p^L of a family whose loss is a power law; a "step" from one
        level to a higher one.
    min_scales, max_scales : int
        Number of scales, at least 2.

    Raises
    ------
    UsageError
        The shape has another name, or the numbers are out of their range.

    >>> from hypothesis import find
    >>> find(curves("step"), lambda curve: True).score.tolist()
    [0.0, 0.0, 1.0]
    >>> find(curves("line"), lambda curve: True).score.tolist()
    [0.0, 0.5, 1.0]
    """
    if shape not in SHAPES:
        raise UsageError(f"shape {shape!r}; give one of {', '.join(SHAPES)}")
    if not 2 <= min_scales <= max_scales:
        raise UsageError(f"curves: {min_scales} .. {max_scales} scales; give 2 <= min <= max")
    if shape == "smooth":
        family = families(law="power-law", min_models=min_scales, max_models=max_scales)
        return st.builds(
            lambda f, L: DrawnCurve(f.n_params, f.token_success**L), family, st.integers(1, 12)
        )
    # all parts are drawn at full length and cut: drawn one after the other, they would not shrink
    return st.builds(
        lambda sizes, y: DrawnCurve(np.array(sizes), np.array(y(len(sizes)), np.float64)),
        log_spaced_sizes(min_models=min_scales, max_models=max_scales),
        _scores(shape, max_scales),
    )


def _scores(shape: Shape, longest: int) -> SearchStrategy[Callable[[int], list[float]]]:
    """Return a strategy of functions that give the scores of n scales, n up to ``longest``."""
    p = probabilities()
    if shape == "flat":
        return p.map(lambda level: lambda n: [level] * n)
    if shape == "line":
        return p.map(lambda share: lambda n: _line(share, n))
    if shape == "step":
        ends = st.lists(p, min_size=2, max_size=2, unique=True).map(sorted)
        return st.builds(
            lambda e, at: lambda n: [e[0]] * (n - 1 - at % (n - 1)) + [e[1]] * (1 + at % (n - 1)),
            ends,
            st.integers(0, longest - 2),
        )
    levels = st.lists(p, min_size=longest, max_size=longest)
    if shape == "rising":
        return levels.map(lambda y: lambda n: _rising(y[:n]))
    return levels.map(lambda y: lambda n: y[:n])


def _line(share: float, n: int) -> list[float]:
    """Return a line whose step is a share of the largest one, in whole multiples of 1/STEPS."""
    largest = STEPS // (n - 1)
    step = max(1, int((1 - share) * largest))
    return [i * step / STEPS for i in range(n)]


def _rising(levels: list[float]) -> list[float]:
    """Return the levels in order; where all are the same, one is moved."""
    y = sorted(levels)
    if y[0] < y[-1]:
        return y
    return [*y[:-1], 1.0] if y[0] < 1 else [0.0, *y[1:]]
