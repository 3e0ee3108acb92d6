"""Objectives of Hoffmann's approach 3, with exact first and second derivatives.

The law is fitted in theta = (e, a, b, alpha, beta), with E = exp(e), A = exp(a), B = exp(b):
``ln L = ln(exp(e) + exp(a - alpha ln N) + exp(b - beta ln D))``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab._jit import kernel
from simlab.errors import UsageError, did_you_mean

Array = NDArray[np.float64]

N_THETA = 5
_FLOOR = 1e-6  # curvature left to an exponent whose term has vanished, as a share of its most


class Objective(NamedTuple):
    """What is summed over the runs; every sum is a sum, never a mean."""

    name: str
    about: str
    on_loss: bool
    """Whether residuals are differences of losses, in nats; else of their logarithms."""
    squares: bool
    """Whether residuals are squared; else they go through Huber's function."""
    deltas: tuple[float, ...]
    """Huber's delta; several are a continuation whose limit is the sum of absolute residuals."""
    skew: float = 0.0
    """Runs above the law count 1 - skew, runs below it 1 + skew."""


OBJECTIVES = {
    objective.name: objective
    for objective in (
        Objective("huber", "sum of Huber(1e-3) of ln L", False, False, (1e-3,)),
        Objective(
            "lad", "sum of |residuals| of ln L", False, False, (1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10)
        ),
        Objective("squares", "sum of squared residuals of L", True, True, (1.0,)),
        Objective("log-squares", "sum of squared residuals of ln L", False, True, (1.0,)),
        Objective(
            "asymmetric",
            "as huber; runs above the law count a third of those below it, as "
            "training goes wrong in one direction",
            False,
            False,
            (1e-3,),
            0.5,
        ),
    )
}


@kernel
def _penalty1(r: float, squares: bool, delta: float) -> tuple[float, float, float, float]:
    """Return the penalty of a residual, its two derivatives, and the first one over ``r``."""
    if squares:
        return r * r, 2.0 * r, 2.0, 2.0
    size = abs(r)
    if size <= delta:
        return 0.5 * r * r, r, 1.0, 1.0
    return delta * (size - 0.5 * delta), delta if r > 0 else -delta, 0.0, delta / size


@kernel
def derivatives(
    theta: Array, runs: Array, on_loss: bool, squares: bool, delta: float, skew: float,
    g: Array, H: Array, M: Array,
) -> float:  # fmt: skip
    """Return the objective; fill its gradient, its Hessian and a damping matrix.

    ``runs`` is (4, n_runs): ln N, ln D, ln L, weight. ``M`` is the Hessian of the quadratic that
    iteratively reweighted least squares would minimise, plus a floor for exponents whose term has
    vanished: it is positive definite.
    """
    e, a, b, alpha, beta = theta[0], theta[1], theta[2], theta[3], theta[4]
    floor = np.exp(e)
    f = g0 = g1 = g2 = g3 = g4 = 0.0
    h00 = h01 = h02 = h03 = h04 = h11 = h12 = h13 = h14 = h22 = h23 = h24 = h33 = h34 = h44 = 0.0
    m00 = m01 = m02 = m03 = m04 = m11 = m12 = m13 = m14 = m22 = m23 = m24 = m33 = m34 = m44 = 0.0
    s0 = s1 = s1x = s1xx = s2 = s2y = s2yy = 0.0
    tx = ty = 0.0
    for i in range(runs.shape[1]):
        x, y, w = runs[0, i], runs[1, i], runs[3, i]
        of_size, of_data = np.exp(a - alpha * x), np.exp(b - beta * y)
        loss = floor + of_size + of_data
        slope = loss if on_loss else 1.0
        r = loss - np.exp(runs[2, i]) if on_loss else np.log(loss) - runs[2, i]
        w *= 1.0 + skew if r > 0.0 else 1.0 - skew
        rho, psi, curve, ratio = _penalty1(r, squares, delta)
        f += w * rho
        j0, j1, j2 = floor / loss, of_size / loss, of_data / loss
        j3, j4 = -x * j1, -y * j2
        u = w * psi * slope
        g0 += u * j0
        g1 += u * j1
        g2 += u * j2
        g3 += u * j3
        g4 += u * j4
        # r'' = slope (sum_k p_k z_k z_k' - J J'), and J J' once more where r is of L itself
        s0 += u * j0
        s1 += u * j1
        s1x -= u * j1 * x
        s1xx += u * j1 * x * x
        s2 += u * j2
        s2y -= u * j2 * y
        s2yy += u * j2 * y * y
        q = w * curve * slope * slope - (0.0 if on_loss else u)
        m = w * ratio * slope * slope
        h00 += q * j0 * j0
        h01 += q * j0 * j1
        h02 += q * j0 * j2
        h03 += q * j0 * j3
        h04 += q * j0 * j4
        h11 += q * j1 * j1
        h12 += q * j1 * j2
        h13 += q * j1 * j3
        h14 += q * j1 * j4
        h22 += q * j2 * j2
        h23 += q * j2 * j3
        h24 += q * j2 * j4
        h33 += q * j3 * j3
        h34 += q * j3 * j4
        h44 += q * j4 * j4
        m00 += m * j0 * j0
        m01 += m * j0 * j1
        m02 += m * j0 * j2
        m03 += m * j0 * j3
        m04 += m * j0 * j4
        m11 += m * j1 * j1
        m12 += m * j1 * j2
        m13 += m * j1 * j3
        m14 += m * j1 * j4
        m22 += m * j2 * j2
        m23 += m * j2 * j3
        m24 += m * j2 * j4
        m33 += m * j3 * j3
        m34 += m * j3 * j4
        m44 += m * j4 * j4
        tx += m * x * x
        ty += m * y * y
    g[0], g[1], g[2], g[3], g[4] = g0, g1, g2, g3, g4
    H[0, 0], H[0, 1], H[0, 2], H[0, 3], H[0, 4] = h00 + s0, h01, h02, h03, h04
    H[1, 1], H[1, 2], H[1, 3], H[1, 4] = h11 + s1, h12, h13 + s1x, h14
    H[2, 2], H[2, 3], H[2, 4] = h22 + s2, h23, h24 + s2y
    H[3, 3], H[3, 4], H[4, 4] = h33 + s1xx, h34, h44 + s2yy
    M[0, 0], M[0, 1], M[0, 2], M[0, 3], M[0, 4] = m00, m01, m02, m03, m04
    M[1, 1], M[1, 2], M[1, 3], M[1, 4] = m11, m12, m13, m14
    M[2, 2], M[2, 3], M[2, 4] = m22, m23, m24
    M[3, 3], M[3, 4], M[4, 4] = m33, m34, m44
    for k in range(N_THETA):
        M[k, k] += _FLOOR * (tx if k == 3 else ty if k == 4 else M[k, k]) + 1e-300
        for l in range(k):  # noqa: E741
            H[k, l] = H[l, k]
            M[k, l] = M[l, k]
    return f


