"""Binomial and beta-binomial draws for kernels: exact, and nearly as fast for 1e6 items as for 100.

Where a rare outcome is expected less than 10 times, the draw is an inversion of one uniform,
counting up from 0 (Kachitvichyanukul & Schmeiser 1988, doi:10.1145/42372.42381, algorithm BINV).
Elsewhere it is a transformed rejection with squeeze (Hormann 1993, doi:10.1080/00949659308811496,
algorithm BTRS), on the draw's hidden stream. Either way a draw uses up one counter.

For many draws with equal n and p see `simlab.simulators.count_tables`, which is faster still.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.streams import hidden, log_beta_variate, open_uniform, uniform

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_ITEMS = 2**31
"""Beyond it, rounding would blur the acceptance by more than 1e-6 of a probability."""

_FEW = 10.0
_STIRLING = (
    0.08106146679532726,
    0.0413406959554093,
    0.02767792568499834,
    0.020790672103765093,
    0.016644691189821193,
    0.013876128823070748,
    0.01189670994589177,
    0.010411265261972096,
    0.009255462182712733,
    0.00833056343336287,
)
"""The remainder of Stirling's formula at k = 0 .. 9, where the series is not exact enough."""


@kernel
def binomial(key: np.uint64, i: np.uint64, n: int, p: float) -> int:
    """Return the ``i``-th draw of the number of successes in ``n`` trials of probability ``p``.

    -1 for ``n`` outside 0 .. 2^31 and for ``p`` outside [0, 1].
    """
    if not (0 <= n <= MOST_ITEMS and 0.0 <= p <= 1.0):
        return -1
    rare = min(p, 1.0 - p)
    k = _by_inversion(key, i, n, rare) if n * rare < _FEW else _by_rejection(key, i, n, rare)
    return k if p <= 0.5 else n - k


@kernel
def _by_inversion(key: np.uint64, i: np.uint64, n: int, p: float) -> int:
    if p == 0.0 or n == 0:
        return 0
    odds = p / (1.0 - p)
    mass = math.exp(n * math.log1p(-p))
    u = uniform(key, i)
    k = 0
    while u >= mass and k < n:  # k < n: rounding may leave a little of u beyond the last mass
        u -= mass
        k += 1
        mass *= odds * (n - k + 1) / k
    return k


@kernel
def _by_rejection(key: np.uint64, i: np.uint64, n: int, p: float) -> int:
    own = hidden(key, i)
    spread = math.sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    squeeze = 0.92 - 4.2 / b
    j = np.uint64(0)
    while True:
        u = open_uniform(own, j) - 0.5
        v = open_uniform(own, j + np.uint64(1))
        j += np.uint64(2)
        edge = 0.5 - abs(u)
        k = math.floor((2.0 * a / edge + b) * u + n * p + 0.5)
        if edge >= 0.07 and v <= squeeze:
            return int(k)
        if k < 0.0 or k > n:
            continue
        scale = (2.83 + 5.1 / b) * spread
        if math.log(v * scale / (a / (edge * edge) + b)) <= _log_ratio(n, p, int(k)):
            return int(k)


@kernel
def _log_ratio(n: int, p: float, k: int) -> float:
    """Return ln(P(k) / P(m)), m the mode of the binomial, by Stirling's series."""
    m = int((n + 1) * p)
    odds = p / (1.0 - p)
    return (
        (m + 0.5) * math.log((m + 1) / (odds * (n - m + 1)))
        + (n + 1) * math.log((n - m + 1) / (n - k + 1))
        + (k + 0.5) * math.log(odds * (n - k + 1) / (k + 1))
        + _stirling(m)
        + _stirling(n - m)
        - _stirling(k)
        - _stirling(n - k)
    )


@kernel
def _stirling(k: int) -> float:
    """Return ln k! - [(k + 1/2) ln(k + 1) - (k + 1) + ln(2 pi) / 2], absolute error below 1e-10."""
    if k < len(_STIRLING):
        return _STIRLING[k]
    x = k + 1.0
    return (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / (x * x)) / (x * x)) / x


