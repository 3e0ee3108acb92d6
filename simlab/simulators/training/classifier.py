"""Image classifiers with one hidden layer, one for each width, trained on the same batches.

A multilayer perceptron of one hidden layer, cross-entropy over classes, Adam. All widths see the
images in the same order. Images should be `standardised` first.
"""

import math
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

Labels = NDArray[np.int64]


class Classifier(NamedTuple):
    """One trained width."""

    width: int
    n_classes: int
    params: Singles
    """(n_params,) float32: first layer (n_values, width), its biases, second layer, its biases."""
    loss: NDArray[np.float64]
    """(n_epochs,) float64: mean cross-entropy in nats while each epoch was trained."""
    diverged_at: int | None
    """The epoch in which the loss left the numbers, from 1."""


@kernel
def _softmax_loss(out: Singles, labels: Labels, scale: np.float32) -> float:
    """Turn logits into the gradient of the summed cross-entropy times ``scale``; return the sum."""
    rows, n_classes = out.shape
    total = 0.0
    for r in range(rows):
        highest = out[r, 0]
        for k in range(1, n_classes):
            highest = max(highest, out[r, k])
        mass = 0.0
        own = float(out[r, labels[r]] - highest)
        for k in range(n_classes):
            e = math.exp(out[r, k] - highest)
            out[r, k] = e
            mass += e
        total += math.log(mass) - own
        share = scale / F32(mass)
        for k in range(n_classes):
            out[r, k] *= share
        out[r, labels[r]] -= scale
    return total


@kernel
def _gradient(
    x: Singles, labels: Labels, params: Singles, z: Singles, out: Singles, back: Singles,
    grads: Singles,
) -> float:  # fmt: skip
    """Fill the gradient of a batch's mean cross-entropy; return that mean."""
    forward(x, params, z, out)
    loss = _softmax_loss(out, labels, F32(1.0 / len(x)))
    backward(x, params, z, out, back, grads)
    return float(loss / len(x))


@kernel
def _epoch(
    images: Singles, labels: Labels, order: NDArray[np.int32], batch: int, step: int, lr: float,
    params: Singles, grads: Singles, m: Singles, v: Singles,
    x: Singles, y: Labels, z: Singles, out: Singles, back: Singles,
) -> float:  # fmt: skip
    """Train on all images once, in an order; return the mean loss of its batches' images."""
    n_images, total = len(order), 0.0
    for start in range(0, n_images, batch):
        rows = min(batch, n_images - start)
        for r in range(rows):
            image = images[order[start + r]]
            for i in range(x.shape[1]):
                x[r, i] = image[i]
            y[r] = labels[order[start + r]]
        loss = _gradient(x[:rows], y[:rows], params, z[:rows], out[:rows], back[:rows], grads)
        step += 1
        adamw(params, grads, m, v, step, lr, 0.9, 0.999, 1e-8, 0.0)
        total += loss * rows
    return total / n_images


def standardised(images: Singles, *, like: Singles) -> Singles:
    """Return images less the mean image of ``like``, over the deviation of all its values.

    >>> like = np.array([[0.0, 2.0], [2.0, 4.0]], np.float32)
    >>> standardised(like, like=like).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    """
    mean = like.mean(axis=0, dtype=np.float64)
    deviation = float(np.sqrt(((like - mean) ** 2).mean()))
    return np.asarray((images - mean) / max(deviation, 1e-12), np.float32)


def logits(images: Singles, found: Classifier) -> Singles:
    """Return the logits of all classes for each image, (n_images, n_classes) float32."""
    z = np.empty((len(images), found.width), np.float32)
    out = np.empty((len(images), found.n_classes), np.float32)
    with single_thread_products():
        forward(images, found.params, z, out)
    return out


def predicted_classes(images: Singles, found: Classifier) -> Labels:
    """Return the class with the largest logit for each image, the first where several tie."""
    return np.asarray(logits(images, found).argmax(axis=1), np.int64)


def train_classifiers(
    images: Singles,
    labels: Labels,
    widths: Sequence[int],
    *,
    epochs: int = 30,
    lr: float = 3e-3,
    batch: int = 64,
    seed: int = 0,
    threads: int = 1,
    progress: Callable[[float, float], None] = lambda share, loss: None,
) -> list[Classifier]:
    """Train one classifier for each width.

    Parameters
    ----------
    images : (n_images, n_values) float32
    labels : (n_images,) int64
        Classes, from 0; there are as many as the largest says.
    widths : sequence of int
        Hidden units of each, different, in any order.
    epochs, lr, batch : int, float, int
        Passes over the images, Adam's step size, images a step.
    seed, threads : int
        The result does not depend on ``threads``, nor a classifier on the other widths.
    progress : callable
        Takes the share of the work that is done, and the loss of the epoch that just was.

    Returns
    -------
    list of Classifier
        In the order of ``widths``.

    Raises
    ------
    UsageError
        A width below 1 or given twice, labels that do not fit, or a number out of its range.

    >>> images = np.eye(6, dtype=np.float32)
    >>> found = train_classifiers(images, np.arange(6) % 3, [8], epochs=200)
    >>> predicted_classes(images, found[0]).tolist()
    [0, 1, 2, 0, 1, 2]
    """
    check_training(widths, epochs, lr, batch)
    images, labels = np.ascontiguousarray(images, np.float32), np.asarray(labels)
    if images.ndim != 2 or not images.size:
        raise UsageError(f"images: shape {images.shape}; give (n_images, n_values)")
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu" or labels.min() < 0:
        raise UsageError(f"labels: give {len(images)} classes, whole numbers from 0")
    if len(np.unique(labels)) < 2:
        raise UsageError("labels: all of one class; give images of at least two")
    labels = np.ascontiguousarray(labels, np.int64)

    def train(width: int, step: Step) -> Classifier:
        return _train(images, labels, width, epochs, lr, min(batch, len(images)), seed, step)

    return train_widths(
        train, widths, epochs=epochs, work=lambda w: w + 10, threads=threads, progress=progress
    )


def _train(
    images: Singles,
    labels: Labels,
    width: int,
    epochs: int,
    lr: float,
    batch: int,
    seed: int,
    step: Step,
) -> Classifier:
    n_images, n = images.shape
    n_classes = int(labels.max()) + 1
    key = seed_key(seed, "classifier", "start", n, width, n_classes)
    params = initial_params(n, width, n_classes, key=key)
    grads, m, v = np.empty_like(params), np.zeros_like(params), np.zeros_like(params)
    x, y = np.empty((batch, n), F32), np.empty(batch, np.int64)
    z, back = np.empty((batch, width), F32), np.empty((batch, width), F32)
    out = np.empty((batch, n_classes), F32)

    def epoch(order: NDArray[np.int32], done: int) -> float:
        return _epoch(
            images, labels, order, batch, done, lr, params, grads, m, v, x, y, z, out, back
        )

    found = descend(
        epoch,
        name="classifier",
        n_images=n_images,
        batch=batch,
        epochs=epochs,
        seed=seed,
        step=step,
    )
    return Classifier(width, n_classes, params, found.loss, found.diverged_at)
