"""Emergence scores of many curves of equal length, as simulations need them; see `score`.

The curves lie side by side in the innermost axis, so that one instruction serves several of them,
and the median comes from a sorting network, which compares the same steps whatever their values
are: 1e6 curves of 8 points take 15 ms, against 100 ms and more in NumPy.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab._jit import kernel
from simlab.errors import DataError

STATUSES = (
    "ok",
    "zero_median",
    "constant",
    "repeated_scales",
    "too_few_scales",
    "no_scores",
)
"""What a status says; `emergence_scores_of` returns its index in this tuple.

ok
    B is defined.
zero_median
    At least half of the neighbours are equal while the curve moves elsewhere, so that the
    quotient has no value. (Also where it exceeds every float64, about 1e308.)
constant
    All scores are equal.
repeated_scales
    Two scores stand at one scale, so that their order, and with it B, is undefined.
too_few_scales
    Fewer than 3 scores. Two say nothing: their range is their only step, so B is 1 or -1 whatever
    the scores are.
no_scores
    No score at all.

Where several hold, the last of this list is given.
"""

OK, ZERO_MEDIAN, CONSTANT, REPEATED_SCALES, TOO_FEW_SCALES, NO_SCORES = range(len(STATUSES))

_BLOCK = 256  # curves side by side: 8 scales of them fill 16 KB, half of a small first-level cache
_FEW = 20_000
"""Up to so many scores NumPy takes less time than it takes to load a compiled kernel."""
_NOT_FINITE = -1


def emergence_scores_of(
    values: ArrayLike,
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Return the emergence scores of many curves with equally many scales.

    Parameters
    ----------
    values : array_like
        (n_curves, n_scales) float64: a row is a curve in the order of its scales, for a metric
        where higher is better.

    Returns
    -------
    scores : ndarray
        (n_curves,) float64, NaN where the status is not "ok".
    codes : ndarray
        (n_curves,) int8: the index of the status in `STATUSES`.

    Raises
    ------
    DataError
        ``values`` is not two-dimensional, or one is NaN or infinite.

    >>> scores, codes = emergence_scores_of([[0, 1, 2, 3], [0, 0, 0, 1]])
    >>> scores.tolist(), [STATUSES[c] for c in codes]
    ([3.0, nan], ['ok', 'zero_median'])
    """
    y = np.ascontiguousarray(values, np.float64)
    if y.ndim != 2:
        raise DataError(f"emergence score: got shape {y.shape}; give (n_curves, n_scales)")
    n_curves, n_scales = y.shape
    scores, codes = np.empty(n_curves), np.empty(n_curves, np.int8)
    if n_scales >= 3:
        (_emergence if y.size > _FEW else _emergence_of_few)(y, scores, codes)
        huge = np.flatnonzero(codes == _NOT_FINITE)
        if len(huge):  # or their range is: it exceeds float64 and takes a smaller copy
            _reject_not_finite(y)
            scores[huge], codes[huge] = emergence_scores_of(y[huge] / 4.0)
    else:
        scores[:] = np.nan
        codes[:] = TOO_FEW_SCALES if n_scales else NO_SCORES
        _reject_not_finite(y)
    return scores, codes


def _reject_not_finite(y: NDArray[np.float64]) -> None:
    bad = np.argwhere(~np.isfinite(y))
    if len(bad):
        raise DataError(
            f"emergence score: curve {bad[0][0] + 1}, point {bad[0][1] + 1} is "
            f"{y[tuple(bad[0])]}; give finite scores only"
        )


