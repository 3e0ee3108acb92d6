import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from simlab.audit.smooth_null import dispersion
from tests.naive import smooth_null as naive


def test_prior_sums_to_one_and_starts_at_the_least_scatter():
    rhos, weights = naive.rho_grid()
    assert pytest.approx(rhos) == dispersion.RHO
    assert np.exp(dispersion.LOG_PRIOR) == pytest.approx(weights)
    assert sum(weights) == pytest.approx(1.0)
    assert dispersion.RHO[0] == dispersion.LEAST


@given(
    st.lists(st.tuples(st.floats(0, 400), st.floats(0.5, 20_000)), min_size=4, max_size=12),
    st.floats(0.1, 1.0),
)
def test_likelihoods_of_the_scatter_equal_the_oracle(points, keep):
    parts, items = np.array(points).T
    shrink = np.empty((dispersion.N_RHO, len(items)))
    half_log, out = np.empty(dispersion.N_RHO), np.empty(dispersion.N_RHO)
    dispersion.prepare(items, shrink, half_log)
    dispersion.log_likelihoods(parts.copy(), shrink, half_log, keep, out)
    expected = naive.log_weights(parts, items, keep)
    assert out == pytest.approx(expected, rel=1e-9, abs=1e-9)
    dispersion.log_likelihoods(parts.copy(), shrink, half_log, 1.0, out)
    assert dispersion.log_sum_exp(out) == pytest.approx(naive.log_marginal(parts, items), rel=1e-9)


def test_draws_follow_the_weights():
    weights = np.exp(-np.arange(dispersion.N_RHO) / 3.0)
    weights /= weights.sum()
    logs = np.log(weights) - 700.0  # far from 0: only differences count
    n = 20_000
    drawn = [dispersion.draw_rho(logs, np.uint64(5), np.uint64(i)) for i in range(n)]
    counts = np.bincount(drawn, minlength=dispersion.N_RHO)
    assert chisquare(counts, weights * n).pvalue > 1e-3


def test_mean_of_rho_lies_on_the_side_of_the_data():
    items = np.full(8, 200.0)
    shrink, half_log = np.empty((dispersion.N_RHO, 8)), np.empty(dispersion.N_RHO)
    dispersion.prepare(items, shrink, half_log)
    means = []
    for part in (0.5, 2.0, 8.0, 30.0):
        out = np.empty(dispersion.N_RHO)
        dispersion.log_likelihoods(np.full(8, part), shrink, half_log, 0.5, out)
        means.append(dispersion.mean_rho(out))
    assert means == sorted(means)
    assert means[0] < 0.01
    assert means[-1] > 0.05
    assert not math.isnan(sum(means))
