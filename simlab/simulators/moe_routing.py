"""Routing of tokens to experts: a router that learns, experts with a capacity, tokens that drop.

A token is a vector x, its first entry 1 and the others standard normal. The router's logits are
W x. The top k experts are chosen; each takes tokens in order, all first choices before all second
ones, until its capacity is full, and the rest drop. An expert that processes a token earns
``r = 1 + affinity (x . v_e) / |v_e|``, with directions v_e that are drawn once: what a good router
can learn. The router ascends the mean of ``worth gate r``, minus the balance loss of Fedus et al.
The gradient of a token reaches only the experts that processed it, so experts in use become more
used: without a balance loss, some fall out of use. What the balance loss does depends on
alpha / worth: in a network, worth is the fall of a token's loss that an expert is good for.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.streams import child, normal

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WEIGHTS, _DIRECTIONS, _TOKENS = map(np.uint64, range(3))


@dataclass(frozen=True)
class Router:
    """A layer of experts and how its router is trained."""

    n_experts: int = 8
    top_k: int = 1
    capacity_factor: float | None = 1.25
    """Capacity over the tokens that a balanced router sends to an expert; None: no limit."""
    alpha: float = 0.01
    """Weight of the balance loss."""
    gates_of_chosen: bool = False
    """Softmax over the chosen experts (Mixtral) instead of over all (Switch)."""
    width: int = 16
    """Entries of a token, the constant one included."""
    worth: float = 0.02
    """Nats by which a token's loss falls where its expert processes it."""
    affinity: float = 0.5
    """How much more an expert is worth to the tokens that suit it."""
    learning_rate: float = 50.0
    start: float = 0.1
    """Standard deviation of the router's weights at the start."""


@dataclass(frozen=True)
class RoutingRun:
    """What happened in recorded steps; each is measured before its update."""

    steps: Ints
    """(n_recorded,) updates that the router has had."""
    load: Floats
    """(n_recorded, n_experts) share of the choices that fall on each expert, before capacity."""
    probability: Floats
    """(n_recorded, n_experts) mean probability of each expert."""
    dropped: Floats
    """(n_recorded,) share of the choices that find their expert full."""
    balance: Floats
    """(n_recorded,) the balance loss without its weight: 1 where load or probability is even."""
    earned: Floats
    """(n_recorded,) mean of r per choice; 0 for a dropped one."""


@kernel
def _gates1(logits: Floats, p: Floats) -> None:
    """Write the softmax of ``logits`` to ``p``."""
    top = logits[0]
    for e in range(1, logits.size):
        top = max(top, logits[e])
    total = 0.0
    for e in range(logits.size):
        p[e] = math.exp(logits[e] - top)
        total += p[e]
    for e in range(logits.size):
        p[e] /= total


@kernel
def _route(x: Floats, weights: Floats, p: Floats, chosen: Ints) -> None:
    """Write each token's probabilities and, from the most probable on, its experts."""
    n_experts, width = weights.shape
    logits = np.empty(n_experts)
    for t in range(x.shape[0]):
        for e in range(n_experts):
            total = 0.0
            for j in range(width):
                total += weights[e, j] * x[t, j]
            logits[e] = total
        _gates1(logits, p[t])
        for c in range(chosen.shape[1]):
            best = -1
            for e in range(n_experts):
                taken = False
                for before in range(c):
                    taken |= chosen[t, before] == e
                if not taken and (best < 0 or logits[e] > logits[best]):
                    best = e
            chosen[t, c] = best


@kernel
def _dispatch(chosen: Ints, capacity: int, kept: NDArray[np.bool_], load: Ints) -> int:
    """Fill the experts in order; return how many choices drop. ``load`` counts all choices."""
    held = np.zeros_like(load)
    load[:] = 0
    dropped = 0
    for c in range(chosen.shape[1]):
        for t in range(chosen.shape[0]):
            e = chosen[t, c]
            load[e] += 1
            kept[t, c] = held[e] < capacity
            if kept[t, c]:
                held[e] += 1
            else:
                dropped += 1
    return dropped


