"""Training on modular arithmetic against PyTorch and NumPy, and a linear model that skips steps."""

from collections.abc import Callable
from functools import cache, partial
from itertools import product
from typing import Any

import numpy as np

from simlab.simulators.modular_network import gradient, working_space
from simlab.simulators.modular_trainer import ModularTrainer, Setup
from simlab.simulators.slow_bias.curves import SlowBiasCurves
from simlab.simulators.slow_bias.linear_estimator import (
    first_difference,
    linear_estimator,
    training_inputs,
)
from simlab.simulators.training.blas import single_thread_products
from tests.benchmarks import grokking_peers as peers
from tests.benchmarks.measure import SideBySide

HEADLINE = Setup(p=97, fraction=0.3, width=128)
QUICK = Setup()
CHECKED_STEPS = 20
RATIO, RATE, LAST = 0.95, 0.01, 80_000


def ours(setup: Setup, steps: int) -> Callable[[], ModularTrainer]:
    """A call takes ``steps`` steps; the first, ``CHECKED_STEPS`` from the first weights."""

    @cache
    def trainer() -> ModularTrainer:
        return ModularTrainer(setup)

    def call() -> ModularTrainer:
        held = trainer()
        with single_thread_products():
            held.advance(held.step + (steps if held.step else CHECKED_STEPS))
        return held

    return call


def peer(make: Callable[..., peers.Train], setup: Setup, steps: int) -> Callable[[], np.ndarray]:
    """The same of a peer, which is made from the same first weights at its first call."""

    @cache
    def train() -> peers.Train:
        trainer = ModularTrainer(setup)
        return make(trainer.task, trainer.params, setup.optimiser)

    started = False

    def call() -> np.ndarray:
        nonlocal started
        n, started = (steps if started else CHECKED_STEPS), True
        return train()(n)

    return call


def check(trainer: ModularTrainer, weights: np.ndarray) -> None:
    """After 20 steps: weights that agree, and PyTorch's gradients at ours to 1e-5, of all forms."""
    assert trainer.step == CHECKED_STEPS
    largest = np.abs(trainer.params).max()
    assert np.abs(weights - trainer.params).max() < 1e-3 * largest
    grads, task = np.empty_like(trainer.params), trainer.task
    space = working_space(*trainer.params.shape[1:])
    for relu, squared in product((False, True), repeat=2):
        gradient(
            trainer.params, task.x, task.y, task.answer, task.train, relu, squared, grads, space
        )
        theirs = peers.torch_gradient(task, trainer.params, relu=relu, squared=squared)
        assert np.abs(grads - theirs).max() < 1e-5 * np.abs(theirs).max()


def numpy_descent(steps: int) -> float:
    """Loss on unseen inputs after plain steps of gradient descent on the training examples."""
    inputs, difference = training_inputs(RATIO, 400), first_difference(400)
    for _ in range(steps):
        difference -= 2 * RATE / len(inputs) * (inputs.T @ (inputs @ difference))
    return float(difference @ difference)


def numpy_covariance(steps: int) -> float:
    """The same with the covariance of the inputs computed once: half the work of a step."""
    inputs, difference = training_inputs(RATIO, 400), first_difference(400)
    covariance = inputs.T @ inputs / len(inputs)
    for _ in range(steps):
        difference -= 2 * RATE * (covariance @ difference)
    return float(difference @ difference)


def benchmarks(quick: bool) -> list[SideBySide]:
    few = 5 if quick else 20
    many = 50 if quick else 200
    plain_steps = 500 if quick else 4000
    looks = np.unique(np.geomspace(1, LAST, 240).astype(np.int64))
    looks = np.union1d(looks, [plain_steps])
    rows: list[tuple[str, Setup, int, Any, float | None]] = [
        ("PyTorch", HEADLINE, few, peers.torch_embeddings, 1.8),
        ("fused AdamW", HEADLINE, few, partial(peers.torch_embeddings, fused=True), None),
        ("one-hot", HEADLINE, few, peers.torch_dense, 2.2),
        ("compiled", HEADLINE, few, partial(peers.torch_embeddings, compiled=True), 1.3),
        ("NumPy", HEADLINE, few, peers.numpy_loop, 1.8),
        ("PyTorch", QUICK, many, peers.torch_embeddings, 4.0),
        ("compiled", QUICK, many, partial(peers.torch_embeddings, compiled=True), None),
        ("NumPy", QUICK, many, peers.numpy_loop, None),
    ]

    def same_loss(curves: SlowBiasCurves, loss: float) -> None:
        at = int(np.searchsorted(curves.steps, plain_steps))
        assert abs(curves.test_loss[at] / loss - 1.0) < 1e-9

    return [
        *(
            SideBySide(
                name=f"grokking, p = {setup.p}, width {setup.width}, {name}",
                unit="step",
                ours=ours(setup, steps),
                work=steps,
                peer=peer(make, setup, steps),
                peer_name=name,
                peer_work=steps,
                goal=goal,
                check=check,
            )
            for name, setup, steps, make, goal in rows
        ),
        *(
            SideBySide(
                name=f"linear estimator, {len(looks)} looks at {LAST} steps, {name}",
                unit="step",
                ours=lambda: linear_estimator(RATIO, looks, lr=RATE),
                work=LAST,
                peer=partial(descent, plain_steps),
                peer_name=f"NumPy, {name}",
                peer_work=plain_steps,
                goal=goal,
                check=same_loss,
            )
            for name, descent, goal in (
                ("examples", numpy_descent, 90.0),
                ("covariance", numpy_covariance, None),
            )
        ),
    ]
