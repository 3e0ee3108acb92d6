"""Autoencoders with one hidden layer, one for each width, trained on the same batches.

The vision experiment of Schaeffer et al. 2023, arXiv 2304.15004, section 5: the encoder is linear
with a leaky ReLU, the decoder linear, so that reconstructions lie in an affine space of as many
dimensions as the bottleneck is wide, and no width has a smaller mean squared error on its training
set than as many principal components (Eckart & Young 1936). Plain ReLUs die in narrow bottlenecks.

All widths start from streams of their own and see the images in the same order. Adam on the mean
squared error; weights start uniform over +-1/sqrt(fan-in), as PyTorch's linear layers do.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.simulators.training.adamw import AdamW, adamw
from simlab.simulators.training.blas import single_thread_products
from simlab.simulators.training.starts import fill_uniform, shuffle
from simlab.streams import seed_key
from simlab.threads import map_ordered

F32 = np.float32
Singles = NDArray[np.float32]

SLOPE = F32(0.1)
"""Of the leaky ReLU below 0."""
_ZERO = F32(0.0)


class Autoencoder(NamedTuple):
    """One trained width."""

    width: int
    params: Singles
    """(n_params,) float32: first layer (n_values, width), its biases, second layer, its biases."""
    loss: NDArray[np.float64]
    """(n_epochs,) float64: mean squared error per value while each epoch was trained."""
    diverged_at: int | None
    """The epoch in which the loss left the numbers, from 1."""


@kernel
def _decode(x: Singles, params: Singles, z: Singles, out: Singles) -> None:
    """Put hidden values before the ReLU's slope into ``z``, and reconstructions into ``out``."""
    rows, width = z.shape
    n = x.shape[1]
    size = n * width
    first, b = params[:size].reshape(n, width), params[size : size + width]
    second, c = (
        params[size + width : 2 * size + width].reshape(width, n),
        params[2 * size + width :],
    )
    np.dot(x, first, z)
    for r in range(rows):
        for j in range(width):
            v = z[r, j] + b[j]
            z[r, j] = v if v > _ZERO else SLOPE * v
    np.dot(z, second, out)
    for r in range(rows):
        for i in range(n):
            out[r, i] += c[i]


@kernel
def _gradient(
    x: Singles, params: Singles, z: Singles, out: Singles, back: Singles, grads: Singles
) -> np.float32:
    """Fill the gradient of a batch's mean squared error; return that error."""
    rows, n = x.shape
    width = z.shape[1]
    size = n * width
    _decode(x, params, z, out)
    loss, scale = _ZERO, F32(2.0 / (rows * n))
    c = grads[2 * size + width :]
    for i in range(n):
        c[i] = _ZERO
    for r in range(rows):
        for i in range(n):  # a sum for each value: independent sums are added side by side
            miss = out[r, i] - x[r, i]
            c[i] += miss * miss
            out[r, i] = scale * miss
    for i in range(n):
        loss += c[i]
    np.dot(z.T, out, grads[size + width : 2 * size + width].reshape(width, n))
    for i in range(n):
        c[i] = _ZERO
    for r in range(rows):
        for i in range(n):
            c[i] += out[r, i]
    np.dot(out, params[size + width : 2 * size + width].reshape(width, n).T, back)
    b = grads[size : size + width]
    for j in range(width):
        b[j] = _ZERO
    for r in range(rows):
        for j in range(width):
            back[r, j] = back[r, j] if z[r, j] > _ZERO else SLOPE * back[r, j]
            b[j] += back[r, j]
    np.dot(x.T, back, grads[:size].reshape(n, width))
    return loss / F32(rows * n)


@kernel
def _epoch(
    images: Singles, order: NDArray[np.int32], batch: int, step: int, lr: float,
    params: Singles, grads: Singles, m: Singles, v: Singles,
    x: Singles, z: Singles, out: Singles, back: Singles,
) -> float:  # fmt: skip
    """Train on all images once, in an order; return the mean loss of its batches' images."""
    n_images, total = len(order), 0.0
    for start in range(0, n_images, batch):
        rows = min(batch, n_images - start)
        for r in range(rows):
            image = images[order[start + r]]
            for i in range(x.shape[1]):
                x[r, i] = image[i]
        loss = _gradient(x[:rows], params, z[:rows], out[:rows], back[:rows], grads)
        step += 1
        adamw(params, grads, m, v, step, lr, 0.9, 0.999, 1e-8, 0.0)
        total += float(loss) * rows
    return total / n_images


