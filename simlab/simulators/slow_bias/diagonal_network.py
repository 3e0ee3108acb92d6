"""A diagonal network with large first weights: from the kernel's solution to a sparse one, late.

Lyu, Jin, Li, Du, Lee & Hu 2023, "Dichotomy of early and late phase implicit biases can provably
induce grokking", arXiv 2311.18817, section 3.2. The model is f(x) = sum_i (u_i^2 - v_i^2) x_i with
u = v = alpha at first; inputs are signs, the label is the majority of the first three. Early, the
network moves like a kernel machine of large l2 margin, which fits but does not generalise; small
weight decay then takes it, over about 1 / (lr * decay) steps, to the solution of large l1 margin,
which uses few inputs.
"""

import math

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.simulators.slow_bias.curves import SlowBiasCurves, checked_count, checked_positive
from simlab.simulators.training.blas import single_thread_products
from simlab.streams import seed_key, word

Floats = NDArray[np.float32]
F32 = np.float32
RELEVANT = 3
_ONE, _TWO = F32(1.0), F32(2.0)
_SMALLEST = F32(1e-12)  # below, squares are denormal and useless


@kernel
def _fill_signs(key: np.uint64, out: Floats) -> None:
    for i in range(out.shape[0]):
        bit = word(key, np.uint64(i >> 6)) >> np.uint64(i & 63)
        out[i] = _ONE if bit & np.uint64(1) else -_ONE


@kernel
def _descend(inputs: Floats, u: Floats, v: Floats, lr: float, decay: float, steps: int) -> int:
    """Take steps of gradient descent on the mean logistic loss plus decay / 2 (|u|^2 + |v|^2).

    ``inputs``, (n, d), are multiplied by their labels. Returns how many steps stayed finite.
    """
    n, d = inputs.shape
    rate, keep = F32(lr), F32(1.0 - lr * decay)
    weights, margins, slope = np.empty(d, F32), np.empty(n, F32), np.empty(d, F32)
    for step in range(steps):
        for k in range(d):
            weights[k] = u[k] * u[k] - v[k] * v[k]
        np.dot(inputs, weights, margins)
        seen = 0.0
        for i in range(n):
            pull = 1.0 / (n * (1.0 + math.exp(np.float64(margins[i]))))
            seen += pull
            margins[i] = F32(pull)
        if not math.isfinite(seen):
            return step
        np.dot(inputs.T, margins, slope)
        for k in range(d):
            push = _TWO * rate * slope[k]
            a, b = u[k] * (keep + push), v[k] * (keep - push)
            u[k] = a if abs(a) > _SMALLEST else F32(0.0)
            v[k] = b if abs(b) > _SMALLEST else F32(0.0)
    return steps


def diagonal_network(
    steps: NDArray[np.int64],
    *,
    d: int = 1000,
    n: int = 100,
    alpha: float = 2.0,
    lr: float = 0.05,
    weight_decay: float = 0.01,
    test_items: int = 4000,
    seed: int = 0,
    draw: int = 0,
) -> SlowBiasCurves:
    """Train by gradient descent on all examples at once.

    Parameters
    ----------
    steps : (n_looks,) int64
        When to look, ascending, from 1.
    d, n : int
        Number of inputs (3 or more), and of examples.
    alpha : float
        All first weights.
    lr, weight_decay : float
        Learning rate, and factor of half the squared norm in the loss.
    test_items : int
        Unseen examples.
    seed, draw : int
        Which examples.

    Returns
    -------
    SlowBiasCurves
        Losses are logistic, in nats. Others: ``relevant_share``, the share of sum_i |u_i^2 -
        v_i^2| that stands at the three relevant inputs.

    Raises UsageError for numbers out of their range.

    >>> curves = diagonal_network(np.array([1, 10]), d=20, n=50)
    >>> curves.n_train, curves.n_test, len(curves.steps)
    (50, 4000, 2)
    """
    for name, count in (("n", n), ("test_items", test_items)):
        checked_count(name, count)
    for name, value in (("alpha", alpha), ("lr", lr)):
        checked_positive(name, value)
    if d < RELEVANT:
        raise UsageError(f"d {d}: give {RELEVANT} or more, on which the label depends")
    if not 0.0 <= weight_decay < math.inf:
        raise UsageError(f"weight_decay {weight_decay:g}: give a number from 0")
    train, test = (
        _examples(seed_key(seed, "diagonal network", part, draw, d), m, d)
        for part, m in (("train", n), ("test", test_items))
    )
    u, v = np.full((2, d), alpha, F32)
    done, bad = 0, None
    rows = []
    with single_thread_products(), np.errstate(over="ignore", invalid="ignore"):
        for step in steps.tolist():
            finite = _descend(train, u, v, lr, weight_decay, step - done)
            weights = u * u - v * v
            margins = [part @ weights for part in (train, test)]
            if finite < step - done or not all(np.isfinite(m).all() for m in margins):
                bad = done + max(finite, 1)
                break
            done = step
            sizes = np.abs(weights.astype(np.float64))
            total = float(sizes.sum())
            rows.append(
                (
                    *(float((m > 0).mean()) for m in margins),
                    *(float(np.logaddexp(0.0, -m.astype(np.float64)).mean()) for m in margins),
                    float(sizes[:RELEVANT].sum()) / total if total > 0.0 else 0.0,
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
        others={"relevant_share": table[:, 4]},
        n_train=n,
        n_test=test_items,
        diverged_at=bad,
    )


def _examples(key: np.uint64, n: int, d: int) -> Floats:
    """Return inputs times labels, (n, d): a margin above 0 is a right answer."""
    signs = np.empty(n * d, F32)
    _fill_signs(key, signs)
    inputs = signs.reshape(n, d)
    labels = np.sign(inputs[:, :RELEVANT].sum(1))
    return np.ascontiguousarray(inputs * labels[:, None])
