"""Teacher and student, both linear: the student's error on unseen inputs outlives the other.

Levi, Beck & Bar-Sinai 2023, "Grokking in linear estimators: a solvable model that groks without
understanding", arXiv 2310.16441. Inputs are N(0, I_d), the loss is the mean squared difference to
the teacher, an answer is right if its squared difference is at most epsilon. The difference D of
student and teacher obeys D <- (1 - 2 lr S) D with S the covariance of the training inputs, so its
component along an eigenvector decays as a power, and any step can be had without those before it.
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
_LARGEST = math.log(np.finfo(np.float64).max)
_SMALLEST = -300.0  # of ln |D|: below, squares are denormal, and products take many times as long


@kernel
def _descend(covariance: Floats, difference: Floats, lr: float, steps: int) -> None:
    """Take plain steps of gradient descent: D <- D - 2 lr S D, in place."""
    for _ in range(steps):
        difference -= 2.0 * lr * np.dot(covariance, difference)


def training_inputs(ratio: float, d: int, *, seed: int = 0, draw: int = 0) -> Floats:
    """Return the training inputs, (n, d) with n = d / ratio rounded.

    >>> training_inputs(0.5, 3).shape
    (6, 3)
    """
    checked_positive("ratio", ratio)
    n = checked_examples(ratio, round(checked_count("d", d) / ratio), "training example")
    inputs = np.empty(n * d)
    fill_normal(seed_key(seed, "linear estimator", "inputs", draw, d, n), 1.0, inputs)
    return inputs.reshape(n, d)


def first_difference(d: int, *, seed: int = 0, draw: int = 0) -> Floats:
    """Return student minus teacher before the first step: (d,), of expected squared norm 1."""
    out = np.empty(d)
    fill_normal(seed_key(seed, "linear estimator", "difference", draw, d), d**-0.5, out)
    return out


def linear_estimator(
    ratio: float,
    steps: NDArray[np.int64],
    *,
    d: int = 400,
    lr: float = 0.01,
    epsilon: float = 1e-3,
    flow: bool = False,
    seed: int = 0,
    draw: int = 0,
) -> SlowBiasCurves:
    """Return the curves of the student from the eigenvectors of the covariance.

    Parameters
    ----------
    ratio : float
        Inputs per training example, lambda = d / n.
    steps : (n_looks,) int64
        When to look, ascending, from 1.
    d : int
        Number of inputs.
    lr : float
        Learning rate; descent diverges above 1 over the largest eigenvalue.
    epsilon : float
        Largest squared error of a right answer.
    flow : bool
        Gradient flow at time lr * step instead of gradient descent.
    seed, draw : int
        Which inputs and which teacher.

    Returns
    -------
    SlowBiasCurves
        Accuracy on the training inputs is a share of them; on unseen ones it is the expectation
        over all, erf(sqrt(epsilon / (2 |D|^2))).

    Raises UsageError for numbers out of their range.

    >>> curves = linear_estimator(0.5, np.array([1, 1000, 10_000]), d=100)
    >>> curves.test_accuracy.round(2).tolist()[-1]
    1.0
    """
    from scipy.special import erf

    checked_positive("epsilon", epsilon)
    checked_positive("lr", lr)
    inputs = training_inputs(ratio, d, seed=seed, draw=draw)
    n = len(inputs)
    with single_thread_products():
        values, vectors = np.linalg.eigh(inputs.T @ inputs / n)
        values = np.maximum(values, 0.0)  # of null directions, up to rounding
        start = first_difference(d, seed=seed, draw=draw) @ vectors
        with np.errstate(divide="ignore"):  # a component that one step removes
            factor = -2.0 * lr * values if flow else np.log(np.abs(1.0 - 2.0 * lr * values))
        size = np.log(np.abs(start)) + np.outer(steps, factor)
        bad = _diverged(float(size.max(initial=-np.inf)), start, factor)
        kept = steps if bad is None else steps[steps < bad]
        if not len(kept):
            raise UsageError(
                f"lr {lr:g}: the loss left the numbers at step {bad}; give one below "
                f"{1.0 / float(values[-1]):.3g}"
            )
        size = size[: len(kept)]
        size[size < _SMALLEST] = -np.inf
        rows = np.exp(size) * np.sign(start)
        turns = 1.0 - 2.0 * lr * values < 0.0
        if not flow and turns.any():  # a factor below 0 changes its sign with every step
            rows[np.ix_(kept % 2 == 1, turns)] *= -1.0
        errors = rows @ (inputs @ vectors).T
    squares = (rows**2).sum(1)
    with np.errstate(divide="ignore", over="ignore"):
        test_accuracy = erf(np.sqrt(epsilon / (2.0 * squares)))
    return SlowBiasCurves(
        steps=kept,
        train_accuracy=(errors**2 <= epsilon).mean(1),
        test_accuracy=test_accuracy,
        train_loss=(errors**2).mean(1),
        test_loss=squares,
        n_train=n,
        n_test=None,
        diverged_at=bad,
    )


def _diverged(largest: float, start: Floats, factor: Floats) -> int | None:
    """Return the first step at which a square overflows, if one does at the steps looked at."""
    room = 0.45 * _LARGEST  # for squares and their sums
    if largest < room:
        return None
    rising = factor > 0.0
    return math.ceil(np.min((room - np.log(np.abs(start[rising]))) / factor[rising]))


def plain_descent(
    ratio: float, steps: int, *, d: int = 400, lr: float = 0.01, seed: int = 0, draw: int = 0
) -> Floats:
    """Return student minus teacher, (d,), after so many plain steps of gradient descent."""
    inputs = training_inputs(ratio, d, seed=seed, draw=draw)
    difference = first_difference(d, seed=seed, draw=draw)
    with single_thread_products():
        _descend(inputs.T @ inputs / len(inputs), difference, lr, steps)
    return difference


def steps_of_many(
    ratio: float, *, level: float = 0.99, lr: float = 0.01, epsilon: float = 1e-3
) -> int | None:
    """Return the step at which accuracy on unseen inputs is ``level`` for d without bound.

    The eigenvalues then follow Marchenko & Pastur's law (1967), and |D|^2 after t steps is the mean
    of (1 - 2 lr x)^(2 t) under it; a ratio above 1 leaves a share of directions untouched.

    >>> steps_of_many(1.1) is None
    True
    """
    from scipy.special import erfinv

    if ratio >= 1.0:
        return None
    low, high = (1.0 - math.sqrt(ratio)) ** 2, (1.0 + math.sqrt(ratio)) ** 2
    # with x = middle + half cos a the density has no root at its ends, and the mean is a plain sum
    angle = (np.arange(20_000) + 0.5) * math.pi / 20_000
    x = 0.5 * (low + high) + 0.5 * (high - low) * np.cos(angle)
    weight = (0.5 * (high - low) * np.sin(angle)) ** 2 / (2.0 * ratio * x) / 20_000
    decay = 2.0 * np.log(np.abs(1.0 - 2.0 * lr * x))
    wanted = epsilon / (2.0 * float(erfinv(level)) ** 2)
    before, after = 0, 1
    while float(np.sum(weight * np.exp(after * decay))) > wanted:
        before, after = after, 2 * after
    while after - before > 1:
        middle = (before + after) // 2
        if float(np.sum(weight * np.exp(middle * decay))) > wanted:
            before = middle
        else:
            after = middle
    return after
