"""The law for repeated data: tokens seen again, and parameters beyond need, are worth less."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import UsageError
from simlab.laws.chinchilla import ChinchillaConstants, chinchilla_loss, compute_optimum

Array = NDArray[np.float64]


class RepetitionConstants(NamedTuple):
    """Constants of the law of Muennighoff et al."""

    law: ChinchillaConstants
    """The law for data seen once."""
    r_tokens: float
    """R*_D: repetitions after which seeing the data again is worth a share 1/e of new data."""
    r_params: float
    """R*_N: the same for parameters beyond the compute-optimal ones."""


MUENNIGHOFF = RepetitionConstants(
    ChinchillaConstants(
        E=float(np.exp(0.6254804)),
        A=float(np.exp(6.255414)),
        B=float(np.exp(7.3049974)),
        alpha=0.3526596,
        beta=0.3526596,
    ),
    r_tokens=15.387756,
    r_params=5.309743,
)
"""Muennighoff et al. 2023, appendix A, fitted to runs on C4: A = 521, B = 1488, E = 1.87."""


class Effective(NamedTuple):
    """What repeated tokens and excess parameters are worth."""

    n_params: Array
    """N' of equation 6."""
    n_tokens: Array
    """D' of equation 5."""


def effective_counts(
    n_params: ArrayLike,
    n_tokens: ArrayLike,
    unique_tokens: ArrayLike,
    *,
    constants: RepetitionConstants = MUENNIGHOFF,
) -> Effective:
    """Return the parameters and new tokens that a model on repeated data is worth.

    ``D' = U_D + U_D R*_D (1 - exp(-R_D / R*_D))`` with ``R_D = D / U_D - 1`` repetitions, and the
    same for N with U_N, the compute-optimal size for U_D tokens, or N if that is smaller.

    Parameters
    ----------
    n_params, n_tokens : array_like
        Sizes N and tokens seen D, repetitions counted, positive; broadcast.
    unique_tokens : array_like
        Different tokens there are, positive; at most D of them are used.
    constants : RepetitionConstants

    Raises UsageError for values that are not positive or constants out of range.

    References
    ----------
    Muennighoff et al. 2023, "Scaling data-constrained language models", arXiv:2305.16264,
    equations 5 and 6 and appendix A.

    >>> four = effective_counts(1e9, 4e9, 1e9).n_tokens  # four epochs are worth 3.73
    >>> round(float(four / 1e9), 2)
    3.73
    """
    n, d, u = np.broadcast_arrays(
        *(np.asarray(x, np.float64) for x in (n_params, n_tokens, unique_tokens))
    )
    for name, values in (("n_params", n), ("n_tokens", d), ("unique_tokens", u)):
        bad = values[~(values > 0)]
        if bad.size:
            raise UsageError(f"{name}: {bad[0]:g} is not positive; give counts such as 1e9")
    for name, number in (("r_tokens", constants.r_tokens), ("r_params", constants.r_params)):
        if not number > 0:
            raise UsageError(f"constants: {name} = {number:g}; it must be positive")
    u = np.minimum(u, d)
    needed = np.minimum(params_for_tokens(u, constants=constants.law), n)
    return Effective(_worth(n, needed, constants.r_params), _worth(d, u, constants.r_tokens))


def repeated_data_loss(
    n_params: ArrayLike,
    n_tokens: ArrayLike,
    unique_tokens: ArrayLike,
    *,
    constants: RepetitionConstants = MUENNIGHOFF,
) -> Array:
    """Return ``E + A / N'^alpha + B / D'^beta``; arguments as for `effective_counts`.

    The law only saturates: it does not know that very many epochs can raise the loss.

    >>> once = repeated_data_loss(1e9, 2e10, 2e10)
    >>> bool(once < repeated_data_loss(1e9, 2e10, 1e9) < repeated_data_loss(1e9, 1e9, 1e9))
    True
    """
    worth = effective_counts(n_params, n_tokens, unique_tokens, constants=constants)
    return chinchilla_loss(worth.n_params, worth.n_tokens, constants=constants.law)


def params_for_tokens(n_tokens: ArrayLike, *, constants: ChinchillaConstants) -> Array:
    """Return the size for which ``n_tokens`` is the compute-optimal number of tokens.

    >>> round(float(params_for_tokens(1e9, constants=MUENNIGHOFF.law)) / 1e9, 3)
    0.051
    """
    d = np.asarray(n_tokens, np.float64)
    # D = (C/6)^(alpha/(alpha+beta)) / G, so N is a power of D; the level follows from one budget
    best = compute_optimum(6e20, constants=constants)
    with np.errstate(divide="ignore"):
        power = constants.beta / constants.alpha
        return np.asarray(best.n_params * (d / best.n_tokens) ** power, np.float64)


def _worth(count: Array, once: Array, r: float) -> Array:
    """Return ``U + U R* (1 - exp(-R / R*))`` with R = count / U - 1."""
    return np.asarray(once - once * r * np.expm1(-(count / once - 1) / r), np.float64)
