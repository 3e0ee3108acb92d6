"""Figures of fits: what they hold, and that they can be drawn."""

import numpy as np
import pytest

from simlab.charts.envelope import envelope_figure
from simlab.charts.export import write_figures
from simlab.charts.isoflop import frontier_figure, isoflop_figure
from simlab.charts.loss_contours import contour_figure
from simlab.charts.one_curve import curve_figure
from simlab.fitting.curve_fit import bootstrap_curve, curve_data, fit_curve
from simlab.fitting.envelope import bootstrap_envelope, fit_envelope
from simlab.fitting.isoflop import fit_isoflop
from simlab.fitting.isoflop_bootstrap import bootstrap_isoflop
from simlab.fitting.runs import training_runs
from simlab.laws.chinchilla import BESIROGLU, chinchilla_loss, compute_optimum
from simlab.simulators.training_runs import isoflop_design, simulate_training_runs


@pytest.fixture(scope="module")
def curves():
    return simulate_training_runs(*isoflop_design([1e18, 1e19, 1e20], sizes=7), points=20)


def values(figure, k):
    return figure.spec()["layer"][k]["data"]["values"]


def test_profiles_hold_every_run_and_one_minimum_a_budget(curves):
    runs = curves.final_runs()
    figure = isoflop_figure(runs, fit_isoflop(runs))
    assert len(values(figure, 2)) == 21
    minima = values(figure, 3)
    assert [m["budget"] for m in minima] == ["1e18", "1e19", "1e20"]
    fitted = [p.n_params for p in fit_isoflop(runs).used]
    assert [m["n"] for m in minima] == fitted
    assert "refused" not in figure.caption


def test_refused_profiles_are_dashed_and_said(curves):
    runs = curves.final_runs()
    loss = runs.loss.copy()
    loss[:7] = loss[:7].max() * 2 - loss[:7]
    spoilt = training_runs(runs.n_params, loss, flops=runs.flops)
    figure = isoflop_figure(spoilt, fit_isoflop(spoilt))
    assert "Dashed: 1 refused" in figure.caption
    assert len(values(figure, 3)) == 2
    assert {row["kind"] for row in values(figure, 1)} == {"curve", "refused"}


def test_frontiers_of_several_approaches_with_bands_and_truth(curves):
    runs = curves.final_runs()
    profile, envelope = fit_isoflop(runs), fit_envelope(curves, points=60)
    shown = {
        "approach 1": (envelope.frontier, bootstrap_envelope(curves, envelope, resamples=20)),
        "approach 2": (profile.frontier, bootstrap_isoflop(runs, profile, resamples=20)),
    }
    points = {"approach 2": [(p.flops, p.n_params) for p in profile.used]}
    figure = frontier_figure(shown, points, level=0.9, at=[1e24], truth=profile.frontier)
    lines = values(figure, 0)
    assert {row["approach"] for row in lines} == {"approach 1", "approach 2"}
    assert max(row["c"] for row in lines) == pytest.approx(1e24)
    assert all(row["low"] <= row["high"] for row in lines)
    assert "dashed: the truth" in figure.caption
    plain = frontier_figure({"approach 2": (profile.frontier, None)}, {}, level=0.9)
    assert "shaded" not in plain.caption


def test_the_envelope_lies_under_all_curves(curves):
    figure = envelope_figure(curves, fit_envelope(curves, points=200))
    assert len({row["run"] for row in values(figure, 0)}) == 21
    lowest = sorted((row["c"], row["loss"]) for row in values(figure, 1))
    for row in values(figure, 0):
        near = min(lowest, key=lambda pair: abs(np.log(pair[0] / row["c"])))
        if abs(np.log(near[0] / row["c"])) < 0.01:
            assert near[1] <= row["loss"] * 1.01


def test_contours_are_points_of_equal_loss(curves):
    figure = contour_figure(curves.final_runs(), BESIROGLU)
    for row in values(figure, 0)[::50]:
        loss = chinchilla_loss(row["n"], row["c"] / 6 / row["n"], constants=BESIROGLU)
        assert float(loss) == pytest.approx(row["loss"], rel=1e-9)
    for row in values(figure, 2):
        assert row["n"] == pytest.approx(float(compute_optimum(row["c"]).n_params), rel=1e-9)


def test_a_curve_with_points_that_were_not_fitted():
    x = np.geomspace(1e3, 1e7, 9)
    data = curve_data(x, 30 * x**-0.4 + 0.2 + 0.001 * np.cos(np.arange(9)))
    part = curve_data(x[:6], data.y[:6])
    fit = fit_curve(part, "learning-curve", starts=4)
    draws = bootstrap_curve(part, fit, resamples=10)
    figure = curve_figure(data, fit, draws, first=6, level=0.9, at=[1e9])
    assert [len(values(figure, k)) for k in (2, 3)] == [6, 3]
    assert "hollow: not fitted" in figure.caption
    assert max(row["x"] for row in values(figure, 0)) == pytest.approx(1e9)


def test_they_can_be_drawn(curves, tmp_path):
    runs = curves.final_runs()
    fit = fit_isoflop(runs)
    figures = [
        isoflop_figure(runs, fit),
        frontier_figure({"approach 2": (fit.frontier, None)}, {}, level=0.9),
        envelope_figure(curves, fit_envelope(curves, points=60)),
        contour_figure(runs, BESIROGLU),
    ]
    paths = write_figures(figures, tmp_path, formats=("svg",))
    assert all(path.stat().st_size > 5000 for path in paths)
