"""How far a metric bends a smooth ability: largest emergence score, and steepest slope.

The abilities are those of families whose loss per token is a power law: p = exp(-(N / c)^alpha), at
sizes evenly spaced in ln N. Their curves depend on p at the smallest and at the largest size only,
so that a grid over the two covers all c and alpha. A metric that is linear in p has the emergence
score of p itself, whatever it is, and a slope of at most |alpha| / e of its range per e-fold of N;
so has exact match of any length. What is above bends more than any power of p can.
"""

import math

import numpy as np
from numpy.typing import NDArray

from simlab.claims.metric.finding import undecided
from simlab.claims.metric.report import Finding
from simlab.claims.metric.response import Response
from simlab.emergence.score import STATUSES, emergence_scores_of

Floats = NDArray[np.float64]

JUMP, SLOPE = "largest emergence score", "steepest slope"
_FIRST = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
_LAST = np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
_LN_LOSS = np.linspace(math.log(0.005), math.log(8.0), 801)


def bending(
    response: Response | None, direction: int, n_scales: int, *, jumps: bool
) -> list[Finding]:
    """Return both findings; ``direction`` is 1 where higher is better, else -1 or 0.

    ``jumps`` says that the score is known to be discontinuous in p.
    """
    if response is None or not direction:
        why = "its direction is not known" if response else "how p enters is not known"
        return [undecided(f"{JUMP} at {n_scales} scales", why), undecided(SLOPE, why)]
    limitless = Finding(
        property=SLOPE, verdict="no limit: it jumps", holds=None, numbers={"slope": None}
    )
    return [
        _jump(response, direction, n_scales),
        limitless if jumps else _slope(response, direction),
    ]


def windows(n_scales: int) -> Floats:
    """Return (n_windows, n_scales): p of the families, from the smallest size to the largest.

    >>> windows(3)[0].round(3).tolist()
    [0.05, 0.111, 0.2]
    """
    pairs = [(a, b) for a in _FIRST for b in _LAST if b > a]
    first, last = np.array(pairs).T
    return np.asarray(np.exp(-np.geomspace(-np.log(first), -np.log(last), n_scales, axis=1)))


def _jump(response: Response, direction: int, n_scales: int) -> Finding:
    p = windows(n_scales)
    linear, _ = emergence_scores_of(p)
    best: tuple[float, int, int] | None = None
    for size in response.ability.sizes:
        y = direction * response(p, size)
        whole = np.flatnonzero(np.isfinite(y).all(axis=1))
        if not whole.size:
            continue
        scores, codes = emergence_scores_of(y[whole])
        scores = np.where(codes == STATUSES.index("zero_median"), np.inf, scores)
        if np.isnan(scores).all():
            continue  # constant
        top = int(np.nanargmax(scores))
        if best is None or scores[top] > best[0]:
            best = float(scores[top]), size, int(whole[top])
    title = f"{JUMP} at {n_scales} scales"
    if best is None:
        return undecided(title, "it gave no number, or always the same one")
    score, size, window = best
    verdict = f"{score:.3g}, a linear metric {linear[window]:.3g}"
    if math.isinf(score):
        verdict = f"no limit, a linear metric {linear[window]:.3g}"
    where = (
        f"{response.ability.size_name} = {size}, p from {p[window, 0]:.3g} to {p[window, -1]:.3g}"
    )
    if math.isinf(score):
        where += ": most steps are 0, the others are not"
    return Finding(
        property=title,
        verdict=verdict,
        holds=None,
        counterexample=where,
        numbers={
            "score": None if math.isinf(score) else score,
            "linear": float(linear[window]),
            "size": float(size),
            "p_first": float(p[window, 0]),
            "p_last": float(p[window, -1]),
        },
    )


def _slope(response: Response, direction: int) -> Finding:
    """Return the steepest slope over the range of the score, in units of |alpha| / e per e-fold.

    Where the range has no end, it is that over p from .05 to .99, and so are the slopes.
    """
    best: tuple[float, float, int] | None = None
    endless = False
    for size in response.ability.sizes:
        p = np.exp(-np.exp(_LN_LOSS))
        y = direction * response(p, size)
        worst, right = response.at_ends(size)
        span = abs(right - worst)
        if not math.isfinite(span):
            endless, inside = True, (p >= 0.05) & (p <= 0.99)
            y = np.where(inside, y, np.nan)
            span = float(np.ptp(y[inside]))
        slopes = -np.diff(y) / np.diff(_LN_LOSS) * math.e / (span or np.nan)
        if not np.isfinite(slopes).any():
            continue
        top = int(np.nanargmax(slopes))
        if best is None or slopes[top] > best[0] * (1 + 1e-6):
            best = float(slopes[top]), float((p[top] + p[top + 1]) / 2), size
    if best is None:
        return undecided(SLOPE, "it gave no number, or always the same one")
    slope, at, size = best
    of = "its range over p = .05 to .99" if endless else "its range"
    return Finding(
        property=SLOPE,
        verdict=f"{slope:.3g} |alpha|/e of {of}, a linear metric 1",
        holds=None,
        counterexample=f"{response.ability.size_name} = {size}, at p = {at:.3g}",
        numbers={"slope": slope, "p": at, "size": float(size)},
    )