@kernel
def value(
    theta: Array, runs: Array, on_loss: bool, squares: bool, delta: float, skew: float
) -> float:
    """Return the objective alone; ``delta`` 0 is the sum of absolute residuals."""
    f = 0.0
    for i in range(runs.shape[1]):
        loss = (
            np.exp(theta[0])
            + np.exp(theta[1] - theta[3] * runs[0, i])
            + np.exp(theta[2] - theta[4] * runs[1, i])
        )
        r = loss - np.exp(runs[2, i]) if on_loss else np.log(loss) - runs[2, i]
        w = runs[3, i] * (1.0 + skew if r > 0.0 else 1.0 - skew)
        f += w * (_penalty1(r, squares, delta)[0] if delta > 0 or squares else abs(r))
    return f


def find_objective(name: str) -> Objective:
    """Return the objective of this name; raise UsageError with the nearest one otherwise."""
    if name not in OBJECTIVES:
        raise UsageError(
            f"objective {name!r}{did_you_mean(name, list(OBJECTIVES))}; "
            f"there are {', '.join(OBJECTIVES)}"
        )
    return OBJECTIVES[name]


def objective_value(theta: ArrayLike, runs: Array, *, objective: str = "huber") -> float:
    """Return the objective at ``theta`` = (e, a, b, alpha, beta).

    Parameters
    ----------
    theta : array_like
        (5,) float64.
    runs : ndarray
        (4, n_runs) float64: ln N, ln D, ln L, weight; see `simlab.fitting.runs.TrainingRuns`.
    objective : str
        One of `OBJECTIVES`.

    Raises UsageError for an unknown objective or a theta of another shape.

    References
    ----------
    Hoffmann et al. 2022, arXiv:2203.15556, equation 3 (``huber``).

    >>> runs = np.log([[1e9, 2e9], [2e10, 4e10], [2.5, 2.2], [np.e, np.e]])
    >>> round(objective_value([0.5, 6, 6, 0.34, 0.28], runs, objective="lad"), 4)
    0.0808
    """
    found = find_objective(objective)
    point = np.ascontiguousarray(theta, np.float64)
    if point.shape != (N_THETA,):
        raise UsageError(f"theta: shape {point.shape}; give (e, a, b, alpha, beta)")
    delta = found.deltas[0] if len(found.deltas) == 1 else 0.0
    return float(value(point, runs, found.on_loss, found.squares, delta, found.skew))
