"""Synthetic training runs: curves of runs whose scaling law is known.

A run of N parameters on D tokens has, after t tokens, the loss

    L(t) = [E + A / N^alpha + (B / t^beta) (1 + decay s(t))] exp(penalties and noise),

where s(t) falls from 1 to 0 along the cosine schedule: the part of the way from the peak to the
final learning rate that is still to go. A run whose schedule ends with it has the law's loss at
its end, and a higher one before; a run whose schedule overshoots never gets there (Hoffmann et al.
2022, figure A1, show that it costs loss). The form of this cost, and that of a mis-tuned learning
rate, ``lr_cost ln(rate / best rate)^2``, are simple models made for simlab; they are fitted to
nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.fitting.curves import TrainingCurves
from simlab.laws.chinchilla import BESIROGLU, ChinchillaConstants, compute_optimum
from simlab.streams import normal, seed_key, uniform

Array = NDArray[np.float64]

FINAL_RATE = 0.1
"""Learning rate at the end of a schedule, as a share of its peak (Hoffmann et al. 2022)."""

_FIRST_SHARE = 0.02  # of its tokens at which a run's curve begins
_RATE, _SEED, _OUTLIER, _STEPS = 0, 1, 2, 3  # counters of a run's stream


class Training(NamedTuple):
    """What happens to runs beside the law."""

    horizon: float = 1.0
    """Tokens of the cosine schedule over those of the run: 1 fits, above 1 overshoots."""
    decay: float = 0.1
    """Share by which the data term is higher at the peak of the learning rate."""
    noise: float = 0.003
    """Standard deviation of ln loss between seeds of one run."""
    step_noise: float = 0.0
    """Standard deviation of ln loss between points of one curve."""
    lr_spread: float = 0.0
    """Standard deviation of ln(rate / best rate) between runs."""
    lr_drift: float = 0.0
    """ln(rate / best rate) grows by this for each factor e in N: one rate for all sizes."""
    lr_cost: float = 0.01
    """ln loss that a factor e in the learning rate costs."""
    outliers: float = 0.0
    """Share of runs that go wrong."""
    outlier_excess: float = 0.15
    """ln loss that these lose."""


@kernel
def _to_go1(t: float, horizon: float) -> float:
    """Return how much of the way to the final rate is left after a share ``t`` of the run."""
    return float(0.5 * (1.0 + np.cos(np.pi * min(t / horizon, 1.0))))


@kernel
def _curve(
    key: np.uint64, n: float, d: float, law: Array, training: Array, middle: float,
    tokens: Array, loss: Array,
) -> None:  # fmt: skip
    """Fill ``tokens`` and ``loss`` of one run; the arrays hold the fields in their order."""
    horizon, decay, noise, step_noise = training[0], training[1], training[2], training[3]
    rate = training[5] * np.log(n / middle) + training[4] * normal(key, np.uint64(_RATE))
    log = training[6] * rate * rate + noise * normal(key, np.uint64(_SEED))
    if uniform(key, np.uint64(_OUTLIER)) < training[7]:
        log += training[8]
    size = law[0] + law[1] / n ** law[3]
    last = tokens.size - 1
    for i in range(tokens.size):
        share = _FIRST_SHARE ** (1.0 - i / last) if i < last else 1.0
        tokens[i] = share * d
        data = law[2] / tokens[i] ** law[4] * (1.0 + decay * _to_go1(share, horizon))
        step = step_noise * normal(key, np.uint64(_STEPS + i)) if step_noise > 0.0 else 0.0
        loss[i] = (size + data) * np.exp(log + step)


def simulate_training_runs(
    n_params: ArrayLike,
    n_tokens: ArrayLike,
    *,
    training: Training = Training(),  # noqa: B008
    constants: ChinchillaConstants = BESIROGLU,
    points: int = 40,
    seed: int = 0,
) -> TrainingCurves:
    """Return the training curves of runs of ``n_params`` parameters on ``n_tokens`` tokens.

    Parameters
    ----------
    n_params, n_tokens : (n_runs,) array_like
        Positive. A run's draws are named by its N, its D and how often these stood before, so
        other runs do not change them.
    training : Training
        Schedule, noise, mis-tuning and outliers. The drift of the learning rate is 0 at the
        geometric mean of ``n_params``.
    constants : ChinchillaConstants
        The law that a run with a fitting schedule and the best rate follows at its end.
    points : int
        Points of a curve, 2 or more, evenly spaced in the logarithm of tokens from 2% of the run.
    seed : int

    Raises UsageError for an argument out of its range.

    >>> runs = simulate_training_runs([1e9], [2e10], training=Training(noise=0.0)).final_runs()
    >>> from simlab.laws.chinchilla import chinchilla_loss
    >>> bool(np.isclose(runs.loss[0], chinchilla_loss(1e9, 2e10), rtol=1e-12))
    True
    """
    n, d = (np.atleast_1d(np.asarray(x, np.float64)) for x in (n_params, n_tokens))
    if n.shape != d.shape or n.ndim != 1 or not n.size:
        raise UsageError(f"n_params {n.shape}, n_tokens {d.shape}: give one of both a run")
    for name, values in (("n_params", n), ("n_tokens", d)):
        bad = values[~(np.isfinite(values) & (values > 0))]
        if bad.size:
            raise UsageError(f"{name}: {bad[0]:g} is not positive; give counts such as 1e9")
    if points < 2:
        raise UsageError(f"points {points}: a curve needs at least 2")
    _check(training)
    law, how = np.array(constants), np.array(training)
    middle = float(np.exp(np.log(n).mean()))
    tokens, loss = np.empty((n.size, points)), np.empty((n.size, points))
    before: dict[tuple[float, float], int] = {}
    for i, run in enumerate(zip(n.tolist(), d.tolist(), strict=True)):
        twin = before[run] = before.get(run, -1) + 1
        key = seed_key(seed, "training-runs", *run, twin)
        _curve(key, *run, law, how, middle, tokens[i], loss[i])
    flops = 6 * n[:, None] * tokens
    offsets = np.arange(0, tokens.size + 1, points, dtype=np.int64)
    return TrainingCurves(offsets, n, tokens.ravel(), flops.ravel(), loss.ravel())


class Design(NamedTuple):
    """Sizes and tokens of planned runs."""

    n_params: Array
    """(n_runs,)"""
    n_tokens: Array
    """(n_runs,)"""


def isoflop_design(
    budgets: Sequence[float],
    *,
    sizes: int = 9,
    span: float = 4.0,
    centre: float = 1.0,
    tilt: float = 0.0,
    constants: ChinchillaConstants = BESIROGLU,
) -> Design:
    """Return runs at fixed budgets: ``sizes`` sizes each, about the compute-optimal one.

    Parameters
    ----------
    budgets : sequence of float
        FLOPs; D = C / (6 N).
    sizes : int
        Sizes of a budget, 2 or more, evenly spaced in ln N.
    span : float
        The largest size over the middle one, above 1.
    centre : float
        The middle size over the optimal one, at the geometric mean of the budgets: other than 1,
        the profiles are off centre.
    tilt : float
        The middle size over the optimal one grows as C^tilt: the exponent that the designer
        expected, less the true one.
    constants : ChinchillaConstants
        The law that says what is optimal.

    Raises UsageError for an argument out of its range.

    >>> design = isoflop_design([1e19, 1e20], sizes=5)
    >>> design.n_params.shape, round(float(6 * design.n_params[7] * design.n_tokens[7] / 1e20), 9)
    ((10,), 1.0)
    """
    if sizes < 2:
        raise UsageError(f"sizes {sizes}: give at least 2 a budget")
    if not (np.isfinite(span) and span > 1):
        raise UsageError(f"span {span:g}: give a factor above 1")
    if not (np.isfinite(centre) and centre > 0):
        raise UsageError(f"centre {centre:g}: give a positive factor")
    best = compute_optimum(np.asarray(budgets, np.float64), constants=constants).n_params
    if not np.isfinite(tilt):
        raise UsageError(f"tilt {tilt:g}: give a finite exponent")
    C = np.asarray(budgets, np.float64)
    middle = centre * best * np.exp(tilt * (np.log(C) - np.log(C).mean()))
    n = np.outer(middle, np.geomspace(1 / span, span, sizes)).ravel()
    return Design(n, np.repeat(C, sizes) / 6 / n)


def _check(training: Training) -> None:
    """Raise UsageError for a field out of its range."""
    for name, value in training._asdict().items():
        free = name == "lr_drift"
        if not np.isfinite(value) or (value < 0 and not free):
            raise UsageError(f"{name} {value:g}: give a number of at least 0")
    if training.horizon < 1:
        raise UsageError(f"horizon {training.horizon:g}: a schedule lasts at least as long (1)")
    if training.outliers > 1:
        raise UsageError(f"outliers {training.outliers:g}: give a share, 0 to 1")
