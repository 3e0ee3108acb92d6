import numpy as np
import pytest
from scipy.stats import binom

from simlab.audit.count_curves import CountCurves
from simlab.audit.smooth_null import sharpness
from simlab.audit.smooth_null.breaks import KINDS
from simlab.errors import UsageError
from simlab.simulators.zoo.kinds import default_log_scales
from simlab.simulators.zoo.simulate import simulate
from simlab.simulators.zoo.smooth import Gumbel

X = default_log_scales(8)


def zoo_curves(kind, n_curves, *, n_items=200, chance=0.0, x=X, seed=3):
    counts = simulate(kind, x, n_items, chance=chance, n_curves=n_curves, seed=seed)
    return CountCurves.from_counts(x, counts, n_items, chance=chance)


@pytest.mark.parametrize(
    ("kind", "chance"),
    [
        ("gumbel", 0.0),
        ("gumbel", 0.25),
        ("overdispersed", 0.0),
        (Gumbel(rho=0.01), 0.0),
        ("saturating", 0.0),
        ("gamma-difficulty", 0.0),
        ("log-normal-difficulty", 0.0),
        ("flat", 0.25),
    ],
)
def test_smooth_curves_are_seldom_called_sharp(kind, chance):
    n = 100
    p = sharpness(zoo_curves(kind, n, chance=chance), replicates=59).p
    assert (p <= 0.05).sum() <= binom.ppf(0.999, n, 0.05)
    assert (p <= 0.2).sum() <= binom.ppf(0.9999, n, 0.2)


@pytest.mark.parametrize(("kind", "least"), [("step", 0.9), ("strong-hinge", 0.75), ("steep", 0.8)])
def test_breaks_are_called_sharp(kind, least):
    n = 40
    p = sharpness(zoo_curves(kind, n), replicates=59).p
    assert (p <= 0.05).sum() >= binom.ppf(0.001, n, least)


def test_p_values_depend_neither_on_threads_nor_on_company():
    curves = zoo_curves("mild-hinge", 20)
    whole = sharpness(curves, replicates=39, seed=5)
    threaded = sharpness(curves, replicates=39, seed=5, threads=2)
    for one, other in zip(whole, threaded, strict=True):
        np.testing.assert_array_equal(one, other)
    few = sharpness(curves.take([17, 3]), replicates=39, seed=5)
    for name in ("p", "replicates", "statistic", "slope", "rho"):
        np.testing.assert_array_equal(getattr(few, name), getattr(whole, name)[[17, 3]])
    assert (sharpness(curves, replicates=39, seed=6).p != whole.p).any()


def test_p_is_a_share_of_the_replicates():
    found = sharpness(zoo_curves("mild-hinge", 30), replicates=99)
    stopped = found.replicates < 99
    np.testing.assert_allclose(found.p[stopped], 20 / found.replicates[stopped])
    reached = found.p[~stopped] * (found.replicates[~stopped] + 1)
    np.testing.assert_allclose(reached, np.rint(reached), atol=1e-9)
    assert stopped.any()
    assert (~stopped).any()


def test_more_replicates_go_on_where_fewer_stopped():
    curves = zoo_curves("step", 5)
    few, more = sharpness(curves, replicates=19), sharpness(curves, replicates=199)
    assert (few.p >= 0.05).all()
    assert (more.p <= 0.05).all()
    np.testing.assert_array_equal(few.statistic, more.statistic)


def test_what_cannot_be_tested_is_nan():
    curves = CountCurves.from_counts([1.0, 2.0, 3.0], [[0, 1, 5]], 10)
    found = sharpness(curves, replicates=19)
    assert np.isnan(found.p).all()
    assert np.isnan(found.fitted).all()
    assert found.replicates.tolist() == [0]
    one_scale = CountCurves.from_counts([1.0, 1.0, 1.0, 1.0], [[0, 1, 5, 2]], 10)
    assert np.isnan(sharpness(one_scale, replicates=19).p).all()


def test_replicates_at_one_scale_are_points_of_their_own():
    x = np.repeat(X, 2)
    counts = np.repeat(simulate("step", X, 200, n_curves=1, seed=3), 2, axis=1)
    found = sharpness(CountCurves.from_counts(x, counts, 200), replicates=59)
    assert found.p[0] < 0.05
    assert found.kinds == ["step"]
    flat = sharpness(CountCurves.from_counts(x, np.full((1, 16), 50), 200), replicates=19)
    assert flat.p[0] > 0.5


def test_fitted_slope_lies_within_its_error():
    kind = Gumbel(slope=-0.5)
    found = sharpness(zoo_curves(kind, 100, n_items=1000), replicates=19)
    z = (found.slope - 0.5) / found.slope_error
    inside = (np.abs(z) < 2).sum()
    assert inside >= binom.ppf(1e-4, 100, 0.9)
    assert abs(np.median(found.slope) - 0.5) < 0.05


def test_steep_curves_show_their_slope():
    found = sharpness(zoo_curves("steep", 20, n_items=1000), replicates=19)
    assert np.median(found.slope) > 1.5
    assert (found.smooth_slope <= 1.0).all()
    loose = sharpness(zoo_curves("steep", 20, n_items=1000), replicates=19, most_slope=5.0)
    assert np.median(loose.p) > 0.05


def test_bimodal_runs_scatter_beyond_any_break():
    mixed = sharpness(zoo_curves("seed-mixture", 40, x=default_log_scales(12)), replicates=19)
    step = sharpness(zoo_curves("overdispersed-step", 40), replicates=19)
    assert np.median(mixed.scatter) > 0.1
    assert step.scatter.max() < 0.1


def test_progress_ends_at_one_and_no_curve_is_no_error():
    shares = []
    sharpness(zoo_curves("gumbel", 20), replicates=19, progress=shares.append)
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    none = sharpness(zoo_curves("gumbel", 2).take(np.array([], int)), replicates=19)
    assert none.p.shape == (0,)


@pytest.mark.parametrize("bad", [{"replicates": 18}, {"most_slope": 0.0}, {"most_slope": 99.0}])
def test_options_out_of_range_are_refused(bad):
    with pytest.raises(UsageError, match="give"):
        sharpness(zoo_curves("gumbel", 2), **bad)


def test_kinds_have_names():
    assert KINDS == ("none", "steep", "step", "hinge")
