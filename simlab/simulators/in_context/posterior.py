"""The Bayes estimator in the view of functions: a Gaussian process on the points of a prompt.

With w ~ N(0, I) and noise of variance s^2, the values at the points are jointly normal with
covariance x_i . x_j (+ s^2 on the diagonal), and the mean at the next point given the values so
far is k' (K + s^2 I)^-1 y (Rasmussen & Williams 2006, equations 2.19 and 2.25). It is computed
from a Cholesky factor that grows by a row a point and knows nothing of ridge regression, whose
predictions must nevertheless be the same.
"""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel

Floats = NDArray[np.float64]


@kernel
def gaussian_posterior(x: Floats, y: Floats, variance: float, prediction: Floats) -> None:
    """Predict each point from those before it by the posterior mean.

    Parameters
    ----------
    x : (n_points, d, n_tasks) float64
    y : (n_points, n_tasks) float64
    variance : float
        Of the noise, above 0.
    prediction : (n_points, n_tasks) float64
        Filled.
    """
    n_points, d, n_tasks = x.shape
    factor = np.empty((n_points, n_points, n_tasks))  # lower triangle
    whitened = np.empty((n_points, n_tasks))  # factor^-1 y
    row = np.empty((n_points, n_tasks))
    rest = np.empty(n_tasks)
    for i in range(n_points):
        # the row of the factor that the next point adds: factor row = k
        for m in range(i):
            for t in range(n_tasks):
                row[m, t] = x[i, 0, t] * x[m, 0, t]
            for j in range(1, d):
                for t in range(n_tasks):
                    row[m, t] += x[i, j, t] * x[m, j, t]
            for s in range(m):
                for t in range(n_tasks):
                    row[m, t] -= factor[m, s, t] * row[s, t]
            for t in range(n_tasks):
                row[m, t] /= factor[m, m, t]
        for t in range(n_tasks):
            prediction[i, t] = 0.0
            rest[t] = variance
        for m in range(i):
            for t in range(n_tasks):
                prediction[i, t] += row[m, t] * whitened[m, t]
                rest[t] -= row[m, t] * row[m, t]
        for j in range(d):
            for t in range(n_tasks):
                rest[t] += x[i, j, t] * x[i, j, t]
        for m in range(i):
            for t in range(n_tasks):
                factor[i, m, t] = row[m, t]
        for t in range(n_tasks):
            factor[i, i, t] = np.sqrt(rest[t])
            whitened[i, t] = (y[i, t] - prediction[i, t]) / factor[i, i, t]
