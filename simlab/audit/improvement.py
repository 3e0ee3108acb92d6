"""Does a curve improve at all: over a flat line, and over chance, by exact tests.

Over a flat line: the right answers of the larger scales against those of the smaller ones, given
their sum (Fisher's exact test; on shared items the stratified one), one-sided, for five places of
the cut: above the smallest scale, the smallest quarter, the half, and below the largest quarter and
the largest scale. p_flat combines them by Simes' rule, min over k of m p_(k) / k (Simes 1986,
Biometrika 73, 751-754), which holds for tests that lean the same way, as these do. Over chance:
the exact binomial tail at the largest scale. To improve is to do both, so p is the larger of the
two (an intersection-union test: Berger 1982, Technometrics 24, 295-300), which keeps its level on
flat curves and on curves at chance alike.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.audit.count_curves import AUDIT_KEY, CountCurves
from simlab.audit.fisher_tail import fisher_tail
from simlab.audit.stratified_items import MOST_ITEMS, stratified_p
from simlab.emergence.item_bootstrap import item_curves
from simlab.errors import DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Improvement:
    """The tests of each curve, all (n_curves,) float64."""

    p: Floats
    """The larger of the next two."""
    p_flat: Floats
    p_chance: Floats
    first: Floats
    """Share of right answers at the smallest scale."""
    last: Floats
    """Share of right answers at the largest scale."""


def improvement(
    curves: CountCurves, items: pl.DataFrame | None = None, *, rho: Floats | None = None
) -> Improvement:
    """Return whether each curve improves over a flat line and over chance.

    Parameters
    ----------
    curves : CountCurves
    items : polars.DataFrame, optional
        Outcomes of items (`simlab.items.item_table`): curves of bits on shared items are tested
        item by item.
    rho : ndarray, optional
        (n_curves,) float64: correlation of answers within a model, beyond its place on the curve.
        A model's n items then count n / (1 + (n - 1) rho), and no curve is tested item by item.

    >>> curves = CountCurves.from_counts([0, 1, 2, 3], [[2, 3, 2, 9], [3, 2, 2, 3]], 10)
    >>> found = improvement(curves)
    >>> found.p.round(4).tolist(), found.last.tolist()
    ([0.001, 0.8031], [0.9, 0.3])
    """
    n_curves, curve = len(curves), curves.curve
    worth = 1.0 - curves.pairing[curve]  # against a fixed level, pairing gains nothing
    n, own = curves.items, curves.items * worth
    if rho is not None:
        inflation = _inflation(rho, n_curves)[curve]
        n = n / (1.0 + np.maximum(n - 1.0, 0.0) * inflation)
        own = own / (1.0 + np.maximum(own - 1.0, 0.0) * inflation)
    from_top, n_scales = _ranks(curves)
    bits = _bits(items, curves) if items is not None and rho is None else {}
    quarter, half = -(-n_scales // 4), -(-n_scales // 2)
    cuts = np.stack([np.ones_like(half), quarter, half, n_scales - quarter, n_scales - 1])
    tests = np.full(cuts.shape, np.nan)
    for i, n_top in enumerate(cuts):
        fresh = (n_top < n_scales) & (cuts[:i] != n_top).all(axis=0)
        p = _top_against_rest(curves, n, from_top < n_top[curve])
        for c, values in bits.items():
            if fresh[c]:
                p[c] = stratified_p(values, int(n_top[c]))
        tests[i] = np.where(fresh, p, np.nan)
    p_flat = simes(tests)
    largest, smallest = from_top == 0, from_top == n_scales[curve] - 1
    p_chance = _above_chance(curves, own, largest)
    return Improvement(
        np.maximum(p_flat, p_chance),
        p_flat,
        p_chance,
        _pooled(curves, smallest),
        _pooled(curves, largest),
    )


def successive_rho(curves: CountCurves) -> Floats:
    """Return the scatter between models that neighbouring points of each curve show, as a rho.

    A difference d of two neighbours with a common accuracy p has the mean square
    p (1 - p) [1/n1 + 1/n2 + rho ((n1 - 1)/n1 + (n2 - 1)/n2)]; summed over a curve and solved for
    rho, cut to 0 .. 1 (the mean square successive difference of von Neumann 1941, Annals of
    Mathematical Statistics 12, 367-395). A slow trend adds little to it, wherever its floor is.

    Returns
    -------
    ndarray
        (n_curves,) float64.

    >>> curves = CountCurves.from_counts([0, 1, 2, 3], [[40, 44, 49, 53], [30, 70, 35, 65]], 100)
    >>> successive_rho(curves).round(3).tolist()
    [0.0, 0.241]
    """
    a = np.flatnonzero(np.diff(curves.curve) == 0)
    n1, n2 = curves.items[a], curves.items[a + 1]
    share = (curves.right[a] + curves.right[a + 1]) / (n1 + n2)
    spread = share * (1.0 - share)
    square = np.diff(curves.share)[a] ** 2
    excess = square - spread * (1.0 / n1 + 1.0 / n2)
    weight = spread * ((n1 - 1.0) / n1 + (n2 - 1.0) / n2)
    top = np.bincount(curves.curve[a], excess, minlength=len(curves))
    bottom = np.bincount(curves.curve[a], weight, minlength=len(curves))
    some = bottom > 0
    return np.clip(np.where(some, top / np.where(some, bottom, 1.0), 0.0), 0.0, 1.0)


def simes(p: Floats) -> Floats:
    """Return one p for the p-values of each column, by Simes' rule; NaN are no tests.

    >>> simes(np.array([[0.01, 0.5], [0.03, np.nan], [0.02, np.nan]])).tolist()
    [0.03, 0.5]
    """
    ranked = np.sort(p, axis=0)  # NaN last
    rank = np.arange(1.0, len(p) + 1.0)[:, np.newaxis]
    scaled = np.count_nonzero(~np.isnan(p), axis=0) * ranked / rank
    return np.asarray(np.minimum(1.0, np.nan_to_num(scaled, nan=1.0).min(axis=0)))


def _inflation(rho: Floats, n_curves: int) -> Floats:
    given = np.nan_to_num(np.asarray(rho, np.float64))
    if given.shape != (n_curves,) or (given < 0).any() or (given > 1).any():
        raise DataError(f"improvement: rho has shape {given.shape}; give {n_curves} from 0 to 1")
    return given


def _ranks(curves: CountCurves) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many larger scales there are per point, and how many scales per curve."""
    curve = curves.curve
    step = np.ones(len(curve), np.int64)
    step[1:] = (np.diff(curves.x) > 0) | (np.diff(curve) > 0)
    running = np.cumsum(step)
    last = running[curves.offsets[1:] - 1]
    first = running[curves.offsets[:-1]]
    return last[curve] - running, last - first + 1


