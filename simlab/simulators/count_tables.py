"""Many draws from the same few counts: inversion by a table, one uniform and a look-up a draw.

A table holds the distribution function of a binomial or beta-binomial count and, for each of 4096
equal parts of (0, 1), the count where the search begins (the guide table of Chen & Asau 1974,
doi:10.1080/05695557408974949). Probabilities are right to about 1e-15; counts whose probability is
below 1e-20 of the largest are left out, which no uniform draw of 53 bits could see.

A draw takes about a tenth of the time that `simlab.simulators.binomial` takes, once the table is
there, which costs as much as some hundred draws. Both give the same distribution, but other draws.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.simulators.binomial import columns
from simlab.streams import uniform

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_PARTS = 4096
MOST_TABLED = 20_000
"""Most trials of a table; beyond it, use `simlab.simulators.binomial.sample_counts`."""

_NEGLIGIBLE = 1e-20
_BLOCK = 256  # draws of a column at a time: the rows they are written to stay in the nearest cache


class CountTables(NamedTuple):
    """Tables of several distributions, for kernels; see `count_tables`."""

    low: Ints
    """(n_columns,) int64: the smallest count of each."""
    starts: Ints
    """(n_columns + 1,) int64: column s owns ``cdf[starts[s] : starts[s + 1]]``."""
    cdf: Floats
    """P(count <= low + j) at place j of a column; the last of each column is 1."""
    guide: NDArray[np.uint16]
    """(n_columns, N_PARTS) uint16: first place whose ``cdf`` exceeds part / N_PARTS."""


@kernel
def fill_masses(n: int, p: float, rho: float, masses: Floats) -> tuple[int, int]:
    """Write the masses of 0 .. n into ``masses``; return the first count and one past the last.

    Masses that are not written are negligible. (n + 1,) float64; relative to the largest.
    """
    if p == 0.0 or p == 1.0 or n == 0:
        k = n if p == 1.0 else 0
        masses[k] = 1.0
        return k, k + 1
    if rho == 1.0:
        masses[: n + 1] = 0.0
        masses[0], masses[n] = 1.0 - p, p
        return 0, n + 1
    # ratio of masses (n - k) (k step + p) / ((k + 1) ((n - k - 1) step + q)), step 0: binomial
    step, q = rho / (1.0 - rho), 1.0 - p
    two_peaks = p < step and q < step
    top = 0
    if two_peaks:
        top = 0 if p <= 0.5 else n
    elif p < step or q < step:
        top = 0 if p < step else n
    elif step < 0.5:  # at 0.5 all masses are equal
        top = min(n, int((n + 1) * ((p - step) / (1.0 - 2.0 * step))))
    masses[top] = 1.0
    first = last = top
    mass = 1.0
    for k in range(top, n):
        mass *= (n - k) * (k * step + p) / ((k + 1) * ((n - k - 1) * step + q))
        if mass < _NEGLIGIBLE and not two_peaks:
            break
        masses[k + 1] = mass
        last = k + 1
    mass = 1.0
    for k in range(top - 1, -1, -1):
        mass *= (k + 1) * ((n - k - 1) * step + q) / ((n - k) * (k * step + p))
        if mass < _NEGLIGIBLE and not two_peaks:
            break
        masses[k] = mass
        first = k
    return first, last + 1


@kernel
def fill_guide(cdf: Floats, guide: NDArray[np.uint16]) -> None:
    """Write the guide of a distribution function; (n_counts,) and (N_PARTS,)."""
    part = 0
    for j in range(len(cdf)):
        end = math.ceil(cdf[j] * N_PARTS)  # parts below it begin where cdf[j] is still ahead
        for i in range(part, end):
            guide[i] = j
        part = max(part, end)


@kernel
def tabled(u: float, cdf: Floats, guide: NDArray[np.uint16]) -> int:
    """Return the place in a table at which the distribution function first exceeds ``u``."""
    j = guide[int(u * N_PARTS)]
    while cdf[j] <= u:
        j += 1
    return int(j)


@kernel
def _fill(n: Ints, p: Floats, rho: Floats, guide: NDArray[np.uint16]) -> tuple[Ints, Ints, Floats]:
    """Fill the guides of all columns; return the other three fields of `CountTables`."""
    masses = np.empty(n.max() + 1)
    low, starts = np.empty(len(n), np.int64), np.zeros(len(n) + 1, np.int64)
    cdf = np.empty(1024)
    for s in range(len(n)):
        first, end = fill_masses(n[s], p[s], rho[s], masses)
        here, after = starts[s], starts[s] + end - first
        if after > len(cdf):
            longer = np.empty(2 * after)
            longer[:here] = cdf[:here]
            cdf = longer
        low[s], starts[s + 1] = first, after
        total = masses[first:end].sum()
        below = 0.0
        for k in range(first, end):
            below += masses[k]
            cdf[here + k - first] = below / total
        cdf[after - 1] = 1.0
        fill_guide(cdf[here:after], guide[s])
    return low, starts, cdf[: starts[-1]].copy()


@kernel
def _tabled_counts(
    keys: NDArray[np.uint64],
    first: int,
    low: Ints,
    starts: Ints,
    cdf: Floats,
    guide: NDArray[np.uint16],
    counts: Ints,
) -> None:
    n_draws = len(counts)
    u = np.empty(_BLOCK)
    for start in range(0, n_draws, _BLOCK):
        end = min(start + _BLOCK, n_draws)
        for s in range(len(keys)):
            key, own, lead = keys[s], cdf[starts[s] : starts[s + 1]], guide[s]
            for c in range(start, end):  # without branches: eight uniforms at a time
                u[c - start] = uniform(key, np.uint64(first + c))
            for c in range(start, end):
                counts[c, s] = low[s] + tabled(u[c - start], own, lead)


def count_tables(n: ArrayLike, p: ArrayLike, *, rho: ArrayLike = 0.0) -> CountTables:
    """Return tables of beta-binomial counts, one a column.

    Parameters
    ----------
    n, p, rho : array_like
        (n_columns,) or one for all: trials (0 .. 20,000), success rates and correlations of two
        trials (0 .. 1); ``rho`` 0 is the binomial.

    Raises
    ------
    UsageError
        An argument is out of its range.

    >>> count_tables([2, 2], [0.5, 1.0]).cdf.tolist()
    [0.25, 0.75, 1.0, 1.0]
    """
    trials, rate, correlation = columns(n, p, rho)
    if not 0 <= trials.max(initial=-1) <= MOST_TABLED:
        most = trials.max() if trials.size else "no column"
        raise UsageError(f"n: {most} given; a table takes 0 .. {MOST_TABLED:,} trials")
    guide = np.empty((len(trials), N_PARTS), np.uint16)
    low, starts, cdf = _fill(trials, rate, correlation, guide)
    return CountTables(low, starts, cdf, guide)


def tabled_counts(
    tables: CountTables, keys: ArrayLike, *, n_draws: int = 1, first: int = 0
) -> Ints:
    """Return draws ``first`` .. ``first + n_draws - 1`` of each column's stream.

    Parameters
    ----------
    tables : CountTables
    keys : (n_columns,) array_like of uint64
        The stream of each column; see `simlab.streams.seed_key`.
    n_draws, first : int
        A draw uses up one counter and does not depend on the others.

    Returns
    -------
    ndarray
        (n_draws, n_columns) int64.

    Raises
    ------
    UsageError
        There are more or fewer keys than tables, or a number of draws below 0.

    >>> tabled_counts(count_tables(100, [0.0, 0.5, 1.0]), [1, 2, 3], n_draws=2).tolist()
    [[0, 57, 100], [0, 59, 100]]
    """
    streams = np.asarray(keys, np.uint64)
    if streams.shape != tables.low.shape or n_draws < 0 or first < 0:
        raise UsageError(
            f"draws: keys of shape {streams.shape} for {len(tables.low)} tables, {n_draws} draws "
            f"from {first}; give a key each and counts >= 0"
        )
    counts = np.empty((n_draws, len(streams)), np.int64)
    _tabled_counts(streams, first, *tables, counts)
    return counts
