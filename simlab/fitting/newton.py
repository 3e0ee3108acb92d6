"""Damped Newton descent of the objectives of approach 3, many starts in one call.

Each step solves ``(H + lam M) s = -g`` with the exact Hessian H; lam follows the ratio of actual
to predicted decrease (Levenberg 1944; Marquardt 1963; More 1978). With five parameters a step
costs one pass over the runs, and the last steps converge quadratically, so that a start ends at
its optimum to rounding, where quasi-Newton methods stop by a tolerance.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.fitting.chinchilla_objective import N_THETA, Objective, derivatives, value
from simlab.threads import map_ordered

Array = NDArray[np.float64]

_STARTS_PER_JOB = 64
_MOST_STEPS = 400
_MOST_TURN = 0.3  # of an exponent in one step


@kernel
def _copy(source: Array, target: Array) -> None:
    """Copy five numbers; an assignment of slices compiles for seconds, for its error message."""
    for i in range(N_THETA):
        target[i] = source[i]


@kernel
def _solve(
    H: Array, M: Array, lam: float, g: Array, free: NDArray[np.bool_], L: Array, s: Array
) -> bool:
    """Put the step into ``s``; return whether ``H + lam M`` is positive definite."""
    for i in range(N_THETA):
        for j in range(i + 1):
            if free[i] and free[j]:
                # unit diagonals of M: the pivots then tell how near to singular the matrix is
                t = (H[i, j] + lam * M[i, j]) / np.sqrt(M[i, i] * M[j, j])
            else:
                t = 1.0 if i == j else 0.0
            for k in range(j):
                t -= L[i, k] * L[j, k]
            if i == j:
                if not t > 1e-14 * (1.0 + lam):
                    return False
                L[i, i] = np.sqrt(t)
            else:
                L[i, j] = t / L[j, j]
    for i in range(N_THETA):
        t = -g[i] / np.sqrt(M[i, i]) if free[i] else 0.0
        for k in range(i):
            t -= L[i, k] * s[k]
        s[i] = t / L[i, i]
    for i in range(N_THETA - 1, -1, -1):
        t = s[i]
        for k in range(i + 1, N_THETA):
            t -= L[k, i] * s[k]
        s[i] = t / L[i, i]
    for i in range(N_THETA):
        s[i] = s[i] / np.sqrt(M[i, i]) if free[i] else 0.0
    return True


@kernel
def _descend1(
    theta: Array, free: NDArray[np.bool_], runs: Array, on_loss: bool, squares: bool,
    delta: float, skew: float, tolerance: float, most: int, work: Array,
) -> tuple[int, bool]:  # fmt: skip
    """Move ``theta`` to a minimum; return the passes over the runs, and whether it converged."""
    H, M, H2, M2, L = work[0:5], work[5:10], work[10:15], work[15:20], work[20:25]
    g, g2, s, trial = work[25], work[26], work[27], work[28]
    _copy(theta, trial)
    f, predicted, small, lam = np.inf, 0.0, False, 1.0
    # one call of each large function: what is inlined twice compiles twice as long
    for step in range(1, most + 1):
        f2 = derivatives(trial, runs, on_loss, squares, delta, skew, g2, H2, M2)
        if f2 < f and (step == 1 or predicted <= 0.0 or small or f - f2 >= 1e-4 * predicted):
            if step > 1:
                gain = (f - f2) / predicted if predicted > 0.0 else 1.0
                if gain > 0.75:
                    lam = max(0.1 * lam, 1e-12)
                elif gain < 0.25:
                    lam = 2.0 * lam
            f = f2
            _copy(trial, theta)
            _copy(g2, g)
            for i in range(N_THETA):
                _copy(H2[i], H[i])
                _copy(M2[i], M[i])
        elif step == 1:
            return step, False
        else:
            lam = max(4.0 * lam, 1e-6)
        if small or not lam < 1e18:
            return step, small
        for i in range(3):
            H[i, i] -= g[i]  # of E, A, B in units of themselves, in which the loss is linear
        solved = False
        for attempt in range(2):
            solved = solved or _solve(H if attempt == 0 else M, M, lam, g, free, L, s)
        decrement = slope = curve = 0.0
        for i in range(N_THETA):
            decrement -= g[i] * s[i]
            s[i] = max(s[i], -0.9) if i < 3 else min(max(s[i], -_MOST_TURN), _MOST_TURN)
            slope -= g[i] * s[i]
        for i in range(N_THETA):
            for j in range(N_THETA):
                curve += s[i] * H[i, j] * s[j]
        predicted = slope - 0.5 * curve
        small = decrement * (1.0 + lam) <= tolerance * f
        for i in range(3):
            H[i, i] += g[i]
        for i in range(N_THETA):
            trial[i] = theta[i] + (np.log1p(s[i]) if i < 3 else s[i])
        if not solved:
            return step, False
    return most, False


@kernel
def _follow1(
    theta: Array, free: NDArray[np.bool_], runs: Array, delta: float, smaller: float, work: Array
) -> None:
    """Move ``theta`` from the minimum of one Huber delta towards that of a smaller one.

    On the way the residuals inside delta shrink with it (Clark & Osborne 1986, "Finite algorithms
    for Huber's M-estimator"): ``H dtheta = -dg/ddelta ddelta``. Without this step they would all
    lie outside of the smaller delta, and the Hessian there says nothing.
    """
    H, M, L, g, s = work[0:5], work[5:10], work[20:25], work[25], work[27]
    for k in range(N_THETA):
        g[k] = 0.0
    for i in range(runs.shape[1]):
        p0 = np.exp(theta[0])
        p1 = np.exp(theta[1] - theta[3] * runs[0, i])
        p2 = np.exp(theta[2] - theta[4] * runs[1, i])
        r = np.log(p0 + p1 + p2) - runs[2, i]
        if abs(r) > delta:
            pull = (smaller - delta) * runs[3, i] * (1.0 if r > 0 else -1.0) / (p0 + p1 + p2)
            g[0] += pull * p0
            g[1] += pull * p1
            g[2] += pull * p2
            g[3] -= pull * p1 * runs[0, i]
            g[4] -= pull * p2 * runs[1, i]
    if _solve(H, M, 0.0, g, free, L, s):
        for k in range(N_THETA):
            s[k] += theta[k]
        if value(s, runs, False, False, smaller, 0.0) < value(
            theta, runs, False, False, smaller, 0.0
        ):
            _copy(s, theta)


@kernel
def _descend(
    starts: Array, free: NDArray[np.bool_], runs: Array, on_loss: bool, squares: bool,
    deltas: Array, skew: float, theta: Array, values: Array, passes: NDArray[np.int64],
    converged: NDArray[np.bool_],
) -> None:  # fmt: skip
    work = np.zeros((29, N_THETA))
    for i in range(len(starts)):
        _copy(starts[i], theta[i])
        passes[i] = 0
        for k in range(deltas.size):
            last = k == deltas.size - 1
            n, converged[i] = _descend1(
                theta[i], free, runs, on_loss, squares, deltas[k], skew, 1e-14 if last else 1e-10,
                _MOST_STEPS, work,
            )  # fmt: skip
            passes[i] += n
            if not last:
                _follow1(theta[i], free, runs, deltas[k], deltas[k + 1], work)
        exact = 0.0 if deltas.size > 1 else deltas[0]
        values[i] = value(theta[i], runs, on_loss, squares, exact, skew)


class Minima(NamedTuple):
    """Where the descents from several starts ended."""

    theta: Array
    """(n_starts, 5): e, a, b, alpha, beta."""
    values: Array
    """(n_starts,) objective, a sum over the runs."""
    passes: NDArray[np.int64]
    """(n_starts,) passes over the runs."""
    converged: NDArray[np.bool_]

    @property
    def best(self) -> int:
        """The start that ended lowest; the first of several."""
        return int(np.argmin(np.where(np.isnan(self.values), np.inf, self.values)))


def minimise(
    starts: Array,
    runs: Array,
    objective: Objective,
    *,
    free: Sequence[bool] = (True,) * N_THETA,
    threads: int = 1,
) -> Minima:
    """Return the minimum that each start leads to.

    Parameters
    ----------
    starts : ndarray
        (n_starts, 5) float64: e, a, b, alpha, beta.
    runs : ndarray
        (4, n_runs) float64: ln N, ln D, ln L, weight.
    objective : Objective
        See `simlab.fitting.chinchilla_objective.OBJECTIVES`.
    free : sequence of bool
        Which of e, a, b, alpha, beta may move. ``a`` may be held only with ``alpha``, ``b`` only
        with ``beta``.
    threads : int
        The result does not depend on it.

    Raises UsageError if ``a`` or ``b`` is held alone.
    """
    moves = np.array(free, np.bool_)
    if (moves[3] and not moves[1]) or (moves[4] and not moves[2]):
        raise UsageError("fixed: A can be held only together with alpha, and B with beta")
    # about the mean of ln N and ln D, a and alpha hardly depend on each other, nor do b and beta
    centre = runs[:2].mean(axis=1)
    centred, begin = runs.copy(), np.array(starts, np.float64, order="C")
    centred[:2] -= centre[:, None]
    begin[:, 1:3] -= begin[:, 3:5] * centre
    n = len(begin)
    found = Minima(np.empty((n, 5)), np.empty(n), np.empty(n, np.int64), np.empty(n, np.bool_))
    deltas = np.array(objective.deltas)

    def part(first: int) -> None:
        rows = slice(first, first + _STARTS_PER_JOB)
        _descend(
            begin[rows], moves, centred, objective.on_loss, objective.squares, deltas,
            objective.skew,
            found.theta[rows], found.values[rows], found.passes[rows], found.converged[rows],
        )  # fmt: skip

    map_ordered(part, range(0, n, _STARTS_PER_JOB), threads=threads)
    found.theta[:, 1:3] += found.theta[:, 3:5] * centre
    return found
