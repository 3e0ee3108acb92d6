"""The laws that planners use: loss of a model, optimum of a budget, tokens for a loss."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from simlab.errors import UsageError
from simlab.laws.chinchilla import ChinchillaConstants, chinchilla_loss, compute_optimum
from simlab.laws.kaplan import JOINT, PF_DAY, kaplan_joint_loss, kaplan_optimum


class Allocation(NamedTuple):
    """Parameters and tokens that a budget buys."""

    n_params: float
    n_tokens: float


class LossLaw(Protocol):
    """What a planner asks of a law; losses in nats per token, budgets in FLOPs = 6 N D."""

    @property
    def name(self) -> str:
        """The word on the command line, or the file."""

    @property
    def note(self) -> str:
        """What a reader must know of its numbers; empty if nothing."""

    @property
    def draws(self) -> "tuple[LossLaw, ...]":
        """The same law with other constants that the data allow; empty if none are known."""

    def loss(self, n_params: float, n_tokens: float) -> float:
        """Return the loss of ``n_params`` parameters trained on ``n_tokens`` tokens."""

    def optimum(self, flops: float) -> Allocation:
        """Return the parameters and tokens of least loss at 6 N D = ``flops``."""

    def tokens_for(self, n_params: float, loss: float) -> float:
        """Return the tokens after which ``n_params`` parameters reach ``loss``; inf if never."""


@dataclass(frozen=True)
class ChinchillaLaw:
    """``L = E + A / N^alpha + B / D^beta`` (Hoffmann et al. 2022).

    >>> from simlab.laws.chinchilla import HOFFMANN_TEX
    >>> law = ChinchillaLaw("hoffmann2022", HOFFMANN_TEX)
    >>> round(law.tokens_for(70e9, law.loss(70e9, 1.4e12)) / 1e12, 9)
    1.4
    """

    name: str
    constants: ChinchillaConstants
    note: str = ""
    draws: "tuple[ChinchillaLaw, ...]" = ()

    def loss(self, n_params: float, n_tokens: float) -> float:
        """Return the loss; either count may be infinite."""
        return float(chinchilla_loss(n_params, n_tokens, constants=self.constants))

    def optimum(self, flops: float) -> Allocation:
        """Return equation 4 of Hoffmann et al. 2022."""
        n, d = compute_optimum(flops, constants=self.constants)
        return Allocation(float(n), float(d))

    def tokens_for(self, n_params: float, loss: float) -> float:
        """Return ``(B / (L - E - A / N^alpha))^(1 / beta)``."""
        E, A, B, alpha, beta = self.constants
        left = loss - E - A / n_params**alpha
        return float((B / left) ** (1 / beta)) if left > 0 else float("inf")


@dataclass(frozen=True)
class KaplanLaw:
    """The joint L(N, D) of Kaplan et al. 2020 with N ~ C^.73; N is without embeddings.

    C_min is taken for half of the FLOPs spent, as at the critical batch size (equation 5.5).
    """

    name: str = "kaplan2020"
    note: str = (
        "N is without embeddings, C_min is half of the FLOPs (training at the critical batch "
        "size), the loss is that of WebText2; later work finds too large models by this law"
    )
    draws: "tuple[KaplanLaw, ...]" = ()

    def loss(self, n_params: float, n_tokens: float) -> float:
        """Return equation 1.5."""
        return float(kaplan_joint_loss(n_params, n_tokens))

    def optimum(self, flops: float) -> Allocation:
        """Return N = 1.3e9 C_min^.73 and the tokens that spend the rest of the budget."""
        check_positive("flops", flops)
        n = float(kaplan_optimum(flops / 2 / PF_DAY).n_params)
        return Allocation(n, flops / 6 / n)

    def tokens_for(self, n_params: float, loss: float) -> float:
        """Return equation 1.5 solved for D."""
        n_c, d_c, alpha_n, alpha_d = JOINT
        left = loss ** (1 / alpha_d) - (n_c / n_params) ** (alpha_n / alpha_d)
        return d_c / left if left > 0 else float("inf")


def flops_for(law: LossLaw, loss: float) -> float:
    """Return the smallest budget whose optimum reaches ``loss``.

    Raises UsageError if no budget up to 1e40 FLOPs does, as for a loss below the law's floor.

    >>> from simlab.laws.chinchilla import BESIROGLU
    >>> law = ChinchillaLaw("besiroglu2024", BESIROGLU)
    >>> round(flops_for(law, law.loss(*law.optimum(1e22))) / 1e22, 6)
    1.0
    """
    check_positive("loss", loss)
    found = _solve(lambda c: law.loss(*law.optimum(c)) - loss)
    if found is None:
        raise UsageError(
            f"loss {loss:g}: no budget from 1e6 to 1e40 FLOPs has it as the lowest loss by "
            f"{law.name}; at 1e40 it is {law.loss(*law.optimum(1e40)):.4g} nats"
        )
    return found


def flops_of_optimum(law: LossLaw, n_params: float) -> float | None:
    """Return the budget at which ``n_params`` is the optimum; None if there is none."""
    return _solve(lambda c: n_params - law.optimum(c).n_params)


def _solve(falling: Callable[[float], float]) -> float | None:
    """Return the root in 1e6 .. 1e40 FLOPs of a function that falls with the budget."""
    from scipy.optimize import brentq

    low, high = np.log(1e6), np.log(1e40)
    if not falling(1e6) >= 0 >= falling(1e40):
        return None
    return float(np.exp(brentq(lambda x: falling(float(np.exp(x))), low, high, xtol=1e-13)))


def check_positive(name: str, value: float) -> None:
    """Raise UsageError unless ``value`` is positive and finite."""
    if not (np.isfinite(value) and value > 0):
        raise UsageError(f"{name} {value:g}: give a positive number such as 1e9")
