"""The scenario ``sampling``: its claims, what fails them, costs, charts."""

import numpy as np
import polars as pl
import pytest
from msgspec.structs import replace

from scenarios.sampling.parameters import SamplingParameters, name, numbers, success_of
from scenarios.sampling.scenario import SCENARIO, charts, claims, run
from simlab.errors import UsageError
from simlab.metrics.pass_at_k import share_without
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.table import ScoreTable


@pytest.fixture(scope="module")
def default():
    cells = grid(SamplingParameters, {**SCENARIO.grid, "samples": [128], "items": [1000]})
    return cells, ScoreTable.concat([run(cell, Context(seed=0)) for cell in cells])


def by_id(cells, table):
    found = claims(cells, table)
    assert len({claim.id for claim in found}) == len(found)
    return {claim.id: claim for claim in found}


def test_claims_hold(default):
    found = by_id(*default)
    assert [id for id, claim in found.items() if not claim.passed] == []
    assert len(found) == 31


@pytest.mark.parametrize(
    ("metric", "change", "failing"),
    [
        ("pass_at_k", -0.2, "pass-at-k"),
        ("best_of_n", 0.2, "best-of-n"),
        ("plug_in", 0.2, "plug-in-biased"),
        ("majority_vote", 0.2, "vote-limit-beta-floor-0-samples-128-items-1000-500m"),
        ("best_of_n", 0.9, "best-of-n-below-coverage"),
    ],
)
def test_other_scores_fail(default, metric, change, failing):
    cells, table = default
    moved = table.frame.with_columns(
        pl.when(pl.col("metric") == metric).then(pl.col("score") + change).otherwise("score")
        .alias("score")
    )  # fmt: skip
    assert not by_id(cells, ScoreTable(moved))[failing].passed


def test_the_cost_of_an_answer(default):
    frame = default[1].frame
    assert (frame["scale"] - 2 * frame["n_params"] * 500 * frame["k"]).abs().max() == 0
    assert frame["k"].unique().sort().to_list() == numbers(128)


def test_loss_is_the_logarithm_of_coverage(default):
    frame = default[1].frame
    both = frame.filter(pl.col("metric") == "pass_at_k").join(
        frame.filter(pl.col("metric") == "-log_pass_at_k"), on=["family", "subtask", "k"],
        suffix="_loss",
    )  # fmt: skip
    assert both["score_loss"].to_numpy() == pytest.approx(-np.log(both["score"].to_numpy()))


def test_coverage_is_unbiased_while_the_plug_in_is_not():
    # at k = n/2, over many draws of c ~ B(n, p), for one p
    generator = np.random.default_rng(0)
    n, k, p = 16, 8, 0.1
    c = generator.binomial(n, p, 200_000)
    covered = 1 - share_without(np.full(len(c), n), c, k, ("n", "c", "k"))
    truth, error = 1 - (1 - p) ** k, covered.std() / np.sqrt(len(c))
    assert abs(covered.mean() - truth) < 4 * error
    assert (1 - (1 - c / n) ** k).mean() < truth - 10 * error


def test_items_are_the_same_for_all_models():
    cell = SamplingParameters(samples=8, items=200, sizes=(1e9, 1.0001e9))
    table = run(cell, Context(seed=3)).frame.filter(pl.col("metric") == "pass_at_k")
    first, second = table.partition_by("family")
    assert np.abs(first["score"].to_numpy() - second["score"].to_numpy()).max() < 0.1


def test_one_model_has_no_rival():
    cell = SamplingParameters(samples=8, items=100, sizes=(2e9,))
    found = by_id([cell], run(cell, Context(seed=0)))
    assert not [id for id in found if id.startswith("equal-cost")]


def test_bad_parameters():
    with pytest.raises(UsageError, match="one stands twice"):
        SamplingParameters(sizes=(1e9, 1e9))
    with pytest.raises(UsageError, match=r"--floor 0.5: a model of 5e\+08 parameters"):
        SamplingParameters(floor=0.5)
    with pytest.raises(UsageError, match="below 1"):
        SamplingParameters(sizes=(1e300,))
    assert success_of(SamplingParameters(shape=2.0), 2e9).shape == 2.0


def test_charts(default):
    figures = charts(*default)
    assert [figure.name for figure in figures] == ["coverage", "cost"]
    for figure in figures:
        assert all(figure.spec()["datasets"].values())
    one = replace(default[0][0], samples=8, items=100, sizes=(2e9,))
    assert name(one) in charts([one], run(one, Context(seed=0)))[1].caption
