import numpy as np
import pytest
from scipy.stats import binom

from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_null import forecast
from simlab.errors import UsageError
from simlab.simulators.zoo.kinds import default_log_scales
from simlab.simulators.zoo.simulate import simulate

X = default_log_scales(12)


def zoo_curves(kind, n_curves, *, chance=0.0, n_items=200):
    counts = simulate(kind, X, n_items, chance=chance, n_curves=n_curves, seed=4)
    return CountCurves.from_counts(X, counts, n_items, chance=chance)


def test_intervals_cover_held_out_scores_of_smooth_curves():
    covered = total = 0
    for kind, chance in (
        ("gumbel", 0.0), ("logistic", 0.0), ("flat", 0.25), ("saturating", 0.0),
        ("gamma-difficulty", 0.0), ("overdispersed", 0.0), ("gumbel", 0.25),
    ):  # fmt: skip
        curves = zoo_curves(kind, 20, chance=chance)
        found = forecast(curves, threads=2)
        inside = (found.low <= curves.share) & (curves.share <= found.high)
        covered += inside[found.held_out].sum()
        total += found.held_out.sum()
    # three points of a curve share its fit: a third as many are independent
    low, high = binom.ppf([0.001, 0.999], total // 3, [0.87, 0.93]) * 3
    assert low <= covered <= high


def test_a_late_hinge_is_not_foreseen():
    found = forecast(zoo_curves("strong-hinge", 30), held_out=0.5)
    assert np.median(found.p_above) < 0.1
    smooth = forecast(zoo_curves("gumbel", 30), held_out=0.5)
    assert np.median(smooth.p_above) > 0.2


def test_only_the_largest_scales_are_held_out():
    curves = zoo_curves("gumbel", 2)
    found = forecast(curves)
    assert found.held_out.reshape(2, 12).tolist() == [[False] * 9 + [True] * 3] * 2
    np.testing.assert_array_equal(np.isnan(found.predicted), ~found.held_out)
    held = found.held_out
    assert (found.low[held] <= found.predicted[held]).all()
    assert (found.predicted[held] <= found.high[held]).all()


def test_held_out_scores_do_not_enter_the_forecast():
    curves = zoo_curves("gumbel", 1)
    other = CountCurves.from_counts(X, [[*curves.right[:9], 0, 0, 0]], 200)
    np.testing.assert_array_equal(forecast(curves).predicted, forecast(other).predicted)


def test_more_items_narrow_the_interval():
    few, many = (forecast(zoo_curves("gumbel", 10, n_items=n)) for n in (50, 2000))
    held = few.held_out
    assert np.median((many.high - many.low)[held]) < 0.7 * np.median((few.high - few.low)[held])


def test_forecasts_depend_neither_on_threads_nor_on_company():
    curves = zoo_curves("gumbel", 20)
    whole, threaded = forecast(curves, seed=2), forecast(curves, seed=2, threads=2)
    for one, other in zip(whole, threaded, strict=True):
        np.testing.assert_array_equal(one, other)
    alone = forecast(curves.take([13]), seed=2)
    np.testing.assert_array_equal(alone.low, whole.low[13 * 12 : 14 * 12])


def test_too_few_scales_give_no_forecast():
    found = forecast(CountCurves.from_counts([1.0, 2.0, 3.0], [[0, 1, 9]], 10))
    assert not found.held_out.any()
    assert np.isnan(found.p_above).all()


@pytest.mark.parametrize("bad", [{"held_out": 0.0}, {"held_out": 1.0}, {"level": 1.5}])
def test_options_out_of_range_are_refused(bad):
    with pytest.raises(UsageError, match="between 0 and 1"):
        forecast(zoo_curves("gumbel", 1), **bad)
