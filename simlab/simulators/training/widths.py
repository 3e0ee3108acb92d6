"""Families of networks, one for each width, trained on the same images in the same order.

Each width has its own start, so that its result does not depend on the others.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.simulators.training.adamw import AdamW
from simlab.simulators.training.blas import single_thread_products
from simlab.simulators.training.starts import shuffle
from simlab.streams import seed_key
from simlab.threads import map_ordered

T = TypeVar("T")

Step = Callable[[int, float], None]
"""Takes how many epochs are done, and the loss of the last."""


class Descent(NamedTuple):
    """How the loss of one network went."""

    loss: NDArray[np.float64]
    """(n_epochs,) float64: mean loss of an image while each epoch was trained."""
    diverged_at: int | None
    """The epoch in which the loss left the numbers, from 1."""


def train_widths(
    train: Callable[[int, Step], T],
    widths: Sequence[int],
    *,
    epochs: int,
    work: Callable[[int], int],
    threads: int,
    progress: Callable[[float, float], None],
) -> list[T]:
    """Return what ``train(width, step)`` returns for each width, in their order.

    ``work(width)`` is what an epoch takes, in any unit. ``progress`` takes the share of all work
    that is done, and the loss of the epoch that just was.
    """
    done = dict.fromkeys(widths, 0)
    total = sum(work(width) * epochs for width in widths)

    def one(width: int) -> T:
        def step(epoch: int, loss: float) -> None:
            done[width] = work(width) * epoch
            progress(sum(done.values()) / total, loss)

        return train(width, step)

    # the widest take longest: begun first, they leave no thread idle at the end
    order = sorted(widths, reverse=True)
    with single_thread_products():
        found = dict(zip(order, map_ordered(one, order, threads=threads), strict=True))
    return [found[width] for width in widths]


def descend(
    epoch: Callable[[NDArray[np.int32], int], float],
    *,
    name: str,
    n_images: int,
    batch: int,
    epochs: int,
    seed: int,
    step: Step,
) -> Descent:
    """Train until all epochs are done, or the loss is no number.

    ``epoch(order, done)`` trains on all images in that order, after ``done`` steps, and returns the
    mean loss. The orders are those of ``name`` and ``seed``.
    """
    order, loss = np.empty(n_images, np.int32), list[float]()
    steps = -(-n_images // batch)
    for i in range(epochs):
        order[:] = np.arange(n_images)
        shuffle(seed_key(seed, name, "order", n_images, i), order)
        mean = epoch(order, i * steps)
        if not math.isfinite(mean):
            return Descent(np.array(loss), i + 1)
        loss.append(mean)
        step(i + 1, mean)
    return Descent(np.array(loss), None)


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
