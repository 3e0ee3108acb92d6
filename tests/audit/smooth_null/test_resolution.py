import math

import numpy as np
import pytest
from scipy.stats import binom

from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_null import resolution, sharpness
from simlab.audit.smooth_null.resolution import items_needed
from simlab.errors import UsageError
from simlab.simulators.zoo.kinds import default_log_scales
from simlab.simulators.zoo.simulate import simulate

X = default_log_scales(8)


def resolved(counts, items, chance=0.0):
    curves = CountCurves.from_counts(X, counts, items, chance=chance)
    return resolution(curves, sharpness(curves, replicates=19))


@pytest.mark.parametrize(("L", "items"), list(enumerate([32, 356, 3_898, 42_574, 464_851], 1)))
def test_items_for_a_first_hit_are_the_published_case(L, items):
    p = math.exp(-((3.5e8 / 2e9) ** -0.5))
    assert items_needed(p**L, 0.0) == items


def test_items_above_chance_have_the_power_that_they_promise():
    n = int(items_needed(0.30, 0.25))
    cut = binom.isf(0.05, n, 0.25)
    assert binom.sf(cut, n, 0.30) == pytest.approx(0.8, abs=0.05)
    assert math.isinf(items_needed(0.2, 0.25))


def test_zeros_of_a_smooth_curve_on_few_items_are_no_news():
    counts = simulate("zeros", X, 50, n_curves=60, seed=1)
    found = resolved(counts, 50)
    flat = found.n_flat > 0
    assert flat.mean() > 0.9
    assert (found.p[flat] < 0.05).sum() <= binom.ppf(0.999, flat.sum(), 0.05)
    assert np.median(found.items_needed) > 50


def test_zeros_that_contradict_the_smooth_fit_are_found():
    found = resolved([[0, 0, 0, 0, 0, 300, 400, 450]], 500)
    assert found.n_flat[0] == 5
    assert found.p[0] < 0.01


def test_flat_starts_count_points_not_above_chance():
    found = resolved(
        [[25, 24, 27, 25, 60, 80, 90, 95], [90, 91, 92, 93, 94, 95, 96, 97]], 100, 0.25
    )
    assert found.n_flat.tolist() == [4, 0]
    assert np.isnan(found.p[1])
    assert 0.0 < found.p[0] <= 1.0


def test_both_arguments_must_belong_together():
    curves = CountCurves.from_counts(X, [[0, 0, 0, 0, 1, 2, 5, 9]] * 2, 10)
    with pytest.raises(UsageError, match="give both"):
        resolution(curves, sharpness(curves.take([0]), replicates=19))
