"""A training run of the network of `modular_network` in progress: steps, and looks at it."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.simulators.fourier_concentration import fourier_concentration
from simlab.simulators.modular_arithmetic import ModularTask, logarithm_order, modular_task
from simlab.simulators.modular_network import evaluate, gradient, working_space
from simlab.simulators.training.adamw import AdamW, adamw
from simlab.simulators.training.starts import fill_normal, shuffle
from simlab.streams import child, seed_key


class Setup(NamedTuple):
    """What is trained, and how."""

    p: int = 31
    op: str = "add"
    """One of `simlab.simulators.modular_arithmetic.OPERATIONS`."""
    fraction: float = 0.5
    """Share of the pairs trained on."""
    width: int = 64
    """Hidden units."""
    activation: str = "quadratic"
    """"quadratic" or "relu"."""
    loss: str = "cross-entropy"
    """"cross-entropy" or "squared-error"."""
    batch: int = 0
    """Pairs in a step; 0: all training pairs."""
    steps: int = 2_000
    optimiser: AdamW = AdamW(lr=0.01, beta2=0.98, weight_decay=1.0)

    def checked(self) -> "Setup":
        """Return the set-up as it is; raise UsageError for what no run can use.

        >>> Setup(width=0).checked()
        Traceback (most recent call last):
        simlab.errors.UsageError: width 0: give 1 or more
        """
        for name, value in (("width", self.width), ("steps", self.steps)):
            if value < 1:
                raise UsageError(f"{name} {value}: give 1 or more")
        if self.p < 3:
            raise UsageError(f"p {self.p}: give a modulus of 3 or more")
        if self.batch < 0:
            raise UsageError(f"batch {self.batch}: give a number of pairs, or 0 for all of them")
        for name, word, known in (
            ("activation", self.activation, ("quadratic", "relu")),
            ("loss", self.loss, ("cross-entropy", "squared-error")),
        ):
            if word not in known:
                raise UsageError(f"{name} {word!r}: use one of {', '.join(known)}")
        self.optimiser.checked()
        return self

    def task(self, seed: int, network: int) -> ModularTask:
        """Return the pairs and their split; raise UsageError for a set that is empty."""
        key = seed_key(seed, "grokking", "pairs", network, self.p)
        return modular_task(self.p, self.op, self.fraction, key=key)


class Look(NamedTuple):
    """What there is to see of a run after some steps."""

    step: int
    train_accuracy: float
    train_loss: float
    """Nats per pair, or the mean over classes of squared errors."""
    test_accuracy: float
    test_loss: float
    weight_norm: float
    """Euclidean norm of all parameters."""
    concentration: float
    """Of the embeddings, 0 to 1: see `simlab.simulators.fourier_concentration`."""


@kernel
def _advance(
    params: NDArray[np.float32],
    grads: NDArray[np.float32],
    m: NDArray[np.float32],
    v: NDArray[np.float32],
    x: NDArray[np.int32],
    y: NDArray[np.int32],
    answer: NDArray[np.int32],
    order: NDArray[np.int32],
    batch: int,
    key: np.uint64,
    first: int,
    last: int,
    relu: bool,
    squared: bool,
    optimiser: AdamW,
    space: NDArray[np.float32],
) -> int:
    """Take the steps ``first`` .. ``last``, counted from 1; return the one that diverged, or 0.

    ``order`` holds the training pairs and is shuffled at the start of each epoch, unless a batch
    is all of them.
    """
    lr, beta1, beta2, eps, weight_decay = optimiser
    n = order.shape[0]
    in_epoch = (n + batch - 1) // batch
    for step in range(first, last + 1):
        at = (step - 1) % in_epoch
        if in_epoch > 1 and at == 0:
            shuffle(child(key, np.uint64((step - 1) // in_epoch)), order)
        rows = order[at * batch : min(n, (at + 1) * batch)]
        seen = gradient(params, x, y, answer, rows, relu, squared, grads, space)
        if not math.isfinite(seen):
            return step
        adamw(params.ravel(), grads.ravel(), m, v, step, lr, beta1, beta2, eps, weight_decay)
    return 0


class ModularTrainer:
    """A run: its weights, the moments of the optimiser, and the order of pairs.

    >>> trainer = ModularTrainer(Setup(p=7, width=16))
    >>> before = trainer.look().train_loss
    >>> trainer.advance(50), trainer.look().train_loss < before
    (None, True)
    """

    def __init__(self, setup: Setup, *, seed: int = 0, network: int = 0) -> None:
        self.setup, self.task, self.step = setup.checked(), setup.task(seed, network), 0
        shape = (3, setup.p, setup.width)
        self.params = np.empty(shape, np.float32)
        key = seed_key(seed, "grokking", "weights", network, setup.p, setup.width)
        fill_normal(key, setup.width**-0.5, self.params.reshape(-1))
        self._grads = np.zeros(shape, np.float32)
        self._m, self._v = np.zeros((2, self.params.size), np.float32)
        self._order = self.task.train.copy()
        self._batch = min(setup.batch, len(self._order)) or len(self._order)
        self._epochs = seed_key(seed, "grokking", "epochs", network)
        self._space = working_space(setup.p, setup.width)
        self._form = (setup.activation == "relu", setup.loss == "squared-error")
        multiplies = setup.op in ("mul", "div") and setup.p > 3
        self._group = logarithm_order(setup.p) if multiplies else np.arange(setup.p)

    def advance(self, last: int) -> int | None:
        """Train up to step ``last``; return the step after which logits were not finite."""
        task = self.task
        bad = _advance(
            self.params, self._grads, self._m, self._v, task.x, task.y, task.answer, self._order,
            self._batch, self._epochs, self.step + 1, last, *self._form, self.setup.optimiser,
            self._space,
        )  # fmt: skip
        self.step = last
        return bad - 1 if bad else None  # a step meets what the one before it has left

    def look(self) -> Look:
        """Return what there is to see after ``step`` steps."""
        train_loss, train_right = self._evaluate(self.task.train)
        test_loss, test_right = self._evaluate(self.task.test)
        return Look(
            self.step,
            train_right,
            train_loss,
            test_right,
            test_loss,
            math.sqrt(np.square(self.params, dtype=np.float64).sum()),
            fourier_concentration(self.params[:2, self._group]),
        )

    def _evaluate(self, part: NDArray[np.int32]) -> tuple[float, float]:
        task = self.task
        loss, right = evaluate(
            self.params, task.x, task.y, task.answer, part, *self._form, self._space
        )
        return loss, right / len(part)