def _sum(curves: CountCurves, values: Floats, which: NDArray[np.bool_]) -> Floats:
    weights = np.where(which, values, 0.0)
    return np.asarray(np.bincount(curves.curve, weights, minlength=len(curves)), np.float64)


def _pooled(curves: CountCurves, which: NDArray[np.bool_]) -> Floats:
    return _sum(curves, curves.right, which) / _sum(curves, curves.items, which)


def _top_against_rest(curves: CountCurves, n: Floats, top: NDArray[np.bool_]) -> Floats:
    """Return Fisher's p of each curve; counts that are not whole are rounded against it."""
    right = curves.share * n
    a, b = _sum(curves, right, top), _sum(curves, right, ~top)
    a, b = np.floor(a + 1e-6), np.ceil(b - 1e-6)
    wrong_a = np.ceil(_sum(curves, n - right, top) - 1e-6)
    wrong_b = np.floor(_sum(curves, n - right, ~top) + 1e-6)
    return fisher_tail(a, a + wrong_a, a + b, a + b + wrong_a + wrong_b)


def _above_chance(curves: CountCurves, n: Floats, largest: NDArray[np.bool_]) -> Floats:
    """Return the binomial tail at the largest scale; replicates there are pooled."""
    from scipy.special import betainc

    items = _sum(curves, n, largest)
    right = np.minimum(_sum(curves, curves.share * n, largest), items)
    some = right > 0
    tail = betainc(np.where(some, right, 1.0), items - right + 1.0, curves.chance)
    return np.where(some, tail, 1.0)


def _bits(items: pl.DataFrame, curves: CountCurves) -> dict[int, NDArray[np.float64]]:
    """Return the matrix of bits of each curve that has one of its own, (n_scales, n_items)."""
    number = {key: i for i, key in enumerate(curves.keys.select(AUDIT_KEY).iter_rows())}
    found: dict[int, NDArray[np.float64]] = {}
    several = set()
    for held in item_curves(items):
        i = number.get(tuple(held.key[c] for c in AUDIT_KEY))
        fits = i is not None and len(held.values) == curves.offsets[i + 1] - curves.offsets[i]
        if i is None or not fits or held.values.shape[1] > MOST_ITEMS:
            continue
        if np.isin(held.values, (0.0, 1.0)).all():
            if i in found:
                several.add(i)
            found[i] = held.values
    return {i: values for i, values in found.items() if i not in several}
