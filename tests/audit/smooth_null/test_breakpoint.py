import dataclasses

import numpy as np
import pytest
from scipy.stats import binom

from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_null import breakpoints
from simlab.errors import UsageError
from simlab.simulators.zoo.breaks import Hinge, Step
from simlab.simulators.zoo.kinds import default_log_scales
from simlab.simulators.zoo.simulate import simulate


@pytest.mark.parametrize(
    ("kind", "n_items"), [(Hinge(), 500), (Step(), 200), (Step(rho=0.02), 500)]
)
def test_intervals_cover_the_break_nine_times_in_ten(kind, n_items):
    x = default_log_scales(12)
    places = np.random.default_rng(1).uniform(np.log(1e9), np.log(2e10), 30)
    rows, each = [], 3
    for i, place in enumerate(places):
        moved = dataclasses.replace(kind, break_at=float(np.exp(place)))
        rows.append(simulate(moved, x, n_items, n_curves=each, seed=i))
    found = breakpoints(CountCurves.from_counts(x, np.concatenate(rows), n_items), threads=2)
    truth = np.repeat(places, each)
    ok = ~np.isnan(found.at)
    assert ok.mean() > 0.9
    covered = ((found.low <= truth) & (truth <= found.high))[ok].sum()
    low, high = binom.ppf([0.001, 0.999], ok.sum(), [0.87, 0.93])
    assert low <= covered <= high + 0.05 * ok.sum()
    assert (found.low <= found.at)[ok].all()
    assert (found.at <= found.high)[ok].all()


def test_a_smooth_curve_on_few_items_has_no_place_to_break():
    x = default_log_scales(8)
    counts = simulate("gumbel", x, 50, n_curves=40, seed=2)
    found = breakpoints(CountCurves.from_counts(x, counts, 50))
    assert np.isnan(found.at).mean() > 0.5
    np.testing.assert_array_equal(np.isnan(found.at), np.isnan(found.low))


def test_steps_and_hinges_are_told_apart_with_enough_items():
    x = default_log_scales(12)
    shares = [
        breakpoints(
            CountCurves.from_counts(x, simulate(kind, x, 2000, n_curves=20, seed=2), 2000)
        ).step_share.mean()
        for kind in ("step", "strong-hinge")
    ]
    assert shares[0] > 0.9 > 0.1 > shares[1]


def test_a_wider_level_gives_a_wider_interval():
    x = default_log_scales(12)
    curves = CountCurves.from_counts(x, simulate("step", x, 200, n_curves=5, seed=2), 200)
    half, most = breakpoints(curves, level=0.5), breakpoints(curves, level=0.95)
    assert (most.low < half.low).all()
    assert (half.high < most.high).all()
    with pytest.raises(UsageError, match="level"):
        breakpoints(curves, level=1.0)


def test_too_few_scales_have_no_break():
    found = breakpoints(CountCurves.from_counts([1.0, 2.0, 3.0], [[0, 1, 9]], 10))
    assert np.isnan(found).all()
