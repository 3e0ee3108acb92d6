"""Approach 2 of Hoffmann et al. 2022: isoFLOP profiles.

At each budget the loss is a parabola in ln N; its lowest point is the compute-optimal size, and
these points over the budgets give the exponents. The true profile is no parabola: it is steeper
on the side of small models where beta exceeds alpha (and the other way round), so wide or
off-centre profiles move the minimum. The cubic takes most of that away and costs variance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.errors import DataError, UsageError, did_you_mean
from simlab.fitting.frontier import Frontier, fit_frontier
from simlab.fitting.isoflop_budgets import Budget, isoflop_budgets
from simlab.fitting.runs import TrainingRuns

Array = NDArray[np.float64]

CURVES = {"parabola": 2, "cubic": 3}
"""Name of the curve in ln N -> its degree."""

LOSSES = ("loss", "log-loss")
"""What the curve is fitted to."""


class Profile(NamedTuple):
    """The losses of one budget and the curve through them."""

    flops: float
    rows: NDArray[np.intp]
    """Places of its runs."""
    n_params: float
    """Size at the minimum of the curve; NaN where it has none."""
    n_tokens: float
    """Tokens at the minimum: as many FLOPs a parameter and token as the runs have."""
    loss: float
    """Loss at the minimum, nats per token."""
    coefficients: tuple[float, ...]
    """Of 1, u, u^2 (and u^3) with u = ln N - ``centre``."""
    centre: float
    refused: str
    """Why the profile has no minimum; empty if it has one."""


@dataclass(frozen=True)
class IsoflopFit:
    """Profiles, their minima and the frontier through these."""

    profiles: tuple[Profile, ...]
    """All budgets, with the refused ones."""
    frontier: Frontier
    curve: str
    of: str
    n_runs: int
    """Runs in profiles that have a minimum."""
    notes: tuple[str, ...]

    @property
    def used(self) -> tuple[Profile, ...]:
        """The profiles with a minimum."""
        return tuple(profile for profile in self.profiles if not profile.refused)


def fit_isoflop(
    runs: TrainingRuns,
    *,
    curve: str = "parabola",
    of: str = "loss",
    budgets: Sequence[float] | None = None,
    within: float = 1.1,
) -> IsoflopFit:
    """Fit a curve to the losses of each budget and power laws to the minima.

    Parameters
    ----------
    runs : TrainingRuns
        Final losses at fixed FLOPs.
    curve : str
        ``parabola`` or ``cubic`` in ln N.
    of : str
        ``loss`` or ``log-loss``.
    budgets, within
        See `simlab.fitting.isoflop_budgets.isoflop_budgets`.

    A budget whose curve has no minimum between its smallest and its largest size is refused: a
    minimum outside is an extrapolation of a curve that is no law. The reason is in its profile.

    Raises
    ------
    DataError
        Fewer than two budgets have a minimum; the message says why the others were refused.
    UsageError
        The curve or the loss is unknown.

    References
    ----------
    Hoffmann et al. 2022, arXiv:2203.15556, section 3.2.

    >>> from simlab.fitting.runs import training_runs
    >>> from simlab.laws.chinchilla import chinchilla_loss, compute_optimum
    >>> C = np.repeat([1e19, 1e20, 1e21], 7)
    >>> n = compute_optimum(C).n_params * np.tile(np.geomspace(0.5, 2, 7), 3)
    >>> runs = training_runs(n, chinchilla_loss(n, C / 6 / n), flops=C)
    >>> round(fit_isoflop(runs).frontier.a, 3)  # the law has .513
    0.513
    """
    degree = _degree(curve, of)
    groups, notes = isoflop_budgets(runs, budgets=budgets, within=within)
    profiles = tuple(_profile(group, runs, degree, of) for group in groups)
    used = [profile for profile in profiles if not profile.refused]
    refused = [f"{p.flops:.3g} FLOPs refused: {p.refused}" for p in profiles if p.refused]
    if len(used) < 2:
        told = "; ".join(refused[:3])
        raise DataError(
            f"approach 2: {len(used)} of {len(profiles)} budgets have a minimum inside their "
            f"sizes, two are needed ({told or 'all runs have one budget'})"
        )
    frontier = fit_frontier(*(np.array(column) for column in zip(*(
        (p.flops, p.n_params, p.n_tokens) for p in used), strict=True)))  # fmt: skip
    return IsoflopFit(
        profiles, frontier, curve, of, sum(len(p.rows) for p in used),
        (*runs.notes, *notes, *refused),
    )  # fmt: skip


def _degree(curve: str, of: str) -> int:
    if curve not in CURVES:
        raise UsageError(
            f"curve {curve!r}{did_you_mean(curve, list(CURVES))}; there are {', '.join(CURVES)}"
        )
    if of not in LOSSES:
        raise UsageError(f"of {of!r}{did_you_mean(of, list(LOSSES))}; there are loss, log-loss")
    return CURVES[curve]


def _profile(budget: Budget, runs: TrainingRuns, degree: int, of: str) -> Profile:
    x = np.log(runs.n_params[budget.rows])
    y = runs.loss[budget.rows]
    y = np.log(y) if of == "log-loss" else y
    centre = float(x.mean())
    sizes = len(np.unique(x))
    if sizes < degree + 2:
        why = f"{sizes} sizes; a curve with {degree + 1} coefficients needs {degree + 2}"
        return Profile(budget.flops, budget.rows, np.nan, np.nan, np.nan, (), centre, why)
    solved = np.linalg.lstsq(powers(x - centre, degree), y, rcond=None)[0]
    coefficients = np.asarray(solved, np.float64)
    u = float(minimum_of(coefficients[None])[0])
    why = _refusal(coefficients, u, x - centre, centre)
    if why:
        u = np.nan
    n = float(np.exp(centre + u))
    per_token = float(np.median(runs.flops[budget.rows] / runs.n_params[budget.rows]
                                / runs.n_tokens[budget.rows]))  # fmt: skip
    lowest = float(np.polynomial.polynomial.polyval(u, coefficients))
    return Profile(
        budget.flops, budget.rows, n, budget.flops / per_token / n,
        float(np.exp(lowest)) if of == "log-loss" else lowest,
        tuple(float(c) for c in coefficients), centre, why,
    )  # fmt: skip


def powers(u: Array, degree: int) -> Array:
    """Return (n, degree + 1): 1, u, u^2, ..."""
    return np.vander(u, degree + 1, increasing=True)


def minimum_of(coefficients: Array) -> Array:
    """Return where each polynomial of degree 2 or 3 has its minimum; NaN where it has none.

    ``coefficients`` is (n, 3) or (n, 4), of 1, u, u^2 and u^3.

    >>> minimum_of(np.array([[0.0, -2.0, 1.0], [0.0, 1.0, -1.0]])).tolist()
    [1.0, nan]
    """
    c1, c2 = coefficients[:, 1], coefficients[:, 2]
    c3 = coefficients[:, 3] if coefficients.shape[1] > 3 else np.zeros(len(coefficients))
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(c2 * c2 - 3 * c1 * c3)  # NaN: the cubic only rises or only falls
        # the root of the derivative at which it rises, without cancellation for either sign of c2
        place = np.where(c2 >= 0, -c1 / (c2 + root), (root - c2) / (3 * c3))
    return np.where(np.isfinite(place) & ~((c3 == 0) & (c2 <= 0)), place, np.nan)


def _refusal(coefficients: Array, u: float, x: Array, centre: float) -> str:
    """Return why a curve has no minimum inside the data, or an empty string."""
    low, high = float(x.min()), float(x.max())
    if np.isnan(u):
        if len(coefficients) == 3:
            return "the parabola opens downward"
        return "the cubic has no minimum"
    if low < u < high:
        return ""
    said = f"the minimum lies at {np.exp(centre + min(max(u, -99), 99)):.3g} parameters, "
    ends = f"{np.exp(centre + low):.3g} to {np.exp(centre + high):.3g}"
    return f"{said}outside of the sizes {ends}"
