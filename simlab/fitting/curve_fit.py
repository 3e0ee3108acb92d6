"""Laws of one variable fitted to a curve: power law, learning curve, broken power law.

Least squares of the logarithm of the loss (or of the loss, or of ln(1 + loss)) by trust regions
inside bounds, from many starts; the certificate says how many of them end in the best basin.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.errors import DataError, UsageError, did_you_mean
from simlab.fitting.frontier import percentile_interval
from simlab.fitting.refits import Spread, in_threads
from simlab.fitting.resample import check_resample
from simlab.laws.broken_power_law import Break, broken_power_law
from simlab.streams import integer, seed_key, uniform
from simlab.threads import map_ordered

Array = NDArray[np.float64]

LAWS = {
    "power-law": "y = a x^-b",
    "learning-curve": "y = a x^-b + g, with a floor g >= 0",
    "bnsl": "y = a + b x^-c0 prod_i (1 + (x / d_i)^(1 / f_i))^(-c_i f_i), with breaks",
}

SCALES: dict[str, Callable[[Array], Array]] = {
    "log": np.log,
    "log1p": np.log1p,
    "loss": lambda y: y,
}
"""What residuals are differences of."""

RESAMPLES = ("residual", "pairs")

_SAME = 1e-6  # relative distance in the objective within which starts share a basin


class CurveData(NamedTuple):
    """Points of a curve, in the order of x."""

    x: Array
    y: Array


@dataclass(frozen=True)
class CurveFit:
    """A law of one variable and what speaks for it."""

    law: str
    params: dict[str, float]
    """By name; with several breaks d1, c1, f1, d2, ..."""
    of: str
    n_points: int
    rms_error: float
    """Root mean square of the residuals."""
    share_best: float
    """Share of the starts that end in the best basin."""
    n_starts: int
    theta: Array
    notes: tuple[str, ...] = ()

    def predict(self, x: ArrayLike) -> Array:
        """Return the law at ``x``."""
        return _law(self.law)(self.theta, np.asarray(x, np.float64))


class CurveDraws(NamedTuple):
    """Refits of resampled curves."""

    law: str
    theta: Array
    """(n_resamples, n_params), as in the fit."""
    params: Array
    """(n_resamples, n_params) by the names of the fit."""

    def predict(self, x: ArrayLike) -> Array:
        """Return (n_resamples, ...) the laws at ``x``."""
        law = _law(self.law)
        return np.array([law(theta, np.asarray(x, np.float64)) for theta in self.theta])


def curve_data(x: ArrayLike, y: ArrayLike, *, place: str = "curve") -> CurveData:
    """Return points sorted by x; raise DataError for values that are no positive numbers."""
    a, b = (np.atleast_1d(np.asarray(v, np.float64)) for v in (x, y))
    if a.shape != b.shape or a.ndim != 1:
        raise DataError(f"{place}: x has shape {a.shape}, y {b.shape}; give one of both a point")
    for name, values in (("x", a), ("y", b)):
        bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
        if bad.size:
            raise DataError(
                f"{place}: row {bad[0] + 1}: {name} {values[bad[0]]:g} is not a positive number; "
                "correct the row or leave it out"
            )
    order = np.argsort(a, kind="stable")
    return CurveData(a[order], b[order])


def fit_curve(
    data: CurveData, law: str, *, breaks: int = 1, of: str = "log", starts: int = 64, seed: int = 0
) -> CurveFit:
    """Fit one of `LAWS`.

    Parameters
    ----------
    data : CurveData
        As many points as parameters at least, at as many different x.
    law : str
    breaks : int
        Of ``bnsl``; 0 to 4.
    of : str
        One of `SCALES`.
    starts, seed : int
        Starts are drawn from a box around the data.

    Raises
    ------
    DataError
        There are fewer points than parameters, or all at one x.
    UsageError
        The law or the scale is unknown, or a number is out of range.

    References
    ----------
    Hestness et al. 2017, arXiv:1712.00409, equation 1; Caballero et al. 2023, arXiv:2210.14891,
    equation 1.

    >>> m = np.geomspace(1e3, 1e7, 9)
    >>> fit = fit_curve(curve_data(m, 30 * m**-0.4 + 0.2), "learning-curve")
    >>> {name: round(value, 3) for name, value in fit.params.items()}
    {'a': 30.0, 'b': 0.4, 'g': 0.2}
    """
    for name, known, what in ((law, list(LAWS), "law"), (of, list(SCALES), "of")):
        if name not in known:
            raise UsageError(
                f"{what} {name!r}{did_you_mean(name, known)}; there are {', '.join(known)}"
            )
    if not 0 <= breaks <= 4:
        raise UsageError(f"breaks {breaks}: give 0 to 4")
    if starts < 1:
        raise UsageError(f"starts {starts}: give at least 1")
    low, high, begin = _box(data, law, breaks)
    distinct = len(np.unique(data.x))
    if distinct < len(low):
        raise DataError(
            f"{len(data.x)} points at {distinct} different x for {len(low)} parameters of {law}; "
            "give more points" + (" or fewer breaks" if law == "bnsl" and breaks else "")
        )
    draws = np.array([
        [uniform(seed_key(seed, "curve-starts", s), np.uint64(k)) for k in range(len(low))]
        for s in range(starts)
    ])  # fmt: skip
    ends = [_descend(data, law, of, start, low, high)
            for start in begin[0] + draws * (begin[1] - begin[0])]  # fmt: skip
    costs = np.array([cost for _, cost in ends])
    best = int(np.nanargmin(costs))
    theta = ends[best][0]
    same = costs <= costs[best] * (1 + _SAME) + 1e-20 * len(data.x)
    notes = [] if same.mean() > 0.05 or starts < 20 else [
        f"only {same.sum()} of {starts} starts end in the best basin: it may not be the best; "
        "give more --starts"
    ]  # fmt: skip
    params = _named(theta, law)
    if params.get("g") == 0.0 or (law == "bnsl" and params["a"] == 0.0):
        notes.append("the floor is 0, its lowest value: the points show none")
    return CurveFit(
        law, params, of, len(data.x), float(np.sqrt(2 * costs[best] / len(data.x))),
        float(same.mean()), starts, theta, tuple(notes),
    )  # fmt: skip


class CurveRefits(msgspec.Struct, frozen=True, tag=True):
    """What the refits of one curve depend on; arrays as lists, so that it can be sent away."""

    x: list[float]
    target: list[float]
    """What is fitted: the curve, or its logarithm."""
    middle: list[float]
    """The fit of it."""
    residuals: list[float]
    theta: list[float]
    low: list[float]
    high: list[float]
    law: str
    of: str
    resample: str
    seed: int

    def rows(self, first: int, last: int, *, threads: int = 1) -> Array:
        """Return (last - first, n_params) theta of each resample."""
        x, target, middle, residuals, theta, low, high = (
            np.array(getattr(self, name))
            for name in ("x", "target", "middle", "residuals", "theta", "low", "high")
        )

        def refit(r: int) -> Array:
            key = seed_key(self.seed, "curve-bootstrap", self.resample, r)
            rows = np.array([integer(key, np.uint64(i), len(x)) for i in range(len(x))])
            if self.resample == "pairs":
                drawn, aim = x[rows], target[rows]
            else:
                drawn, aim = x, middle + residuals[rows]
            return _descend_to(drawn, aim, self.law, self.of, theta, low, high)[0]

        return np.array(map_ordered(refit, range(first, last), threads=threads))


def bootstrap_curve(
    data: CurveData,
    fit: CurveFit,
    *,
    resamples: int = 200,
    resample: str = "residual",
    seed: int = 0,
    threads: int = 1,
    spread: Spread | None = None,
) -> CurveDraws:
    """Refit a law to resamples of its curve, from the fit's optimum.

    Parameters
    ----------
    data : CurveData
        The points of ``fit``.
    fit : CurveFit
    resamples : int
        More keep the former ones.
    resample : str
        ``residual`` (the fit plus its residuals, scaled for the fitted parameters) or ``pairs``.
    seed, threads : int
        The result depends on the seed alone.
    spread : callable, optional
        Computes the refits elsewhere: `simlab.sweep.refit_task.spread_over`.

    Raises UsageError for an unknown resample or ``resamples`` below 1.
    """
    check_resample(resample, RESAMPLES)
    if resamples < 1:
        raise UsageError(f"bootstrap {resamples}: give at least 1")
    n, p = len(data.x), len(fit.theta)
    scale = SCALES[fit.of]
    middle = scale(fit.predict(data.x))
    residuals = scale(data.y) - middle
    residuals = (residuals - residuals.mean()) * np.sqrt(n / max(n - p, 1))
    breaks = (p - 3) // 3 if fit.law == "bnsl" else 0
    low, high, _ = _box(data, fit.law, breaks)

    refits = CurveRefits(
        x=data.x.tolist(),
        target=scale(data.y).tolist(),
        middle=middle.tolist(),
        residuals=residuals.tolist(),
        theta=fit.theta.tolist(),
        low=low.tolist(),
        high=high.tolist(),
        law=fit.law,
        of=fit.of,
        resample=resample,
        seed=seed,
    )
    thetas = (spread or in_threads(threads))(refits, resamples)
    params = np.array([list(_named(theta, fit.law).values()) for theta in thetas])
    return CurveDraws(fit.law, thetas, params)


def curve_intervals(
    fit: CurveFit, draws: CurveDraws, level: float
) -> dict[str, tuple[float, float]]:
    """Return the percentile interval of each parameter."""
    return {
        name: percentile_interval(draws.params[:, k], level) for k, name in enumerate(fit.params)
    }


def _law(law: str) -> Callable[[Array, Array], Array]:
    """Return the law as a function of theta and x."""
    if law == "power-law":
        return lambda t, x: np.exp(t[0] - t[1] * np.log(x))
    if law == "learning-curve":
        return lambda t, x: np.asarray(np.exp(t[0] - t[1] * np.log(x)) + t[2])

    def broken(t: Array, x: Array) -> Array:
        # theta: a, ln of the law's level at the middle x, c0, and ln d, c, ln f of each break
        parts = [
            Break(float(np.exp(d)), float(c), float(np.exp(f))) for d, c, f in t[3:].reshape(-1, 3)
        ]
        return broken_power_law(x, float(np.exp(t[1])), float(t[2]), a=float(t[0]), breaks=parts)

    return broken


def _named(theta: Array, law: str) -> dict[str, float]:
    t = theta.tolist()
    if law == "power-law":
        return {"a": float(np.exp(t[0])), "b": t[1]}
    if law == "learning-curve":
        return {"a": float(np.exp(t[0])), "b": t[1], "g": t[2]}
    named = {"a": t[0], "b": float(np.exp(t[1])), "c0": t[2]}
    for i in range((len(t) - 3) // 3):
        d, c, f = t[3 + 3 * i : 6 + 3 * i]
        named |= {f"d{i + 1}": float(np.exp(d)), f"c{i + 1}": c, f"f{i + 1}": float(np.exp(f))}
    return named


def _box(data: CurveData, law: str, breaks: int) -> tuple[Array, Array, Array]:
    """Return the lowest and highest theta, and (2, n) ends of the box that starts are drawn from.

    A floor lies between 0 and the lowest loss; exponents within +-10 (0 .. 10 without breaks).
    """
    x, y = np.log(data.x), data.y
    floor, level = float(y.min()), np.log(y.max())
    inf = np.inf
    if law == "power-law":
        rows = [(-inf, inf, level, level + 10), (-10.0, 10.0, 0.0, 1.0)]
    elif law == "learning-curve":
        rows = [(-inf, inf, level, level + 10), (1e-6, 10.0, 0.05, 1.5), (0.0, floor, 0.0, floor)]
    else:
        rows = [(0.0, floor, 0.0, floor), (-inf, inf, level - 1, level + 3),
                (-10.0, 10.0, 0.0, 0.5)]  # fmt: skip
        wide = max(float(np.ptp(x)), 1e-3)
        rows += [
            (x[0] - wide, x[-1] + wide, x[0], x[-1]), (-100.0, 100.0, -1.0, 4.0),
            (np.log(1e-4), np.log(10.0), np.log(0.02), np.log(1.0)),
        ] * breaks  # fmt: skip
    low, high, first, last = np.array(rows, np.float64).T
    return low, high, np.array([first, last])


def _descend(
    data: CurveData, law: str, of: str, start: Array, low: Array, high: Array
) -> tuple[Array, float]:
    return _descend_to(data.x, SCALES[of](data.y), law, of, start, low, high)


def _descend_to(
    x: Array, target: Array, law: str, of: str, start: Array, low: Array, high: Array
) -> tuple[Array, float]:
    """Return where a start ends and half the sum of squares there; infinity if it failed."""
    from scipy.optimize import least_squares

    function, scale = _law(law), SCALES[of]

    def residuals(theta: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            r = scale(function(theta, x)) - target
        return np.clip(np.where(np.isfinite(r), r, 1e3), -1e60, 1e60)  # squares must not overflow

    below, above = (np.where(np.isfinite(end), end, 0.0) for end in (low, high))
    inner = np.clip(start, low + 1e-9 * (1 + np.abs(below)), high - 1e-9 * (1 + np.abs(above)))
    try:
        done: Any = least_squares(
            residuals, inner, bounds=(low, high), x_scale="jac", xtol=1e-12, ftol=1e-12, gtol=1e-12,
            max_nfev=400,
        )  # fmt: skip
    except (ValueError, np.linalg.LinAlgError):
        return start, float("inf")
    theta = np.asarray(done.x, np.float64)
    # a floor that has run to its bound is the bound
    for k in (2,) if law == "learning-curve" else (0,) if law == "bnsl" else ():
        if theta[k] < 1e-9 * float(np.exp(np.abs(target).max()) if of == "log" else 1.0):
            theta[k] = 0.0
    return theta, float(0.5 * (residuals(theta) ** 2).sum())