@kernel
def _ascend(
    x: Floats, p: Floats, chosen: Ints, kept: NDArray[np.bool_], earned: Floats, share: Floats,
    alpha: float, worth: float, of_chosen: bool, slope: Floats,
) -> None:  # fmt: skip
    """Write the gradient of the mean objective in the weights to ``slope``.

    ``earned`` is (n_tokens, top_k); ``share`` is each expert's share of the choices. The balance
    loss ``alpha n sum_e share_e mean_t p_te`` has gradients through p alone.
    """
    n_tokens, n_experts = p.shape
    top_k = chosen.shape[1]
    slope[:] = 0.0
    d = np.empty(n_experts)
    for t in range(n_tokens):
        mean_share = 0.0
        for e in range(n_experts):
            mean_share += share[e] * p[t, e]
        for e in range(n_experts):
            d[e] = -alpha * n_experts * p[t, e] * (share[e] - mean_share)
        total = 0.0
        for c in range(top_k):
            total += p[t, chosen[t, c]]
        norm = total if of_chosen else 1.0
        gained = 0.0
        for c in range(top_k):
            if kept[t, c]:
                gain = worth * earned[t, c] * p[t, chosen[t, c]] / norm
                d[chosen[t, c]] += gain
                gained += gain
        if of_chosen:
            for c in range(top_k):
                d[chosen[t, c]] -= gained * p[t, chosen[t, c]] / norm
        else:
            for e in range(n_experts):
                d[e] -= gained * p[t, e]
        for e in range(n_experts):
            for j in range(x.shape[1]):
                slope[e, j] += d[e] * x[t, j] / n_tokens


@kernel
def _draw_tokens(key: np.uint64, x: Floats) -> None:
    for t in range(x.shape[0]):
        x[t, 0] = 1.0
        for j in range(1, x.shape[1]):
            x[t, j] = normal(key, np.uint64(t * x.shape[1] + j))


@kernel
def _draw_normals(key: np.uint64, scale: float, out: Floats) -> None:
    for e in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[e, j] = scale * normal(key, np.uint64(e * out.shape[1] + j))


@kernel
def _earn(x: Floats, directions: Floats, chosen: Ints, affinity: float, earned: Floats) -> None:
    for t in range(chosen.shape[0]):
        for c in range(chosen.shape[1]):
            total = 0.0
            for j in range(1, x.shape[1]):
                total += directions[chosen[t, c], j] * x[t, j]
            earned[t, c] = 1.0 + affinity * total


@kernel
def _train(
    key: np.uint64, n_tokens: int, record: Ints, capacity: int, top_k: int, alpha: float,
    worth: float, of_chosen: bool, affinity: float, rate: float, weights: Floats,
    directions: Floats, loads: Floats, probabilities: Floats, others: Floats,
) -> None:  # fmt: skip
    """Train the router; fill one row of ``loads``, ``probabilities``, ``others`` a record."""
    n_experts, width = weights.shape
    x = np.empty((n_tokens, width))
    p = np.empty((n_tokens, n_experts))
    chosen = np.empty((n_tokens, top_k), np.int64)
    kept = np.empty((n_tokens, top_k), np.bool_)
    earned = np.empty((n_tokens, top_k))
    load = np.zeros(n_experts, np.int64)
    slope = np.empty((n_experts, width))
    row = 0
    for step in range(record[-1] + 1):
        _draw_tokens(child(key, np.uint64(step)), x)
        _route(x, weights, p, chosen)
        dropped = _dispatch(chosen, capacity, kept, load)
        _earn(x, directions, chosen, affinity, earned)
        share = load / (n_tokens * top_k)
        if step == record[row]:
            balance, gained = 0.0, 0.0
            for e in range(n_experts):
                mean = 0.0
                for t in range(n_tokens):
                    mean += p[t, e]
                probabilities[row, e] = mean / n_tokens
                loads[row, e] = share[e]
                balance += n_experts * share[e] * probabilities[row, e]
            for t in range(n_tokens):
                for c in range(top_k):
                    gained += earned[t, c] * kept[t, c]
            others[row, 0] = dropped / (n_tokens * top_k)
            others[row, 1] = balance
            others[row, 2] = gained / (n_tokens * top_k)
            row += 1
        _ascend(x, p, chosen, kept, earned, share, alpha, worth, of_chosen, slope)
        weights += rate * slope


