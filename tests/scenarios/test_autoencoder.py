"""Scenario autoencoder: its claims hold, fail where they should, and its charts draw."""

import numpy as np
import polars as pl
import pytest

from scenarios.autoencoder.chart import autoencoder_figures
from scenarios.autoencoder.parameters import TEST, TRAINING
from scenarios.autoencoder.scenario import SCENARIO, AutoencoderParameters, charts, claims, run
from simlab.audit.audit import Question, audit
from simlab.errors import DataError, UsageError
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.table import ScoreTable
from tests.scenarios.simulated import by_id, simulated

QUICK = {"images": [800], "epochs": [250], "side": [6], "widths": [1, 2, 4, 8, 12, 16, 24, 36, 48]}


@pytest.fixture(scope="module")
def quick():
    return simulated(SCENARIO, QUICK)


def test_claims_hold(quick):
    found = by_id(SCENARIO, *quick)
    assert set(found) == {
        "finite",
        "not-below-the-floor",
        "near-the-floor",
        "mse-falls",
        "zero-half-way",
        "jump-in-width",
        "c-decides-where",
        "published-size",
    }
    assert [claim for claim in found.values() if not claim.passed] == []


def test_digits_give_the_known_numbers():
    pytest.importorskip("sklearn")
    cells, table = simulated(
        SCENARIO, {"data": ["digits"], "c": [0.0111], "widths": [1, 4, 8, 12, 16, 24]}
    )
    assert all(claim.passed for claim in claims(cells, table))
    score = {key: g["score"].to_list() for key, g in table.frame.group_by("task", "metric")}
    assert score[TRAINING, "mse"][0] == pytest.approx(0.0634, rel=0.03)
    assert score[TRAINING, "mse"][4] == pytest.approx(0.0119, rel=0.08)
    known = [0, 0, 0.04, 0.22, 0.50, 0.96]
    assert np.abs(np.array(score[TEST, "reconstruction,c=0.0111"]) - known).max() < 0.1


def test_claims_fail_on_scores_that_are_off(quick):
    cells, table = quick
    frame = table.frame
    nothing = {"low": pl.lit(None, pl.Float64), "high": pl.lit(None, pl.Float64)}

    def changed(task, metric, score):
        which = (pl.col("task") == task) & pl.col("metric").str.starts_with(metric)
        held = pl.when(which).then(score).otherwise(pl.col("score"))
        return by_id(SCENARIO, cells, ScoreTable(frame.with_columns(score=held, **nothing)))

    assert not changed(TRAINING, "mse", 0.9 * pl.col("floor"))["not-below-the-floor"].passed
    assert not changed(TRAINING, "mse", 1.5 * pl.col("floor"))["near-the-floor"].passed
    up = pl.col("score") + pl.when(pl.col("scale") == 12).then(0.02).otherwise(0.0)
    assert not changed(TEST, "mse", up)["mse-falls"].passed
    smooth = pl.col("scale").log() / np.log(48.0)
    found = changed(TEST, "reconstruction", smooth)
    assert not found["zero-half-way"].passed
    assert not found["jump-in-width"].passed
    assert not found["c-decides-where"].passed


def test_a_width_that_diverges_has_no_score_and_fails_its_claim():
    cells, table = simulated(SCENARIO, {**QUICK, "lr": [1e30], "epochs": [5]})
    found = by_id(SCENARIO, cells, table)
    assert not found["finite"].passed
    assert "no number in epoch" in found["finite"].observed
    assert table.n_missing == table.frame.height
    assert autoencoder_figures(table)


def test_the_audit_calls_the_counts_artefacts_and_the_error_smooth():
    table = simulated(SCENARIO, {"epochs": [150]})[1]
    tested = ScoreTable(table.frame.filter(pl.col("task") == TEST))
    found = audit(tested, question=Question(replicates=99)).verdicts
    verdicts = dict(found.select("metric", "verdict").iter_rows())
    assert verdicts.pop("mse") == "smooth"
    assert len(verdicts) == 3
    assert set(verdicts.values()) == {"metric_artefact"}


def test_threads_change_no_bit():
    cell = grid(AutoencoderParameters, {**QUICK, "epochs": [3]})[0]
    frames = [run(cell, Context(seed=1, threads=t)).frame for t in (1, 2)]
    assert frames[0].equals(frames[1])


def test_charts_draw(quick):
    import vl_convert

    figures = charts(*quick)
    assert [figure.name for figure in figures] == ["autoencoder"]
    svg = vl_convert.vegalite_to_svg(figures[0].spec())
    assert "Reconstruction_c" in svg
    assert "principal components" in svg
    two = simulated(SCENARIO, {**QUICK, "epochs": [2]}, seeds=(0, 1))[1]
    assert [figure.name for figure in autoencoder_figures(two)] == ["autoencoder", "autoencoder-2"]


def test_a_file_that_is_not_there_is_one_line():
    with pytest.raises(DataError, match="no/such: No such file or directory; give synthetic"):
        run(AutoencoderParameters(data="no/such"), Context())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"widths": [0]}, "--widths 0: "),
        ({"widths": [4, 2]}, "--widths 4 2: give different numbers, ascending"),
        ({"c": [0.1, 0.1]}, "--c 0.1 0.1: give different numbers, ascending"),
        ({"c": [0.0]}, "--c 0.0: "),
        ({"images": [9]}, "--images 9: "),
    ],
)
def test_bad_input_is_one_line_that_names_it(given, message):
    with pytest.raises(UsageError, match=message):
        grid(AutoencoderParameters, given)
