"""Estimators that solve nothing: the mean of x y, and the nearest neighbours of a point.

Both are the baselines of Garg, Tsipras, Liang & Valiant 2022, arXiv 2208.01066, section 3.
"""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.simulators.in_context.recursive import fill, predict

Floats = NDArray[np.float64]


@kernel
def average(x: Floats, y: Floats, prediction: Floats) -> None:
    """Predict each point with the weights sum_i x_i y_i / n of the n points before it.

    Arguments are those of `simlab.simulators.in_context.recursive.ridge`.
    """
    n_points, d, n_tasks = x.shape
    total = np.zeros((d, n_tasks))
    for i in range(n_points):
        predict(total, x[i], prediction[i])
        for t in range(n_tasks):
            prediction[i, t] /= max(i, 1)
        for j in range(d):
            for t in range(n_tasks):
                total[j, t] += x[i, j, t] * y[i, t]


@kernel
def nearest(x: Floats, y: Floats, neighbours: int, prediction: Floats) -> None:
    """Predict each point as the mean of its nearest neighbours' values, or of all while too few.

    Arguments are those of `simlab.simulators.in_context.recursive.ridge`. Where distances tie, the
    earlier point counts.
    """
    n_points, d, n_tasks = x.shape
    far, value = np.empty((neighbours, n_tasks)), np.empty((neighbours, n_tasks))
    distance, held = np.empty(n_tasks), np.empty(n_tasks)
    for i in range(n_points):
        for s in range(neighbours):
            fill(far[s], np.inf)
            fill(value[s], 0.0)
        for m in range(i):
            fill(distance, 0.0)
            for j in range(d):
                for t in range(n_tasks):
                    distance[t] += (x[i, j, t] - x[m, j, t]) * (x[i, j, t] - x[m, j, t])
            for t in range(n_tasks):
                held[t] = y[m, t]
            for s in range(min(neighbours, m + 1)):  # the nearer stays, the farther moves on
                for t in range(n_tasks):
                    nearer = distance[t] < far[s, t]
                    near, far_off = far[s, t], distance[t]
                    near_value, far_value = value[s, t], held[t]
                    far[s, t] = far_off if nearer else near
                    value[s, t] = far_value if nearer else near_value
                    distance[t] = near if nearer else far_off
                    held[t] = near_value if nearer else far_value
        n = min(i, neighbours)
        fill(prediction[i], 0.0)
        for s in range(n):
            for t in range(n_tasks):
                prediction[i, t] += value[s, t]
        for t in range(n_tasks):
            prediction[i, t] /= max(n, 1)