def expert_capacity(n_tokens: int, router: Router) -> int:
    """Return the choices that an expert takes: ``ceil(capacity_factor top_k tokens / experts)``.

    Fedus et al. 2021, equation 3. Without a factor, all of them.

    >>> expert_capacity(1024, Router(n_experts=8, capacity_factor=1.25))
    160
    """
    choices = n_tokens * router.top_k
    if router.capacity_factor is None:
        return choices
    return math.ceil(router.capacity_factor * choices / router.n_experts - 1e-9)


def simulate_routing(
    router: Router, *, n_tokens: int, record: list[int], key: np.uint64
) -> RoutingRun:
    """Train a router on ``n_tokens`` fresh tokens a step, and report the steps of ``record``.

    Parameters
    ----------
    router : Router
    n_tokens : int
        Tokens of a batch.
    record : list of int
        Ascending numbers of updates after which to measure; the last one ends the training.
    key : uint64
        Stream of everything random; see `simlab.streams.seed_key`.

    Raises UsageError if a number is out of its range.

    References
    ----------
    Fedus, Zoph & Shazeer 2021, "Switch transformers", arXiv:2101.03961, section 2.2; Lepikhin et
    al. 2020, "GShard", arXiv:2006.16668, for the order in which experts fill.

    >>> from simlab.streams import seed_key
    >>> run = simulate_routing(Router(), n_tokens=256, record=[0, 20], key=seed_key(0, "moe"))
    >>> run.load.shape, bool(abs(run.load.sum(axis=1) - 1).max() < 1e-12)
    ((2, 8), True)
    """
    _check(router, n_tokens, record)
    weights = np.empty((router.n_experts, router.width))
    directions = np.empty((router.n_experts, router.width))
    _draw_normals(np.uint64(child(key, _WEIGHTS)), router.start, weights)
    _draw_normals(np.uint64(child(key, _DIRECTIONS)), 1.0, directions)
    directions[:, 0] = 0.0
    directions /= np.sqrt((directions**2).sum(axis=1, keepdims=True))
    shape = (len(record), router.n_experts)
    loads, probabilities, others = np.empty(shape), np.empty(shape), np.empty((len(record), 3))
    _train(
        np.uint64(child(key, _TOKENS)), n_tokens, np.array(record, np.int64),
        expert_capacity(n_tokens, router), router.top_k, router.alpha, router.worth,
        router.gates_of_chosen, router.affinity, router.learning_rate, weights, directions, loads,
        probabilities, others,
    )  # fmt: skip
    return RoutingRun(np.array(record, np.int64), loads, probabilities, *others.T)


def _check(router: Router, n_tokens: int, record: list[int]) -> None:
    if not 1 <= router.top_k <= router.n_experts:
        raise UsageError(f"top_k {router.top_k}: give 1 to {router.n_experts}, the experts")
    for name, value, low in (
        ("n_experts", router.n_experts, 1), ("n_tokens", n_tokens, 1), ("width", router.width, 2),
    ):  # fmt: skip
        if value < low:
            raise UsageError(f"{name} {value}: give at least {low}")
    for name in ("alpha", "worth", "affinity", "learning_rate", "start"):
        number = getattr(router, name)
        if not (math.isfinite(number) and number >= 0):
            raise UsageError(f"{name} {number:g}: give a number of at least 0")
    factor = router.capacity_factor
    if factor is not None and not 0 < factor < math.inf:
        raise UsageError(f"capacity_factor {factor:g}: give a number above 0, or none")
    if not record or record[0] < 0 or any(b <= a for a, b in pairwise(record)):
        raise UsageError("record: give ascending numbers of steps, from 0 up")
