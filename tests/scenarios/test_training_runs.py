import numpy as np
import polars as pl
import pytest

from scenarios.training_runs import SCENARIO
from scenarios.training_runs.parameters import TrainingRunsParameters, name
from scenarios.training_runs.study import run_study
from simlab.errors import UsageError
from simlab.fitting.isoflop import fit_isoflop
from simlab.scenario import Context

SMALL = TrainingRunsParameters(studies=16, resamples=60)
DRIFT = TrainingRunsParameters(lr_drift=0.5, studies=16, resamples=60)


@pytest.fixture(scope="module")
def table():
    from simlab.table import ScoreTable

    return ScoreTable.concat([SCENARIO.run(p, Context(threads=2)) for p in (SMALL, DRIFT)])


def test_threads_do_not_matter():
    p = TrainingRunsParameters(studies=3, resamples=20)
    one, two = (SCENARIO.run(p, Context(seed=5, threads=t)).frame for t in (1, 3))
    assert one.equals(two)


def test_rows_are_those_of_the_studies(table):
    frame = table.frame.filter(pl.col("subtask") == name(SMALL))
    studies = [run_study(SMALL, k) for k in range(16)]
    for approach in ("approach 1", "approach 2", "approach 3"):
        rows = frame.filter(pl.col("family") == approach)
        a = [study.frontiers[approach][0].a for study in studies]
        mean = rows.filter(pl.col("metric") == "exponent_a")
        assert mean["score"][0] == pytest.approx(np.mean(a), rel=1e-12)
        assert mean["spread"][0] == pytest.approx(np.std(a, ddof=1), rel=1e-9)
        at = 1e22
        truth = rows.filter(pl.col("metric") == "optimal_params", pl.col("scale") == at)
        true = truth["expected"][0]
        hits = 0
        for study in studies:
            low, high = study.frontiers[approach][1].optimum_interval(at, 0.9)
            hits += low <= true <= high
        cover = rows.filter(pl.col("metric") == "size_coverage", pl.col("scale") == at)
        assert cover["score"][0] == pytest.approx(hits / 16, abs=1e-12)
        assert truth["score"][0] == pytest.approx(
            float(studies[0].frontiers[approach][0].optimum(at).n_params), rel=1e-12
        )


def test_claims_hold_and_say_where_intervals_do_not_cover(table):
    claims = SCENARIO.claims([SMALL, DRIFT], table)
    assert all(claim.passed for claim in claims)
    ids = [claim.id for claim in claims]
    assert len(ids) == len(set(ids)) == 8
    assert sum(i.startswith("misses") for i in ids) == 2


def test_claims_can_fail(table):
    """A truth that is off by .1, and intervals that never hold, are seen."""
    frame = table.frame.with_columns(
        expected=pl.when(pl.col("metric") == "exponent_a").then(0.61).otherwise(pl.col("expected")),
        score=pl.when(pl.col("metric") == "exponent_coverage").then(0.3).otherwise(pl.col("score")),
    )
    claims = SCENARIO.claims([SMALL], type(table)(frame))
    assert not any(claim.passed for claim in claims)


def test_a_cell_that_nothing_is_known_about_makes_no_claim(table):
    cell = TrainingRunsParameters(horizon=2.0, studies=16, resamples=60)
    assert SCENARIO.claims([cell], table) == []


def test_losses_are_profiles_that_approach_2_reads(table):
    frame = table.frame.filter(pl.col("subtask") == name(SMALL), pl.col("metric") == "loss")
    assert frame.height == 54
    study = run_study(SMALL, 0)
    assert frame["score"].to_list() == study.curves.final_runs().loss.tolist()
    assert len(fit_isoflop(study.curves.final_runs()).used) == 6


def test_figures(table):
    figures = SCENARIO.charts([SMALL, DRIFT], table)
    names = [figure.name for figure in figures]
    assert names == ["envelope", "isoflop", "contours", "frontier", "coverage"]
    for figure in figures:
        assert figure.spec()["config"]


def test_profiles_without_a_minimum_leave_approach_2_out():
    far = TrainingRunsParameters(centre=60.0, span=2.0, noise=0.0005, studies=2, resamples=20)
    found = SCENARIO.run(far, Context()).frame
    assert "approach 2" not in found["family"].to_list()
    assert "approach 3" in found["family"].to_list()


def test_too_few_budgets():
    with pytest.raises(UsageError, match="--budgets 1e"):
        TrainingRunsParameters(budgets=(1e18, 1e19))
