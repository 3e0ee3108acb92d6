"""Ridge regression and least squares at every prefix of a prompt, one example at a time.

Adding an example changes the inverse of a moment matrix by a matrix of rank one (Sherman &
Morrison 1950), and its pseudo-inverse by one of rank one or two (Greville 1960; Albert & Sittler
1966), so that all prefixes together cost as much as one solve from scratch. Tasks lie in the
innermost axis: every loop over them is a loop over independent numbers.
"""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel

Floats = NDArray[np.float64]


@kernel
def fill(values: Floats, value: float) -> None:
    """Fill one row; an assignment to a slice would take seconds to compile."""
    for t in range(len(values)):
        values[t] = value


@kernel
def predict(w: Floats, x: Floats, prediction: Floats) -> None:
    """Put ``w . x`` of each task into ``prediction``; w and x are (d, n_tasks)."""
    d, n_tasks = w.shape
    for t in range(n_tasks):
        prediction[t] = w[0, t] * x[0, t]
    for j in range(1, d):
        for t in range(n_tasks):
            prediction[t] += w[j, t] * x[j, t]


@kernel
def _times(q: Floats, x: Floats, product: Floats) -> None:
    """Put ``q x`` into ``product``; of the symmetric q only the upper half is read."""
    d, n_tasks = x.shape
    for j in range(d):
        fill(product[j], 0.0)
        m = 0
        while m + 4 <= d:  # four at a time: the product is read and written a fourth as often
            q0, q1 = q[min(j, m), max(j, m)], q[min(j, m + 1), max(j, m + 1)]
            q2, q3 = q[min(j, m + 2), max(j, m + 2)], q[min(j, m + 3), max(j, m + 3)]
            for t in range(n_tasks):
                product[j, t] += (q0[t] * x[m, t] + q1[t] * x[m + 1, t]) + (
                    q2[t] * x[m + 2, t] + q3[t] * x[m + 3, t]
                )
            m += 4
        while m < d:
            q0 = q[min(j, m), max(j, m)]
            for t in range(n_tasks):
                product[j, t] += q0[t] * x[m, t]
            m += 1


@kernel
def _absorb(q: Floats, w: Floats, g: Floats, x: Floats, gap: Floats, gain: Floats) -> None:
    """Add an example that lies in the span of q: Sherman and Morrison's formula.

    ``g`` is q x, ``gap`` is y - w x, ``gain`` is scratch, and so is ``gap`` in the end.
    """
    d, n_tasks = w.shape
    fill(gain, 1.0)
    for j in range(d):
        for t in range(n_tasks):
            gain[t] += x[j, t] * g[j, t]
    for t in range(n_tasks):
        gain[t] = 1.0 / gain[t]
        gap[t] *= gain[t]
    for j in range(d):
        for t in range(n_tasks):
            w[j, t] += g[j, t] * gap[t]
    for j in range(d):
        for t in range(n_tasks):
            gap[t] = g[j, t] * gain[t]
        for m in range(j, d):
            for t in range(n_tasks):
                q[j, m, t] -= gap[t] * g[m, t]


@kernel
def ridge(x: Floats, y: Floats, penalty: float, prediction: Floats) -> None:
    """Predict each point from those before it by ridge regression.

    Parameters
    ----------
    x : (n_points, d, n_tasks) float64
    y : (n_points, n_tasks) float64
    penalty : float
        Of |w|^2 beside the sum of squared errors, above 0.
    prediction : (n_points, n_tasks) float64
        Filled.
    """
    n_points, d, n_tasks = x.shape
    q, w, g = np.zeros((d, d, n_tasks)), np.zeros((d, n_tasks)), np.empty((d, n_tasks))
    gap, gain = np.empty(n_tasks), np.empty(n_tasks)
    for j in range(d):
        fill(q[j, j], 1.0 / penalty)
    for i in range(n_points):
        predict(w, x[i], prediction[i])
        if i < n_points - 1:
            for t in range(n_tasks):
                gap[t] = y[i, t] - prediction[i, t]
            _times(q, x[i], g)
            _absorb(q, w, g, x[i], gap, gain)


@kernel
def _widen(
    q: Floats, p: Floats, w: Floats, g: Floats, r: Floats, x: Floats, gap: Floats, size: Floats
) -> None:
    """Add an example that is linearly independent of those before it.

    ``p`` projects on what no example has shown yet, ``r`` is p x, and the new weights are the old
    ones plus a multiple of r: still the shortest that fit.
    """
    d, n_tasks = w.shape
    gain = np.empty(n_tasks)
    fill(gain, 1.0)
    fill(size, 0.0)
    for j in range(d):
        for t in range(n_tasks):
            size[t] += r[j, t] * r[j, t]
            gain[t] += x[j, t] * g[j, t]
    for t in range(n_tasks):
        size[t] = 1.0 / size[t]
        gain[t] *= size[t]
    for j in range(d):
        for t in range(n_tasks):
            w[j, t] += r[j, t] * size[t] * gap[t]
    for j in range(d):
        for m in range(j, d):
            for t in range(n_tasks):
                cross = g[j, t] * r[m, t] + r[j, t] * g[m, t]
                q[j, m, t] += size[t] * (gain[t] * r[j, t] * r[m, t] - cross)
                p[j, m, t] -= size[t] * r[j, t] * r[m, t]


@kernel
def least_squares(x: Floats, y: Floats, prediction: Floats) -> None:
    """Predict each point from those before it by least squares, of minimum norm below d points.

    Arguments are those of `ridge`. The first d points must be linearly independent, as points with
    a density are.
    """
    n_points, d, n_tasks = x.shape
    q, p = np.zeros((d, d, n_tasks)), np.zeros((d, d, n_tasks))
    w, g, r = np.zeros((d, n_tasks)), np.empty((d, n_tasks)), np.empty((d, n_tasks))
    gap, size = np.empty(n_tasks), np.empty(n_tasks)
    for j in range(d):
        fill(p[j, j], 1.0)
    for i in range(n_points):
        predict(w, x[i], prediction[i])
        if i < n_points - 1:
            for t in range(n_tasks):
                gap[t] = y[i, t] - prediction[i, t]
            _times(q, x[i], g)
            if i < d:
                _times(p, x[i], r)
                _widen(q, p, w, g, r, x[i], gap, size)
            else:
                _absorb(q, w, g, x[i], gap, size)