def initial_params(n_values: int, width: int, *, key: np.uint64) -> Singles:
    """Return the parameters of an autoencoder before training.

    >>> initial_params(64, 2, key=np.uint64(1)).size == 2 * 64 * 2 + 2 + 64
    True
    """
    size = n_values * width
    params = np.empty(2 * size + width + n_values, np.float32)
    fill_uniform(key, 1.0, params)
    params[: size + width] *= F32(n_values**-0.5)
    params[size + width :] *= F32(width**-0.5)
    return params


def reconstruct(images: Singles, found: Autoencoder) -> Singles:
    """Return the reconstructions of images, in their shape."""
    z = np.empty((len(images), found.width), np.float32)
    out = np.empty_like(images)
    with single_thread_products():
        _decode(images, found.params, z, out)
    return out


def train_autoencoders(
    images: Singles,
    widths: Sequence[int],
    *,
    epochs: int = 300,
    lr: float = 3e-3,
    batch: int = 64,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[float, float], None] = lambda share, loss: None,
) -> list[Autoencoder]:
    """Train one autoencoder for each width.

    Parameters
    ----------
    images : (n_images, n_values) float32
    widths : sequence of int
        Hidden units of each, different, in any order.
    epochs, lr, batch : int, float, int
        Passes over the images, Adam's step size, images a step.
    seed, threads : int
        The result does not depend on ``threads``, nor an autoencoder on the other widths.
    progress : callable
        Takes the share of the work that is done, and the loss of the epoch that just was.

    Returns
    -------
    list of Autoencoder
        In the order of ``widths``.

    Raises
    ------
    UsageError
        A width below 1 or given twice, or another number out of its range.

    >>> images = np.eye(4, dtype=np.float32)
    >>> found = train_autoencoders(images, [1, 4], epochs=200, lr=0.02)
    >>> bool(found[1].loss[-1] < 0.1 * found[0].loss[-1])
    True
    """
    check_training(widths, epochs, lr, batch)
    images = np.ascontiguousarray(images, np.float32)
    if images.ndim != 2 or not images.size:
        raise UsageError(f"images: shape {images.shape}; give (n_images, n_values)")
    work = [(2 * w + 1) * epochs for w in widths]
    done = dict.fromkeys(widths, 0)

    def train(width: int) -> Autoencoder:
        def step(epoch: int, loss: float) -> None:
            done[width] = (2 * width + 1) * epoch
            progress(sum(done.values()) / sum(work), loss)

        return _train(images, width, epochs, lr, min(batch, len(images)), seed, step)

    # the widest take longest: begun first, they leave no thread idle at the end
    order = sorted(range(len(widths)), key=lambda i: -widths[i])
    with single_thread_products():
        found = map_ordered(train, [widths[i] for i in order], threads=threads)
    by_width = {one.width: one for one in found}
    return [by_width[w] for w in widths]


def _train(
    images: Singles,
    width: int,
    epochs: int,
    lr: float,
    batch: int,
    seed: int,
    step: Callable[[int, float], None],
) -> Autoencoder:
    n_images, n = images.shape
    params = initial_params(n, width, key=seed_key(seed, "autoencoder", "start", n, width))
    grads, m, v = np.empty_like(params), np.zeros_like(params), np.zeros_like(params)
    x, z = np.empty((batch, n), F32), np.empty((batch, width), F32)
    out, back = np.empty((batch, n), F32), np.empty((batch, width), F32)
    order, loss = np.empty(n_images, np.int32), []
    steps = -(-n_images // batch)
    for epoch in range(epochs):
        order[:] = np.arange(n_images)
        shuffle(seed_key(seed, "autoencoder", "order", n_images, epoch), order)
        loss.append(
            _epoch(images, order, batch, epoch * steps, lr, params, grads, m, v, x, z, out, back)
        )
        if not math.isfinite(loss[-1]):
            return Autoencoder(width, params, np.array(loss[:-1]), epoch + 1)
        step(epoch + 1, loss[-1])
    return Autoencoder(width, params, np.array(loss), None)


def check_training(widths: Sequence[int], epochs: int, lr: float, batch: int) -> None:
    """Raise UsageError for widths or constants out of their range.

    >>> check_training([4, 0], 1, 0.1, 1)
    Traceback (most recent call last):
    simlab.errors.UsageError: widths 4 0: give different whole numbers from 1
    """
    if not widths or min(widths) < 1 or len(set(widths)) < len(widths):
        raise UsageError(
            f"widths {' '.join(map(str, widths))}: give different whole numbers from 1"
        )
    for name, value in {"epochs": epochs, "batch": batch}.items():
        if value < 1:
            raise UsageError(f"{name} {value}: give at least 1")
    AdamW(lr=lr).checked()
