import numpy as np
import polars as pl
import pytest

from scenarios.calibration.claims import claims
from scenarios.calibration.parameters import NULL_KINDS, SHARP_KINDS, CalibrationParameters
from scenarios.calibration.rates import LEVELS, THRESHOLDS, level_metric, roc, threshold_metric
from scenarios.calibration.scenario import SCENARIO, charts, run
from simlab.scenario import Context
from simlab.table import ScoreTable


def small(**more):
    return CalibrationParameters(**({"curves": 12, "replicates": 39, "n_scales": 8} | more))


def rate(table, metric, **equal):
    rows = table.frame.filter(pl.col("metric") == metric, **equal)
    return rows["score"][0]


@pytest.fixture(scope="module")
def table():
    cells = [small(kind=kind) for kind in ("gumbel", "flat", "step")]
    frames = [run(cell, Context(seed=2)).frame for cell in cells]
    return cells, ScoreTable.from_frame(pl.concat(frames))


def test_a_run_tells_steps_from_smooth_curves(table):
    _, scores = table
    assert rate(scores, "p <= 0.05", family="step") >= 0.7
    assert rate(scores, "p <= 0.05", family="gumbel") <= 0.35
    assert rate(scores, "verdict no_improvement", family="flat") >= 0.7
    assert rate(scores, "verdict survives", family="step") >= 0.6
    assert rate(scores, "break located", family="step") > 0.5
    assert rate(scores, "forecast covered", family="gumbel") >= 0.6


def test_shares_of_verdicts_add_up_and_rates_rise_with_the_level(table):
    _, scores = table
    for family in ("gumbel", "flat", "step"):
        own = scores.frame.filter(family=family)
        said = own.filter(pl.col("metric").str.starts_with("verdict "))
        assert said["score"].sum() == pytest.approx(1.0)
        for names in (map(level_metric, LEVELS), map(threshold_metric, THRESHOLDS)):
            shares = [rate(scores, name, family=family) for name in names]
            assert shares == sorted(shares)


def test_cells_do_not_depend_on_threads():
    one, two = (run(small(kind="mild-hinge"), Context(seed=3, threads=n)) for n in (1, 2))
    assert one.frame.equals(two.frame)


def test_cells_are_named_by_what_is_audited_and_not_by_how_often():
    scores = run(small(kind="flat", chance=0.5, replicates=19), Context(seed=3))
    assert scores.frame["subtask"].unique().to_list() == ["chance=0.5"]


def test_metrics_of_one_kind_come_from_the_same_outcomes():
    scores = run(small(kind="mirage", items=100), Context(seed=1))
    said = scores.frame.filter(pl.col("metric").str.starts_with("verdict "))
    assert said["score"].sum() == pytest.approx(1.0)
    assert rate(scores, "verdict survives") <= 0.35


def test_area_of_a_perfect_and_of_a_useless_test():
    ones, zeros = np.ones(3), np.zeros(3)
    assert roc(ones, zeros)[2] == 1.0
    some = np.array([0.2, 0.5, 0.9])
    assert roc(some, some)[2] == pytest.approx(0.5)
    assert roc(zeros, ones)[2] == 0.0


def rows_of(kind, n_scales, shares, n=1000):
    return pl.DataFrame(
        {
            "family": kind,
            "scale": 200.0,
            "scale_kind": "items",
            "task": f"{n_scales} scales",
            "subtask": "chance=0",
            "metric": list(shares),
            "score": list(shares.values()),
            "n_items": n,
        }
    )


def made_up(level, covered):
    """A table in which every smooth kind fires with ``level`` at 5%, and so on."""
    frames = []
    for kind in (*NULL_KINDS, *SHARP_KINDS):
        sharp = kind in SHARP_KINDS
        fires = 1.0 if sharp else level
        shares = {level_metric(a): fires if a >= 0.05 else 0.9 * sharp for a in LEVELS}
        shares |= {threshold_metric(b): 0.8 if b <= 10 else 0.3 for b in THRESHOLDS}
        shares |= {"score undefined": 0.0, "break covered": covered, "forecast covered": covered}
        frames.append(rows_of(kind, 12, shares))
    return ScoreTable.from_frame(pl.concat(frames))


@pytest.mark.parametrize(
    ("level", "covered", "failed"),
    [
        (0.04, 0.9, set()),
        (0.12, 0.9, {"level", "bare-score"}),
        (0.04, 0.8, {"break-coverage", "forecast-coverage"}),
        (0.04, 0.98, {"break-coverage", "forecast-coverage"}),
    ],
)
def test_claims_fail_where_they_should(level, covered, failed):
    found = {claim.id: claim.passed for claim in claims([], made_up(level, covered))}
    assert {"level", "bare-score", "break-coverage", "forecast-coverage"} <= set(found)
    assert {"area-12-step", "area-12-overdispersed-step"} <= set(found)
    assert {name for name, passed in found.items() if not passed} == failed


def test_charts_are_made(table):
    cells, scores = table
    names = [figure.name for figure in charts(cells, scores)]
    assert names == ["level", "verdicts", "coverage"]  # a ROC needs every smooth kind


def test_the_grid_holds_nulls_and_alternatives():
    assert set(SCENARIO.grid["kind"]) == set(NULL_KINDS) | set(SHARP_KINDS)
