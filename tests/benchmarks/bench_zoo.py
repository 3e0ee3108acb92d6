"""Null curves of 8 scales simulated and scored, and binomial draws, against NumPy's Generator."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from simlab.emergence.null_scores import null_emergence_scores
from simlab.simulators.binomial import sample_counts
from simlab.streams import seed_key
from tests.benchmarks.bench_emergence import with_median
from tests.benchmarks.measure import SideBySide, count

Floats = NDArray[np.float64]

EXPECTED = np.exp(-np.exp(np.linspace(1.4, -1.5, 8)))  # .02 to .80: a smooth curve
RHO = 0.03
PEER_CURVES = 100_000


def drawn_and_scored(n_items: int, rho: float, n_curves: int) -> Floats:
    """Return emergence scores as one would write them in NumPy; inf and NaN where undefined."""
    rng = np.random.default_rng(0)
    p: Floats = EXPECTED
    if rho:
        strength = (1.0 - rho) / rho
        p = rng.beta(EXPECTED * strength, (1.0 - EXPECTED) * strength, (n_curves, 8))
    counts = rng.binomial(n_items, p, (n_curves, 8))
    with np.errstate(divide="ignore", invalid="ignore"):
        return with_median(counts / n_items)


def _same_distribution(ours: tuple[Floats, NDArray[np.int8]], peer: Floats) -> None:
    scores = ours[0][np.isfinite(ours[0])]
    peer = peer[np.isfinite(peer)]
    for q in 0.1, 0.5, 0.9:
        low, high = np.quantile(peer, [q - 0.02, q + 0.02])
        assert low <= np.quantile(scores, q) <= high


def _same_mean(ours: NDArray[np.int64], peer: NDArray[np.int64]) -> None:
    error = np.hypot(ours.std(0) / len(ours) ** 0.5, peer.std(0) / len(peer) ** 0.5)
    assert (np.abs(ours.mean(0) - peer.mean(0)) < 5 * error).all()


def benchmarks(quick: bool) -> list[SideBySide]:
    n_curves = 100_000 if quick else 1_000_000
    cases = ((100, 0.0), (1000, 0.0), (10_000, 0.0), (200, RHO))
    rows = [
        SideBySide(
            name=f"null curves, {count(n_curves)} of 8 scales, {n_items} items"
            + (f", rho {rho:g}" if rho else ""),
            unit="curve",
            ours=partial(null_emergence_scores, EXPECTED, n_items, rho=rho, n_curves=n_curves),
            work=n_curves,
            peer=partial(drawn_and_scored, n_items, rho, PEER_CURVES),
            peer_name="NumPy",
            peer_work=PEER_CURVES,
            goal=10.0,
            check=_same_distribution,
        )
        for n_items, rho in cases
    ]
    keys, rng = [seed_key(0, "benchmark", s) for s in range(8)], np.random.default_rng(0)
    rows += [
        SideBySide(
            name=f"binomial draws, {n_items} items, no tables",
            unit="draw",
            ours=partial(sample_counts, keys, n_items, EXPECTED, n_draws=PEER_CURVES),
            work=8 * PEER_CURVES,
            peer=partial(rng.binomial, n_items, EXPECTED, (PEER_CURVES, 8)),
            peer_name="Generator.binomial",
            peer_work=8 * PEER_CURVES,
            check=_same_mean,
        )
        for n_items in (100, 10_000)
    ]
    return rows
