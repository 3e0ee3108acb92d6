"""Sparse parity learned by online SGD: nothing seems to happen, then everything at once.

Barak, Edelman, Goel, Kakade, Malach & Zhang 2022, "Hidden progress in deep learning: SGD learns
parities near the computational limit", arXiv 2207.08799. Inputs are uniform over {-1, 1}^n, the
label is the product of the first k coordinates (which k does not matter: the first layer starts
alike in all of them). A network with one hidden layer of ReLU,

    f(x) = sum_j u_j max(0, w_j . x + b_j) + beta,

is trained on fresh inputs only, by SGD with weight decay on the hinge loss max(0, 1 - y f(x)).
Weights start uniform over +-1/sqrt(fan-in), as PyTorch's linear layers do.

A parity of bits of a generator that is linear over F2 (a shift register, the Mersenne twister) is
again a sequence of that generator, with a short linear recurrence. Here an input is the bits of a
word of `simlab.streams`, whose mix multiplies modulo 2^64: the carries are not linear over F2.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.simulators.training.blas import single_thread_products
from simlab.simulators.training.starts import fill_uniform
from simlab.streams import seed_key, word

F32 = np.float32
Singles = NDArray[np.float32]
_ZERO, _ONE = F32(0.0), F32(1.0)
_WORD = 64


class ParityRun(NamedTuple):
    """What was seen of one network while it was trained."""

    steps: NDArray[np.int64]
    """(n_looks,) int64: steps taken before each look, from 0."""
    accuracy: NDArray[np.float64]
    """(n_looks,) float64: share of test items whose sign is right."""
    loss: NDArray[np.float64]
    """(n_looks,) float64: mean hinge loss on the test items."""
    weight_ratio: NDArray[np.float64]
    """(n_looks,) float64: the mean norm of the weights that leave a relevant input, over that of
    an irrelevant one; about 1 at the start."""
    diverged_at: int | None
    """The step at which the loss left the numbers; looks after it are missing."""


class ParityNetwork(NamedTuple):
    """The parameters, changed in place by training."""

    w: Singles
    """(n, width) float32: first layer."""
    b: Singles
    """(width,) float32: its biases."""
    u: Singles
    """(width,) float32: second layer."""
    beta: Singles
    """(1,) float32: its bias."""


@kernel
def _inputs(key: np.uint64, first: int, k: int, x: Singles, y: Singles) -> None:
    """Fill ``x`` with the inputs ``first``, ``first`` + 1, ... of a stream, and ``y``."""
    rows, n = x.shape
    words = (n + _WORD - 1) // _WORD
    for r in range(rows):
        for w in range(words):
            bits = word(key, np.uint64((first + r) * words + w))
            start = w * _WORD
            for i in range(min(_WORD, n - start)):
                x[r, start + i] = _ONE - F32(2.0) * F32((bits >> np.uint64(i)) & np.uint64(1))
        label = _ONE
        for i in range(k):
            label *= x[r, i]
        y[r] = label


@kernel
def _forward(
    x: Singles, w: Singles, b: Singles, u: Singles, beta: Singles, z: Singles, out: Singles
) -> None:
    """Put the hidden values max(0, w x + b) into ``z`` and the outputs into ``out``."""
    rows, width = z.shape
    np.dot(x, w, z)
    for r in range(rows):
        for j in range(width):
            z[r, j] = max(z[r, j] + b[j], _ZERO)
    np.dot(z, u, out)
    for r in range(rows):
        out[r] += beta[0]


@kernel
def _sgd(
    x: Singles, y: Singles, w: Singles, b: Singles, u: Singles, beta: Singles,
    lr: np.float32, keep: np.float32, z: Singles, out: Singles, slope: Singles, step: Singles,
) -> np.float32:  # fmt: skip
    """Take one step on a batch, which is used up; return its hinge loss.

    ``keep`` is 1 - lr * decay.
    """
    rows, width = z.shape
    n = w.shape[0]
    _forward(x, w, b, u, beta, z, out)
    loss, rate, down = _ZERO, lr / F32(rows), _ZERO
    active = 0
    for r in range(rows):
        margin = _ONE - y[r] * out[r]
        loss += margin if margin > _ZERO or margin != margin else _ZERO
        if margin > _ZERO:  # the others have no gradient: these move up to the front
            out[active] = rate * y[r]
            down += out[active]
            for i in range(n):
                x[active, i] = x[r, i]
            for j in range(width):
                z[active, j] = z[r, j]
            active += 1
    if active == 0:  # BLAS leaves the result of an empty product as it was
        out[0], active = _ZERO, 1
    np.dot(out[:active], z[:active], slope)
    for r in range(active):
        for j in range(width):
            z[r, j] = out[r] * u[j] if z[r, j] > _ZERO else _ZERO
    np.dot(x[:active].T, z[:active], step)
    for i in range(n):
        for j in range(width):
            w[i, j] = keep * w[i, j] + step[i, j]
    for j in range(width):
        u[j] = keep * u[j] + slope[j]
        b[j] = keep * b[j]
    for r in range(active):
        for j in range(width):
            b[j] += z[r, j]
    beta[0] = keep * beta[0] + down
    return loss / F32(rows)


@kernel
def _train(
    key: np.uint64, first: int, last: int, k: int,
    w: Singles, b: Singles, u: Singles, beta: Singles, lr: np.float32, keep: np.float32,
    x: Singles, y: Singles, z: Singles, out: Singles, slope: Singles, step: Singles,
) -> int:  # fmt: skip
    """Take the steps ``first`` .. ``last`` - 1; return the one whose loss is no number, or -1."""
    for t in range(first, last):
        _inputs(key, t * x.shape[0], k, x, y)
        if not math.isfinite(_sgd(x, y, w, b, u, beta, lr, keep, z, out, slope, step)):
            return t
    return -1


def initial_network(n: int, width: int, *, key: np.uint64) -> ParityNetwork:
    """Return a network before training: uniform over +-1/sqrt(fan-in)."""
    sizes = (n * width, width, width, 1)
    flat = np.empty(sum(sizes), np.float32)
    fill_uniform(key, 1.0, flat)
    w, b, u, beta = np.split(flat, np.cumsum(sizes)[:-1])
    w, b = w * F32(n**-0.5), b * F32(n**-0.5)
    return ParityNetwork(w.reshape(n, width), b, u * F32(width**-0.5), beta * F32(width**-0.5))


def train_parity(
    n: int = 50,
    k: int = 3,
    *,
    width: int = 100,
    steps: int = 6000,
    every: int = 100,
    lr: float = 0.1,
    batch: int = 32,
    weight_decay: float = 0.01,
    test_items: int = 2000,
    network: int = 0,
    seed: int = 0,
    progress: Callable[[float, float], None] = lambda share, loss: None,
) -> ParityRun:
    """Train one network on parities of ``k`` of ``n`` bits, and look at it as it learns.

    Parameters
    ----------
    n, k : int
        Bits of an input, and how many of them the label depends on, 1 <= k <= n.
    width : int
        Hidden units.
    steps, every : int
        SGD steps, and steps between two looks.
    lr, batch, weight_decay : float, int, float
        Constants of SGD; decay is part of the gradient, as in PyTorch's SGD.
    test_items : int
        Inputs on which it is tested, the same at each look, never trained on but by chance.
    network, seed : int
        Name the streams of the start and of the inputs; networks of a seed share their test.
    progress : callable
        Takes the share of steps done and the loss on the test items, at each look.

    Raises
    ------
    UsageError
        A number is out of its range.

    >>> run = train_parity(6, 2, width=16, steps=400)
    >>> run.steps.tolist(), float(run.accuracy[-1])
    ([0, 100, 200, 300, 400], 1.0)
    """
    _check(n, k, width, steps, every, lr, batch, weight_decay, test_items)
    name = (n, k, width, batch, network)
    net = initial_network(n, width, key=seed_key(seed, "parity", "start", *name))
    key = seed_key(seed, "parity", "inputs", *name)
    test_x, test_y = parity_inputs(
        n, k, test_items, key=seed_key(seed, "parity", "test", n, k), first=0
    )
    hidden, signed = np.empty((test_items, width), F32), np.empty(test_items, F32)
    x, y, z = np.empty((batch, n), F32), np.empty(batch, F32), np.empty((batch, width), F32)
    out, slope, step = np.empty(batch, F32), np.empty(width, F32), np.empty((n, width), F32)
    seen: list[tuple[int, float, float, float]] = []
    diverged, keep = -1, F32(1.0 - lr * weight_decay)
    with single_thread_products():
        for t in [*range(0, steps, every), steps]:
            if t:
                since = seen[-1][0]
                diverged = _train(key, since, t, k, *net, F32(lr), keep, x, y, z, out, slope, step)
            if diverged >= 0:
                break
            _forward(test_x, *net, hidden, signed)
            margin = signed.astype(np.float64) * test_y
            loss = np.maximum(0.0, 1.0 - margin).mean()
            seen.append((t, float((margin > 0).mean()), float(loss), _weight_ratio(net.w, k)))
            progress(t / steps, float(loss))
    looks, accuracy, loss, ratio = (np.array(column) for column in zip(*seen, strict=True))
    return ParityRun(looks, accuracy, loss, ratio, diverged if diverged >= 0 else None)


def parity_inputs(
    n: int, k: int, items: int, *, key: np.uint64, first: int = 0
) -> tuple[Singles, Singles]:
    """Return inputs and labels of a stream: (items, n) and (items,) float32, all -1 or 1.

    >>> x, y = parity_inputs(3, 2, 4, key=seed_key(0, "example"))
    >>> bool((x[:, 0] * x[:, 1] == y).all())
    True
    """
    x, y = np.empty((items, n), F32), np.empty(items, F32)
    _inputs(key, first, k, x, y)
    return x, y


def _weight_ratio(w: Singles, k: int) -> float:
    """Return the ratio of `ParityRun`; where no input is irrelevant, the norm alone."""
    norms = np.sqrt((w.astype(np.float64) ** 2).sum(axis=1))
    return float(norms[:k].mean() / norms[k:].mean()) if k < len(norms) else float(norms.mean())


def _check(
    n: int, k: int, width: int, steps: int, every: int, lr: float, batch: int,
    weight_decay: float, test_items: int,
) -> None:  # fmt: skip
    counts = {"n": n, "k": k, "width": width, "steps": steps, "every": every, "batch": batch}
    for name, value in (counts | {"test_items": test_items}).items():
        if value < 1:
            raise UsageError(f"{name} {value}: give at least 1")
    if k > n:
        raise UsageError(f"k {k}: the label cannot depend on more than the n = {n} bits")
    if not 0.0 < lr < math.inf:
        raise UsageError(f"lr {lr:g}: give a number above 0")
    if not 0.0 <= weight_decay < math.inf:
        raise UsageError(f"weight_decay {weight_decay:g}: give a number from 0")
