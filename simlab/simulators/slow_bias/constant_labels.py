"""Logistic regression where every label is the same: near separability, the truth comes late.

Beck, Levi & Bar-Sinai 2024, "Grokking at the edge of linear separability", arXiv 2410.04489. Inputs
are N(0, sigma^2 I_d), all labels are 1, the model is w x + b. The answer that generalises is b
without w. Below d / n = 1/2 the inputs are not separable from the origin, so w stays finite while b
grows like a logarithm; above, w grows as well and never gives way.
"""

import math

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.simulators.slow_bias.curves import (
    SlowBiasCurves,
    checked_count,
    checked_examples,
    checked_positive,
)
from simlab.simulators.training.blas import single_thread_products
from simlab.simulators.training.starts import fill_normal
from simlab.streams import seed_key

Floats = NDArray[np.float64]


@kernel
def _descend(inputs: Floats, w: Floats, b: float, lr: float, steps: int) -> tuple[float, int]:
    """Take steps of gradient descent from (w, b); return b and how many steps stayed finite."""
    n, d = inputs.shape
    outputs, change = np.empty(n), np.empty(d)
    for step in range(steps):
        np.dot(inputs, w, outputs)
        total = 0.0
        for i in range(n):
            outputs[i] = lr / n / (1.0 + math.exp(outputs[i] + b))
            total += outputs[i]
        if not math.isfinite(total):
            return b, step
        np.dot(inputs.T, outputs, change)
        for k in range(d):
            w[k] += change[k]
        b += total
    return b, steps


def constant_labels(
    ratio: float,
    steps: NDArray[np.int64],
    *,
    n: int = 400,
    sigma: float = 5.0,
    lr: float = 0.01,
    seed: int = 0,
    draw: int = 0,
) -> SlowBiasCurves:
    """Train from zero by gradient descent on all examples at once.

    Parameters
    ----------
    ratio : float
        Inputs per example, lambda = d / n.
    steps : (n_looks,) int64
        When to look, ascending, from 1.
    n : int
        Number of examples.
    sigma : float
        Standard deviation of an input.
    lr : float
        Learning rate.
    seed, draw : int
        Which examples.

    Returns
    -------
    SlowBiasCurves
        Accuracy and loss (nats) on unseen inputs are expectations over all of them: Phi(b / (sigma
        |w|)), and a Gauss-Hermite sum. Others: ``weight_norm`` is |w|, ``bias`` is b.

    Raises UsageError for numbers out of their range.

    >>> curves = constant_labels(0.1, np.array([1, 100, 10_000]), n=100)
    >>> curves.test_accuracy[-1] > 0.99
    np.True_
    """
    from scipy.special import ndtr

    checked_positive("ratio", ratio)
    checked_positive("lr", lr)
    checked_positive("sigma", sigma)
    d = checked_examples(ratio, round(ratio * checked_count("n", n)), "input")
    draws = np.empty(n * d)
    fill_normal(seed_key(seed, "constant labels", draw, n, d), sigma, draws)
    inputs = draws.reshape(n, d)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    w, b, done, bad = np.zeros(d), 0.0, 0, None
    rows = []
    with single_thread_products(), np.errstate(over="ignore", invalid="ignore"):
        for step in steps.tolist():
            b, finite = _descend(inputs, w, b, lr, step - done)
            outputs = inputs @ w + b
            if finite < step - done or not np.isfinite(outputs).all():
                bad = done + max(finite, 1)
                break
            done = step
            spread = sigma * math.sqrt(float(np.sum(w * w)))
            rows.append(
                (
                    float((outputs > 0.0).mean()),
                    float(ndtr(b / spread)) if spread > 0.0 else 1.0,
                    float(np.logaddexp(0.0, -outputs).mean()),
                    float(weights @ np.logaddexp(0.0, -(b + spread * nodes))),
                    spread / sigma,
                    b,
                )
            )
    if not rows:
        raise UsageError(f"lr {lr:g}: the loss left the numbers at step {bad}; give a smaller one")
    table = np.array(rows)
    return SlowBiasCurves(
        steps=steps[: len(rows)],
        train_accuracy=table[:, 0],
        test_accuracy=table[:, 1],
        train_loss=table[:, 2],
        test_loss=table[:, 3],
        others={"weight_norm": table[:, 4], "bias": table[:, 5]},
        n_train=n,
        n_test=None,
        diverged_at=bad,
    )
