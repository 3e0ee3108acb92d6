"""Estimators that iterate on the moments of a prompt: gradient descent, Newton's, LASSO.

All read a prompt through G = X'X and b = X'y. Gradient descent takes m steps on |Xw - y|^2 / 2
from 0; its step size is the inverse of the largest sum of a row of |G|, which no eigenvalue
exceeds. Newton's iteration inverts G (Schulz 1933): M <- 2M - MGM from M = G / |G|^2, in the
Frobenius norm; Fu, Chen, Jia & Sharan 2023, arXiv 2310.17086, compare transformers with it. Both
end at the least squares of minimum norm. LASSO minimises |Xw - y|^2 / (2n) + a |w|_1 by
coordinate descent.
"""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.simulators.in_context.recursive import fill, predict

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TOLERANCE = 1e-5
_MOST_SWEEPS = 1000


@kernel
def _gather(g: Floats, b: Floats, x: Floats, y: Floats) -> None:
    """Add a point to the moments; g is (d, d, n_tasks), kept in full."""
    d, n_tasks = b.shape
    for j in range(d):
        for t in range(n_tasks):
            b[j, t] += x[j, t] * y[t]
        for m in range(d):
            for t in range(n_tasks):
                g[j, m, t] += x[j, t] * x[m, t]


@kernel
def _descend(g: Floats, b: Floats, rate: Floats, w: Floats, slope: Floats) -> None:
    """Take one step of gradient descent on the weights."""
    d, n_tasks = b.shape
    for j in range(d):
        for t in range(n_tasks):
            slope[j, t] = b[j, t]
        for m in range(d):
            for t in range(n_tasks):
                slope[j, t] -= g[j, m, t] * w[m, t]
    for j in range(d):
        for t in range(n_tasks):
            w[j, t] += rate[t] * slope[j, t]


@kernel
def gradient_descent(x: Floats, y: Floats, steps: Ints, prediction: Floats) -> None:
    """Predict each point from those before it after some steps of gradient descent.

    Parameters
    ----------
    x : (n_points, d, n_tasks) float64
    y : (n_points, n_tasks) float64
    steps : (n_counts,) int64
        Numbers of steps, ascending.
    prediction : (n_counts, n_points, n_tasks) float64
        Filled.
    """
    n_points, d, n_tasks = x.shape
    g, b = np.zeros((d, d, n_tasks)), np.zeros((d, n_tasks))
    w, slope = np.empty((d, n_tasks)), np.empty((d, n_tasks))
    rate, row = np.empty(n_tasks), np.empty(n_tasks)
    for s in range(len(steps)):
        fill(prediction[s, 0], 0.0)
    for i in range(1, n_points):
        _gather(g, b, x[i - 1], y[i - 1])
        fill(rate, 0.0)
        for j in range(d):
            fill(row, 0.0)
            for m in range(d):
                for t in range(n_tasks):
                    row[t] += abs(g[j, m, t])
            for t in range(n_tasks):
                rate[t] = max(rate[t], row[t])
        for t in range(n_tasks):
            rate[t] = 1.0 / rate[t]
        for j in range(d):
            fill(w[j], 0.0)
        taken = 0
        for s in range(len(steps)):
            while taken < steps[s]:
                _descend(g, b, rate, w, slope)
                taken += 1
            predict(w, x[i], prediction[s, i])


@kernel
def _schulz(g: Floats, inverse: Floats, product: Floats, step: Floats) -> None:
    """Take one step M <- 2M - MGM on the symmetric ``inverse``."""
    d, _, n_tasks = g.shape
    for j in range(d):
        for m in range(d):
            for t in range(n_tasks):
                product[j, m, t] = g[j, 0, t] * inverse[0, m, t]
            for s in range(1, d):
                for t in range(n_tasks):
                    product[j, m, t] += g[j, s, t] * inverse[s, m, t]
    for j in range(d):
        for m in range(j, d):
            for t in range(n_tasks):
                step[j, m, t] = 2.0 * inverse[j, m, t]
            for s in range(d):
                for t in range(n_tasks):
                    step[j, m, t] -= inverse[j, s, t] * product[s, m, t]
    for j in range(d):
        for m in range(j, d):
            for t in range(n_tasks):
                inverse[j, m, t] = step[j, m, t]
                inverse[m, j, t] = step[j, m, t]


@kernel
def newton(x: Floats, y: Floats, steps: Ints, prediction: Floats) -> None:
    """Predict each point from those before it after some of Newton's steps.

    Arguments are those of `gradient_descent`.
    """
    n_points, d, n_tasks = x.shape
    g, b = np.zeros((d, d, n_tasks)), np.zeros((d, n_tasks))
    inverse, product = np.empty((d, d, n_tasks)), np.empty((d, d, n_tasks))
    step, w, size = np.empty((d, d, n_tasks)), np.empty((d, n_tasks)), np.empty(n_tasks)
    for s in range(len(steps)):
        fill(prediction[s, 0], 0.0)
    for i in range(1, n_points):
        _gather(g, b, x[i - 1], y[i - 1])
        fill(size, 0.0)
        for j in range(d):
            for m in range(d):
                for t in range(n_tasks):
                    size[t] += g[j, m, t] * g[j, m, t]
        for j in range(d):
            for m in range(d):
                for t in range(n_tasks):
                    inverse[j, m, t] = g[j, m, t] / size[t]
        taken = 0
        for s in range(len(steps)):
            while taken < steps[s]:
                _schulz(g, inverse, product, step)
                taken += 1
            for j in range(d):
                for t in range(n_tasks):
                    w[j, t] = inverse[j, 0, t] * b[0, t]
                for m in range(1, d):
                    for t in range(n_tasks):
                        w[j, t] += inverse[j, m, t] * b[m, t]
            predict(w, x[i], prediction[s, i])


@kernel
def lasso(x: Floats, y: Floats, penalty: float, prediction: Floats) -> None:
    """Predict each point from those before it by LASSO, from the last prefix's weights on.

    Arguments are those of `simlab.simulators.in_context.recursive.ridge`; ``penalty`` is a. A
    prefix ends once no weight of any task moves by more than 1e-5 in a sweep.
    """
    n_points, d, n_tasks = x.shape
    g, b = np.zeros((d, d, n_tasks)), np.zeros((d, n_tasks))
    w, rest, moved = np.zeros((d, n_tasks)), np.empty(n_tasks), np.empty(n_tasks)
    fill(prediction[0], 0.0)
    for i in range(1, n_points):
        _gather(g, b, x[i - 1], y[i - 1])
        cut = penalty * i
        for _ in range(_MOST_SWEEPS):
            fill(moved, 0.0)
            for j in range(d):
                for t in range(n_tasks):
                    rest[t] = b[j, t] + g[j, j, t] * w[j, t]
                for m in range(d):
                    for t in range(n_tasks):
                        rest[t] -= g[j, m, t] * w[m, t]
                for t in range(n_tasks):
                    shrunk = max(rest[t] - cut, 0.0) + min(rest[t] + cut, 0.0)
                    step = shrunk / g[j, j, t] - w[j, t]
                    w[j, t] += step
                    moved[t] = max(moved[t], abs(step))
            most = 0.0
            for t in range(n_tasks):
                most = max(most, moved[t])
            if most <= _TOLERANCE:
                break
        predict(w, x[i], prediction[i])
