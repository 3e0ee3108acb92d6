"""Are the zeros of the small models what a smooth curve would show on so few items?

A smooth curve that passes through the large models' scores predicts accuracies at the small ones
that may lie far below one item. So a flat start is evidence of nothing unless the test had the
items to see it: Schaeffer et al. 2023, arXiv 2304.15004, section 3 and its figure on test-set size.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from simlab._jit import kernel
from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_null.sharpness import Sharpness
from simlab.errors import UsageError
from simlab.simulators.binomial import beta_binomial
from simlab.streams import child, seed_key

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ABOVE_CHANCE = 0.05
"""A point whose exact binomial tail at chance is larger does not show above chance."""
_DRAWS = 1000


class Resolution(NamedTuple):
    """Flat starts of many curves, one element a curve."""

    n_flat: Ints
    """Points at the start that do not show above chance, up to the first that does."""
    p: Floats
    """Probability that the smooth fit gives those points no more right answers than they have in
    total; NaN without a fit or without a flat start."""
    items_needed: Floats
    """Items for the smooth fit to show above chance at the smallest scale: a hit in 95 of 100 test
    sets where chance is 0, else a one-sided 5% test of 80% power in the normal approximation.
    Infinite where the fit lies at chance."""


@kernel
def _as_few(
    fitted: Floats, right: Floats, items: Floats, rho: float, key: np.uint64, n_draws: int
) -> float:
    """Return the share of draws whose total is at most the observed one."""
    observed = 0.0
    for i in range(len(right)):
        observed += right[i]
    few = 0
    for draw in range(n_draws):
        own = child(key, np.uint64(draw))
        total = 0.0
        for i in range(len(right)):
            n = max(int(items[i] + 0.5), 1)
            total += beta_binomial(own, np.uint64(i), n, fitted[i], rho) * items[i] / n
        few += total <= observed + 1e-9
    return (few + 1.0) / (n_draws + 1.0)


def items_needed(accuracy: float, chance: float) -> float:
    """Return how many items show that ``accuracy`` lies above ``chance``.

    >>> round(items_needed(0.09159, 0.0)), items_needed(0.25, 0.25)
    (32, inf)
    """
    if accuracy <= chance:
        return math.inf
    if chance == 0.0:
        return math.ceil(math.log(0.05) / math.log1p(-min(accuracy, 1.0 - 1e-12)))
    null, alternative = chance * (1.0 - chance), accuracy * (1.0 - accuracy)
    root = 1.6448536269514722 * math.sqrt(null) + 0.8416212335729143 * math.sqrt(alternative)
    return math.ceil((root / (accuracy - chance)) ** 2)


def resolution(curves: CountCurves, smooth: Sharpness, *, seed: int = 0) -> Resolution:
    """Return whether each curve's flat start is compatible with its smooth fit.

    Parameters
    ----------
    curves : CountCurves
        Curves of counts.
    smooth : Sharpness
        Of the same curves.

    Raises
    ------
    UsageError
        The two do not belong together.

    >>> from simlab.audit.smooth_null.sharpness import sharpness
    >>> curves = CountCurves.from_counts(
    ...     [14.0, 16.0, 18.0, 20.0, 22.0, 24.0], [[0, 0, 2, 8, 25, 48]], 100)
    >>> found = resolution(curves, sharpness(curves, replicates=19))
    >>> int(found.n_flat[0]), bool(found.p[0] > 0.05), bool(found.items_needed[0] > 100)
    (2, True, True)
    """
    if len(smooth.p) != len(curves) or len(smooth.fitted) != len(curves.x):
        raise UsageError(f"resolution: {len(smooth.p)} fits for {len(curves)} curves; give both")
    label = np.uint64(seed_key(seed, "resolution"))
    lengths = np.diff(curves.offsets)
    whole, n = np.rint(curves.right), np.maximum(np.rint(curves.items), 1.0)
    chance = np.repeat(curves.chance, lengths)
    tail = binom.sf(whole - 1.0, n, chance)
    flat = np.where(chance > 0.0, tail > ABOVE_CHANCE, curves.right <= 0.0)
    n_flat = np.zeros(len(curves), np.int64)
    p, needed = np.full(len(curves), np.nan), np.full(len(curves), np.nan)
    for c in range(len(curves)):
        a, b = curves.offsets[c], curves.offsets[c + 1]
        first_above = np.flatnonzero(~flat[a:b])
        n_flat[c] = first_above[0] if len(first_above) else b - a
        if np.isnan(smooth.fitted[a:b]).any():
            continue
        needed[c] = items_needed(float(smooth.fitted[a]), float(curves.chance[c]))
        if n_flat[c]:
            end = a + n_flat[c]
            p[c] = _as_few(
                smooth.fitted[a:end], curves.right[a:end], curves.items[a:end],
                float(smooth.rho[c]), np.uint64(child(curves.stream[c], label)), _DRAWS,
            )  # fmt: skip
    return Resolution(n_flat, p, needed)
