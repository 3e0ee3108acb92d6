import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.emergence.cluster_bootstrap import (
    LEAST_CLUSTERS,
    Interval,
    percentile_interval,
    ratio_replicates,
    share_interval,
)
from simlab.errors import DataError, UsageError
from simlab.intervals import wilson
from simlab.streams import seed_key
from tests.naive import emergence as naive

COUNTS = st.integers(0, 9).map(float)


@settings(max_examples=40)
@given(st.data(), st.integers(1, 6), st.integers(1, 3), st.integers(0, 2**64 - 1))
def test_replicates_are_those_of_the_oracle(
    data: st.DataObject, n_clusters: int, n_ratios: int, key: int
) -> None:
    rows = st.lists(
        st.lists(COUNTS, min_size=n_clusters, max_size=n_clusters),
        min_size=n_ratios,
        max_size=n_ratios,
    )
    top, bottom = data.draw(rows), data.draw(rows)
    found = ratio_replicates(top, bottom, np.uint64(key), replicates=5)
    np.testing.assert_array_equal(found, naive.ratio_replicates(top, bottom, key, 5))


def test_more_replicates_leave_the_first_as_they_are() -> None:
    top, bottom = [[1.0, 0.0, 3.0]], [[2.0, 2.0, 5.0]]
    few = ratio_replicates(top, bottom, seed_key(4), replicates=10)
    many = ratio_replicates(top, bottom, seed_key(4), replicates=30)
    np.testing.assert_array_equal(few, many[:10])


def test_equal_ratios_never_differ() -> None:
    n = np.arange(1.0, 9.0)
    drawn = ratio_replicates([0.25 * n, n], [n, 4 * n], seed_key(1), replicates=50)
    np.testing.assert_array_equal(drawn, 0.25)


def test_percentiles_are_order_statistics() -> None:
    drawn = np.random.default_rng(0).permutation(np.arange(1.0, 1000.0))
    assert percentile_interval(500.0, drawn) == Interval(500.0, 25.0, 975.0)
    drawn[drawn > 900] = math.inf
    assert percentile_interval(math.nan, drawn) == Interval(None, 25.0, None)
    assert percentile_interval(1.0, np.full(9, math.nan)) == Interval(1.0, None, None)


def test_a_share_of_none_or_all_has_wilsons_interval() -> None:
    n = np.full(12, 7.0)
    for top in (0 * n, n):
        drawn = ratio_replicates([top], [n], seed_key(0), replicates=99)[:, 0]
        low, high = wilson(top[0] / 7 * 12, 12)
        share = share_interval(top, n, drawn)
        assert share == Interval(top[0] / 7, float(low), float(high))
        assert share.low != share.high


def test_few_clusters_give_no_interval() -> None:
    n = np.ones(LEAST_CLUSTERS - 1)
    assert share_interval(n * 0.5, n, np.full(9, 0.5)) == Interval(0.5, None, None)
    assert share_interval(0 * n, 0 * n, np.full(9, 0.5)) == Interval(None, None, None)


def test_the_interval_covers_the_truth() -> None:
    """Clusters of unequal size with correlated outcomes: about 95% of intervals hold the truth."""
    rng = np.random.default_rng(7)
    n_runs, n_clusters, hits = 400, 40, 0
    for run in range(n_runs):
        size = rng.integers(2, 12, n_clusters).astype(float)
        shares = rng.beta(2.0, 3.0, n_clusters)  # mean 0.4, the same for all sizes
        top = rng.binomial(size.astype(int), shares).astype(float)
        drawn = ratio_replicates([top], [size], seed_key(run), replicates=299)[:, 0]
        interval = share_interval(top, size, drawn)
        assert interval.low is not None
        assert interval.high is not None
        hits += interval.low <= 0.4 <= interval.high
    # percentile intervals of 40 clusters cover about 94%; 4 standard errors of 400 runs are 4.7%
    assert 0.89 <= hits / n_runs <= 0.985


def test_curves_of_a_task_are_no_independent_observations() -> None:
    """Copying every curve of a task does not narrow the interval."""
    rng = np.random.default_rng(3)
    top, n = rng.integers(0, 5, 30).astype(float), np.full(30, 4.0)
    once = ratio_replicates([top], [n], seed_key(1), replicates=199)
    many = ratio_replicates([10 * top], [10 * n], seed_key(1), replicates=199)
    np.testing.assert_allclose(once, many, rtol=1e-14)


def test_wrong_arguments() -> None:
    with pytest.raises(DataError, match=r"shapes \(1, 2\) and \(1, 3\)"):
        ratio_replicates([[1, 2]], [[1, 2, 3]], seed_key(0), replicates=9)
    with pytest.raises(DataError, match="not finite"):
        ratio_replicates([[math.inf]], [[1]], seed_key(0), replicates=9)
    with pytest.raises(UsageError, match="replicates 0"):
        ratio_replicates([[1]], [[1]], seed_key(0), replicates=0)
    with pytest.raises(UsageError, match="level 1"):
        percentile_interval(0.5, np.ones(9), level=1.0)
