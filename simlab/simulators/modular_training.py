"""Train networks on modular arithmetic and watch them grok.

Power et al. 2022, arXiv 2201.02177: with weight decay, accuracy on unseen pairs rises long after
accuracy on the training pairs; Nanda et al. 2023, arXiv 2301.05217: a measure of progress moves
before it does.
"""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.simulators.modular_trainer import Look, ModularTrainer, Setup
from simlab.simulators.training.blas import single_thread_products
from simlab.threads import map_ordered

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ModularRun:
    """One training run; arrays are (n_looks,), one entry a `Look`."""

    steps: NDArray[np.int64]
    train_accuracy: Floats
    train_loss: Floats
    test_accuracy: Floats
    test_loss: Floats
    weight_norm: Floats
    concentration: Floats
    n_train: int
    """Pairs trained on."""
    n_test: int
    """Pairs never seen."""
    diverged_at: int | None
    """Steps after which the loss was not finite, at which the run ended; None: it always was."""


def train_modular(
    setup: Setup,
    *,
    networks: int = 1,
    seed: int = 0,
    looks: int = 48,
    threads: int = 1,
    progress: Callable[[float, float], None] = lambda share, loss: None,
) -> list[ModularRun]:
    """Train networks, each with training pairs and first weights of its own.

    Parameters
    ----------
    setup : Setup
        What is trained, and how.
    networks, seed : int
        Number of networks, and the seed of all of them. More networks add to fewer.
    looks : int
        Looks at a network per tenfold of steps.
    threads : int
        Networks at a time. A run keeps to one thread, matrix products included, so its bits do not
        depend on this number. On another kind of processor, or with OPENBLAS_CORETYPE set,
        products may round otherwise.
    progress : callable
        Takes the share of all steps that are done, and the latest training loss.

    Raises UsageError for a set-up that cannot be used, and for a run that ends before its first
    look.

    >>> run = train_modular(Setup(p=7, width=8, steps=20))[0]
    >>> run.steps.tolist()[-3:], run.diverged_at, bool(run.train_loss[-1] < run.train_loss[0])
    ([18, 19, 20], None, True)
    """
    for name, value in (("networks", networks), ("looks", looks)):
        if value < 1:
            raise UsageError(f"{name} {value}: give 1 or more")
    setup.checked()
    setup.task(seed, 0)  # a split that leaves nothing is reported before the first run
    done, lock = [0] * networks, threading.Lock()

    def run(i: int) -> ModularRun:
        def step(n: int, loss: float) -> None:
            with lock:
                done[i] = n
                share = sum(done) / (setup.steps * networks)
            progress(share, loss)

        return _run(
            ModularTrainer(setup, seed=seed, network=i), look_steps(setup.steps, looks), step
        )

    with single_thread_products():
        return map_ordered(run, range(networks), threads=threads)


def look_steps(steps: int, looks: int) -> list[int]:
    """Return the steps after which a run is looked at: ``looks`` a decade, and the last.

    >>> look_steps(100, 3)
    [1, 2, 5, 10, 22, 46, 100]
    """
    at = {round(10 ** (k / looks)) for k in range(math.ceil(looks * math.log10(steps)) + 1)}
    return sorted({step for step in at if step < steps} | {steps})


def first_step(steps: NDArray[np.int64], accuracy: Floats, *, level: float = 0.99) -> int | None:
    """Return the first of ``steps`` at which accuracy is ``level`` or more; None if it never is.

    >>> first_step(np.array([1, 10, 100]), np.array([0.1, 0.99, 1.0]))
    10
    """
    reached = np.flatnonzero(accuracy >= level)
    return int(steps[reached[0]]) if len(reached) else None


def _run(
    trainer: ModularTrainer, at: list[int], progress: Callable[[int, float], None]
) -> ModularRun:
    seen: list[Look] = []
    for last in at:
        bad = trainer.advance(last)
        look = trainer.look() if bad is None else None
        if look is None or not math.isfinite(look.train_loss):
            bad = bad or last
            break
        seen.append(look)
        progress(last, look.train_loss)
    if not seen:
        raise UsageError(
            f"lr {trainer.setup.optimiser.lr:g}: the loss left the numbers at step {bad}, before "
            "there was anything to see; give a smaller one"
        )
    table = np.array(seen, np.float64)
    return ModularRun(
        steps=table[:, 0].astype(np.int64),
        train_accuracy=table[:, 1],
        train_loss=table[:, 2],
        test_accuracy=table[:, 3],
        test_loss=table[:, 4],
        weight_norm=table[:, 5],
        concentration=table[:, 6],
        n_train=len(trainer.task.train),
        n_test=len(trainer.task.test),
        diverged_at=bad,
    )
