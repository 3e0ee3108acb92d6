"""Autoencoders with one hidden layer, one for each width, trained on the same batches.

The vision experiment of Schaeffer et al. 2023, arXiv 2304.15004, section 5: the encoder is linear
with a leaky ReLU, the decoder linear, so that reconstructions lie in an affine space of as many
dimensions as the bottleneck is wide, and no width has a smaller mean squared error on its training
set than as many principal components (Eckart & Young 1936).

All widths see the images in the same order. Adam on the mean squared error.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.simulators.training.adamw import adamw
from simlab.simulators.training.blas import single_thread_products
from simlab.simulators.training.hidden_layer import (
    F32,
    Singles,
    backward,
    forward,
    initial_params,
)
from simlab.simulators.training.widths import Step, check_training, descend, train_widths
from simlab.streams import seed_key

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
def _gradient(
    x: Singles, params: Singles, z: Singles, out: Singles, back: Singles, grads: Singles
) -> np.float32:
    """Fill the gradient of a batch's mean squared error; return that error."""
    rows, n = x.shape
    forward(x, params, z, out)
    loss, scale = _ZERO, F32(2.0 / (rows * n))
    sums = grads[:n]
    for i in range(n):
        sums[i] = _ZERO
    for r in range(rows):
        for i in range(n):  # a sum for each value: independent sums are added side by side
            miss = out[r, i] - x[r, i]
            sums[i] += miss * miss
            out[r, i] = scale * miss
    for i in range(n):
        loss += sums[i]
    backward(x, params, z, out, back, grads)
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


def reconstruct(images: Singles, found: Autoencoder) -> Singles:
    """Return the reconstructions of images, in their shape."""
    z = np.empty((len(images), found.width), np.float32)
    out = np.empty_like(images)
    with single_thread_products():
        forward(images, found.params, z, out)
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

    def train(width: int, step: Step) -> Autoencoder:
        return _train(images, width, epochs, lr, min(batch, len(images)), seed, step)

    return train_widths(
        train, widths, epochs=epochs, work=lambda w: 2 * w + 1, threads=threads, progress=progress
    )


def _train(
    images: Singles, width: int, epochs: int, lr: float, batch: int, seed: int, step: Step
) -> Autoencoder:
    n_images, n = images.shape
    params = initial_params(n, width, n, key=seed_key(seed, "autoencoder", "start", n, width))
    grads, m, v = np.empty_like(params), np.zeros_like(params), np.zeros_like(params)
    x, z = np.empty((batch, n), F32), np.empty((batch, width), F32)
    out, back = np.empty((batch, n), F32), np.empty((batch, width), F32)

    def epoch(order: NDArray[np.int32], done: int) -> float:
        return _epoch(images, order, batch, done, lr, params, grads, m, v, x, z, out, back)

    found = descend(
        epoch,
        name="autoencoder",
        n_images=n_images,
        batch=batch,
        epochs=epochs,
        seed=seed,
        step=step,
    )
    return Autoencoder(width, params, found.loss, found.diverged_at)