def _emergence_of_few(
    y: NDArray[np.float64], scores: NDArray[np.float64], codes: NDArray[np.int8]
) -> None:
    """Do what `_emergence` does, bit for bit, without a compiler."""
    n_steps = y.shape[1] - 1
    with np.errstate(all="ignore"):
        extent = y.max(axis=1) - y.min(axis=1)
        extent += (y - y).sum(axis=1)  # NaN where a score is NaN or infinite
        steps = np.sort(np.abs(np.diff(y, axis=1)), axis=1)
        low, high = steps[:, (n_steps - 1) // 2], steps[:, n_steps // 2]
        sign = np.sign(y.argmax(axis=1) - y.argmin(axis=1))
        scores[:] = sign * (extent / high)
        if n_steps % 2 == 0:
            ratio = low / high
            scores /= np.sqrt(0.5 + 0.5 * ratio * ratio)
    codes[:] = np.select(
        [~(extent < np.inf), extent == 0.0, ~(np.abs(scores) < np.inf)],
        [_NOT_FINITE, CONSTANT, ZERO_MEDIAN],
        OK,
    )
    scores[codes != OK] = np.nan


@kernel
def _emergence(
    values: NDArray[np.float64], scores: NDArray[np.float64], codes: NDArray[np.int8]
) -> None:
    """Score curves of equal length, at least 3, `_BLOCK` of them side by side.

    Each loop over ``c`` runs along a block of curves without branches, so that it vectorises.
    """
    n_curves, n_scales = values.shape
    n_steps = n_scales - 1
    flat = values.reshape(-1)
    width = max(1, min(_BLOCK, n_curves))
    y = np.empty((n_scales, width))
    extent, sign = np.empty(width), np.empty(width)
    for start in range(0, n_curves, width):
        n = min(width, n_curves - start)
        for i in range(n_scales):
            row, column = y[i], flat[start * n_scales + i :]
            for c in range(n):
                row[c] = column[c * n_scales]
        _extent(y, extent, sign, n)
        for i in range(n_steps):
            here, after = y[i], y[i + 1]
            for c in range(n):
                here[c] = abs(after[c] - here[c])
        _sort_rows(y, n_steps, n)
        low, high = y[(n_steps - 1) // 2], y[n_steps // 2]
        for c in range(n):
            scores[start + c] = sign[c] * (extent[c] / high[c])
        if n_steps % 2 == 0:
            for c in range(n):
                ratio = low[c] / high[c]  # squares of steps could overflow or vanish, its cannot
                scores[start + c] /= np.sqrt(0.5 + 0.5 * ratio * ratio)
        for c in range(n):
            code = OK
            if not extent[c] < np.inf:
                code = _NOT_FINITE
            elif extent[c] == 0.0:
                code = CONSTANT
            elif not abs(scores[start + c]) < np.inf:
                code = ZERO_MEDIAN
            if code != OK:
                scores[start + c] = np.nan
            codes[start + c] = code


@kernel
def _extent(
    y: NDArray[np.float64], extent: NDArray[np.float64], sign: NDArray[np.float64], n: int
) -> None:
    """Find the range of each column (NaN if a value is not finite) and its direction.

    Whichever of the first largest and the first smallest is met last gives the sign.
    """
    top, bottom, hole = y[0].copy(), y[0].copy(), y[0] - y[0]
    sign[:] = 0.0
    for i in range(1, len(y), 2):  # two rows a pass: half the loads and stores
        first, second = y[i], y[min(i + 1, len(y) - 1)]
        for c in range(n):
            u, v, t, b, s = first[c], second[c], top[c], bottom[c], sign[c]
            s = 1.0 if u > t else s
            s = -1.0 if u < b else s
            t = u if u > t else t
            b = u if u < b else b
            s = 1.0 if v > t else s
            s = -1.0 if v < b else s
            top[c] = v if v > t else t
            bottom[c] = v if v < b else b
            sign[c] = s
            hole[c] += (u - u) + (v - v)  # 0, or NaN where one is NaN or infinite
    for c in range(n):
        extent[c] = top[c] - bottom[c] + hole[c]


@kernel
def _sort_rows(y: NDArray[np.float64], n_rows: int, n: int) -> None:
    """Sort each column of the first rows by Batcher's odd-even merge (1968, AFIPS 32, 307-314).

    Which rows are compared does not depend on their values: a comparison runs along all columns.
    """
    p = 1
    while p < n_rows:
        k = p
        while k >= 1:
            for j in range(k % p, n_rows - k, 2 * k):
                for i in range(j, min(j + k, n_rows - k)):
                    if i // (2 * p) == (i + k) // (2 * p):
                        first, second = y[i], y[i + k]
                        for c in range(n):
                            u, v = first[c], second[c]
                            first[c] = u if u < v else v
                            second[c] = v if u < v else u
            k //= 2
        p *= 2