@kernel
def beta_binomial(key: np.uint64, i: np.uint64, n: int, p: float, rho: float) -> int:
    """Return the ``i``-th draw of successes in ``n`` trials that share a success rate.

    The rate is beta distributed with mean ``p``, and ``rho`` is the correlation of two trials:
    the variance of the count is n p (1 - p) (1 + (n - 1) rho). ``rho`` 0 gives `binomial`, 1 gives
    0 or n. -1 for n outside 0 .. 2^31, and p or rho outside [0, 1].
    """
    if not (0 <= n <= MOST_ITEMS and 0.0 <= p <= 1.0 and 0.0 <= rho <= 1.0):
        return -1
    own, draw, rate, together = np.uint64(key), np.uint64(i), p, 1
    if rho > 0.0 and 0.0 < p < 1.0:
        own, draw = hidden(key, i), np.uint64(1)
        if rho == 1.0:
            together, n = n, min(n, 1)
        else:
            strength = (1.0 - rho) / rho
            a, b = p * strength, (1.0 - p) * strength
            rate = math.exp(log_beta_variate(own, np.uint64(0), a, b))
    return together * binomial(own, draw, n, rate)  # one call: each is compiled on its own


@kernel
def _beta_binomial(
    keys: NDArray[np.uint64], first: int, n: Ints, p: Floats, rho: Floats, counts: Ints
) -> None:
    for c in range(counts.shape[0]):
        for s in range(len(keys)):
            counts[c, s] = beta_binomial(keys[s], np.uint64(first + c), n[s], p[s], rho[s])


def sample_counts(
    keys: ArrayLike,
    n: ArrayLike,
    p: ArrayLike,
    *,
    rho: ArrayLike = 0.0,
    n_draws: int = 1,
    first: int = 0,
) -> Ints:
    """Return draws of several beta-binomial distributions, one column a distribution.

    Parameters
    ----------
    keys : (n_columns,) array_like of uint64
        The stream of each column; see `simlab.streams.seed_key`.
    n, p, rho : array_like
        Trials (0 .. 2^31), success rates and correlations of two trials (both 0 .. 1), broadcast
        against ``keys``.
    n_draws, first : int
        The draws ``first`` .. ``first + n_draws - 1`` of every stream.

    Returns
    -------
    ndarray
        (n_draws, n_columns) int64.

    Raises
    ------
    UsageError
        An argument is out of its range.

    >>> sample_counts([1, 2, 3], 100, [0.0, 0.5, 1.0], n_draws=2).tolist()
    [[0, 63, 100], [0, 45, 100]]
    """
    streams = np.asarray(keys, np.uint64)
    if streams.ndim != 1 or n_draws < 0 or first < 0:
        raise UsageError(
            f"draws: keys of shape {streams.shape}, {n_draws} draws from {first}; give a list of "
            "keys and counts >= 0"
        )
    trials, rate, correlation = columns(n, p, rho, n_columns=len(streams))
    counts = np.empty((n_draws, len(streams)), np.int64)
    _beta_binomial(streams, first, trials, rate, correlation, counts)
    return counts


def columns(
    n: ArrayLike, p: ArrayLike, rho: ArrayLike, *, n_columns: int | None = None
) -> tuple[Ints, Floats, Floats]:
    """Return trials, rates and correlations as arrays of one length, (n_columns,) each.

    Raises UsageError for values out of range and lengths that do not agree.
    """
    held = {
        name: np.asarray(value, np.float64) for name, value in (("n", n), ("p", p), ("rho", rho))
    }
    if n_columns is None:
        n_columns = max(value.size for value in held.values())
    for name, value in held.items():
        most = MOST_ITEMS if name == "n" else 1
        bad = value[~((value >= 0.0) & (value <= most))]
        if bad.size:
            raise UsageError(f"{name}: {bad[0]:g} lies outside 0 .. {most:g}")
        if value.shape not in ((), (1,), (n_columns,)):
            raise UsageError(f"{name}: shape {value.shape} for {n_columns} columns; give one each")
    broken = held["n"][held["n"] % 1.0 != 0.0]
    if broken.size:
        raise UsageError(f"n: {broken[0]:g} is not a whole number of trials")
    trials, rate, correlation = (
        np.array(np.broadcast_to(value, (n_columns,))) for value in held.values()
    )
    return trials.astype(np.int64), rate, correlation
