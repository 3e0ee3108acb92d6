"""Over-training for inference: the cheapest model of a given loss that also serves tokens."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simlab.errors import UsageError
from simlab.planning.loss_law import LossLaw, check_positive, flops_for


class InferencePlan(NamedTuple):
    """The cheapest model of a loss, counting training and serving."""

    law: str
    loss: float
    served_tokens: float
    n_params: float
    n_tokens: float
    tokens_per_parameter: float
    training_flops: float
    inference_flops: float
    total_flops: float
    """Training FLOPs and priced inference FLOPs."""
    optimal_n_params: float
    """Parameters of the compute-optimal model of the same loss, which ignores serving."""
    optimal_n_tokens: float
    optimal_total_flops: float
    saved_share: float
    """Share of the compute-optimal model's total that is saved."""
    meaning: str


def plan_inference(
    loss: float, served_tokens: float, law: LossLaw, *, relative_price: float = 1.0
) -> InferencePlan:
    """Return the parameters and tokens that minimise ``6 N D + price 2 N S`` at a given loss.

    Parameters
    ----------
    loss : float
        Nats per token that the model must reach.
    served_tokens : float
        S, tokens read and written over the model's life; 0 gives the compute-optimal model.
    law : LossLaw
    relative_price : float
        Price of an inference FLOP over one of training: above 1 where serving uses the hardware
        less well.

    Raises UsageError if the law does not reach the loss or an argument is out of its range.

    References
    ----------
    Sardana, Portes, Doubov & Frankle 2024, "Beyond Chinchilla-optimal: accounting for inference in
    language model scaling laws", arXiv:2401.00448, equations 3 and 4.

    >>> from simlab.planning.law_file import find_law
    >>> plan = plan_inference(2.0, 2e12, find_law("hoffmann2022"))
    >>> plan.n_params < plan.optimal_n_params, plan.n_tokens > plan.optimal_n_tokens
    (True, True)
    """
    check_positive("loss", loss)
    check_positive("relative-price", relative_price)
    if not (np.isfinite(served_tokens) and served_tokens >= 0):
        raise UsageError(f"served-tokens {served_tokens:g}: give a number of tokens, 0 or more")
    best = law.optimum(flops_for(law, loss))

    def total(n: float) -> float:
        d = law.tokens_for(n, loss)
        return 6 * n * d + relative_price * 2 * n * served_tokens

    n = _cheapest(total, best.n_params)
    d = law.tokens_for(n, loss)
    chinchilla = total(best.n_params)
    saved = max(0.0, 1 - total(n) / chinchilla)
    said = (
        f"To reach {loss:.4g} nats a token and serve {served_tokens:.3g} tokens, "
        f"{n:.3g} parameters trained on {d:.3g} tokens ({d / n:.3g} a parameter) cost the least by "
        f"{law.name}: {total(n):.3g} FLOPs, {saved:.1%} less than the compute-optimal "
        f"{best.n_params:.3g} parameters on {best.n_tokens:.3g} tokens."
    )
    return InferencePlan(
        law.name, loss, served_tokens, n, d, d / n, 6 * n * d, 2 * n * served_tokens, total(n),
        best.n_params, best.n_tokens, chinchilla, saved, said,
    )  # fmt: skip


def _cheapest(total: Callable[[float], float], near: float) -> float:
    """Return the argument of least total.

    The total is infinite below the size that reaches the loss on endless data, falls from there
    to its one minimum, and rises after it. ``near`` reaches the loss.
    """
    from scipy.optimize import brentq, minimize_scalar

    smallest = near
    while np.isfinite(total(smallest)):
        smallest /= 2
    low = brentq(
        lambda x: 1.0 if np.isfinite(total(float(np.exp(x)))) else -1.0,
        np.log(smallest), np.log(near), xtol=1e-12,
    )  # fmt: skip
    high = np.log(near * _FAR)
    done = minimize_scalar(
        lambda x: np.log(min(total(float(np.exp(x))), 1e300)), bounds=(low, high),
        method="bounded", options={"xatol": 1e-11},
    )  # fmt: skip
    return float(np.exp(done.x))


_FAR = 1e3
"""Kaplan's allocation is a fit of its own: the minimum of his joint law lies elsewhere."""
