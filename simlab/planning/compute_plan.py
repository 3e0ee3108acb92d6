"""The plan of a training budget: parameters, tokens and loss, and whether a model fits its own."""

from typing import NamedTuple

import numpy as np

from simlab.errors import UsageError
from simlab.planning.loss_law import (
    Allocation,
    LossLaw,
    check_positive,
    flops_for,
    flops_of_optimum,
)
from simlab.planning.training_cost import Hardware, training_cost


class ComputePlan(NamedTuple):
    """The compute-optimal model of a budget; intervals are None where the law has no draws."""

    law: str
    flops: float
    n_params: float
    n_params_low: float | None
    n_params_high: float | None
    n_tokens: float
    n_tokens_low: float | None
    n_tokens_high: float | None
    tokens_per_parameter: float
    loss: float
    """Nats per token."""
    loss_low: float | None
    loss_high: float | None
    gpu_hours: float | None
    cost: float | None
    meaning: str


def plan_compute(
    flops: float, law: LossLaw, *, level: float = 0.9, hardware: Hardware | None = None
) -> ComputePlan:
    """Return the model of least loss that ``flops`` = 6 N D train.

    Parameters
    ----------
    flops : float
        Training FLOPs.
    law : LossLaw
        See `simlab.planning.law_file.find_law`. Its draws give percentile intervals.
    level : float
        Coverage of the intervals.
    hardware : Hardware, optional
        Gives device-hours and cost.

    Raises UsageError if an argument is out of its range.

    References
    ----------
    Hoffmann et al. 2022, arXiv:2203.15556, equation 4.

    >>> from simlab.planning.law_file import find_law
    >>> plan = plan_compute(5.76e23, find_law("besiroglu2024"))
    >>> round(plan.n_params / 1e9, 1), round(plan.tokens_per_parameter, 1)
    (72.2, 18.4)
    """
    check_positive("flops", flops)
    n, d = law.optimum(flops)
    loss = law.loss(n, d)
    drawn = [draw.optimum(flops) for draw in law.draws]
    losses = [draw.loss(*best) for draw, best in zip(law.draws, drawn, strict=True)]
    sizes = interval([best.n_params for best in drawn], level)
    tokens = interval([best.n_tokens for best in drawn], level)
    spent = training_cost(flops, hardware) if hardware else None
    said = (
        f"{flops:.4g} FLOPs train {_count(n)} parameters on {_count(d)} tokens "
        f"({d / n:.3g} a parameter) to the lowest loss by {law.name}, {loss:.4f} nats a token."
    )
    if sizes[0] is not None:
        said += (
            f" {level:.0%} of the resampled fits ask for {_count(sizes[0])} to "
            f"{_count(sizes[1] or 0.0)} parameters."
        )
    if spent:
        said += f" That is {spent.gpu_hours:,.0f} device-hours"
        said += f" for {spent.cost:,.0f}." if spent.cost is not None else "."
    return ComputePlan(
        law.name, flops, n, *sizes, d, *tokens, d / n, loss, *interval(losses, level),
        spent.gpu_hours if spent else None, spent.cost if spent else None, said,
    )  # fmt: skip


class ModelPlan(NamedTuple):
    """A model beside the best one of the same training compute."""

    law: str
    n_params: float
    n_tokens: float
    flops: float
    """6 N D."""
    loss: float
    verdict: str
    """under-trained, over-trained, or optimal (within 5% of the optimal size)."""
    optimal_n_params: float
    optimal_n_tokens: float
    optimal_loss: float
    size_ratio: float
    """Parameters over the optimal number at the same compute."""
    wasted_share: float
    """Share of the compute that the optimum would have saved for the same loss."""
    tokens_to_be_optimal: float | None
    """Tokens at which these parameters are the optimum of their own budget."""
    share_of_draws: float | None
    """Share of the resampled fits with the same verdict; None without draws."""
    gpu_hours: float | None
    cost: float | None
    meaning: str


OPTIMAL_WITHIN = 1.05


def plan_model(
    n_params: float, n_tokens: float, law: LossLaw, *, hardware: Hardware | None = None
) -> ModelPlan:
    """Return whether a model is under- or over-trained for its compute, and by how much.

    Under-trained: the same compute would have served a smaller model on more tokens. The loss then
    is higher than it need be; over-trained models are so too, but cheaper to serve.

    Raises UsageError if a count is not positive.

    >>> from simlab.planning.law_file import find_law
    >>> plan = plan_model(280e9, 300e9, find_law("besiroglu2024"))
    >>> plan.verdict, round(plan.size_ratio, 2)
    ('under-trained', 4.15)
    """
    check_positive("n-params", n_params)
    check_positive("n-tokens", n_tokens)
    flops = 6 * n_params * n_tokens
    loss, best = law.loss(n_params, n_tokens), law.optimum(flops)
    lowest = law.loss(*best)
    verdict = _verdict(n_params, best)
    wasted = max(0.0, 1 - flops_for(law, loss) / flops)
    own = flops_of_optimum(law, n_params)
    needed = own / 6 / n_params if own else None
    drawn = [_verdict(n_params, draw.optimum(flops)) == verdict for draw in law.draws]
    share = sum(drawn) / len(drawn) if drawn else None
    spent = training_cost(flops, hardware) if hardware else None
    said = (
        f"{_count(n_params)} parameters on {_count(n_tokens)} tokens are {verdict} by {law.name}: "
        f"the same {flops:.4g} FLOPs are best spent on {_count(best.n_params)} parameters and "
        f"{_count(best.n_tokens)} tokens, for {lowest:.4f} instead of {loss:.4f} nats a token; "
        f"the loss reached is to be had for {1 - wasted:.1%} of the compute."
    )
    if needed is not None:
        said += f" {_count(n_params)} parameters are optimal on {_count(needed)} tokens."
    if share is not None:
        said += f" {share:.0%} of the resampled fits agree."
    return ModelPlan(
        law.name, n_params, n_tokens, flops, loss, verdict, best.n_params, best.n_tokens, lowest,
        n_params / best.n_params, wasted, needed, share, spent.gpu_hours if spent else None,
        spent.cost if spent else None, said,
    )  # fmt: skip


def _verdict(n_params: float, best: Allocation) -> str:
    ratio = n_params / best.n_params
    if 1 / OPTIMAL_WITHIN <= ratio <= OPTIMAL_WITHIN:
        return "optimal"
    return "under-trained" if ratio > 1 else "over-trained"


def interval(values: list[float], level: float) -> tuple[float | None, float | None]:
    """Return the percentile interval of ``values``; a pair of None without any."""
    if not 0 < level < 1:
        raise UsageError(f"level {level:g}: give a coverage between 0 and 1, such as 0.9")
    if not values:
        return None, None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _count(value: float) -> str:
    """Return a count as people say it.

    >>> _count(7.2249e10), _count(1.4e12)
    ('72.2B', '1.4T')
    """
    for unit, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:.3g}{letter}"
    return f"{value:.3g}"
