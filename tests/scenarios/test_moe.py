"""The scenario ``moe``: its claims, what fails them, presets, charts."""

import polars as pl
import pytest
from msgspec.structs import replace

from scenarios.moe.parameters import MIXTRAL, SWITCH, MoeParameters, name, recorded, router_of
from scenarios.moe.scenario import SCENARIO, charts, run
from simlab.errors import UsageError
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.table import ScoreTable
from tests.scenarios.simulated import by_id


@pytest.fixture(scope="module")
def default():
    cells = grid(MoeParameters, SCENARIO.grid)
    return cells, ScoreTable.concat([run(cell, Context(seed=0)) for cell in cells])


def test_the_default_run_has_its_claims_and_they_hold(default):
    found = by_id(SCENARIO, *default)
    assert len(found) == 11
    assert [id for id, claim in found.items() if not claim.passed] == []


def test_swapped_cells_fail(default):
    cells, table = default
    swap = {0.0: 0.01, 0.01: 0.0}
    other = {name(c): name(replace(c, alpha=swap.get(c.alpha, c.alpha))) for c in cells}
    swapped = table.frame.with_columns(pl.col("subtask").replace(other))
    failed = {
        id for id, claim in by_id(SCENARIO, cells, ScoreTable(swapped)).items() if not claim.passed
    }
    assert {"balance-evens-load-switch", "balance-pays-switch", "balance-saves-tokens-switch",
            "balance-evens-load-mixtral"} <= failed  # fmt: skip


def test_other_drops_fail(default):
    cells, table = default
    more = table.frame.with_columns(
        pl.when(pl.col("metric").str.starts_with("dropped_share")).then(pl.col("score") + 0.05)
        .otherwise("score").alias("score")
    )  # fmt: skip
    found = by_id(SCENARIO, cells, ScoreTable(more))
    assert not found["even-router-drops"].passed
    assert not found["no-limit-no-drops"].passed


def test_cells_that_differ_in_alpha_see_the_same_tokens(default):
    frame = default[1].frame.filter(pl.col("scale") == 0, pl.col("metric") == "busiest_expert")
    assert frame.group_by("family").agg(pl.col("score").n_unique())["score"].to_list() == [1, 1]


def test_presets_and_what_changes_them():
    assert router_of(MoeParameters()) == SWITCH
    assert router_of(MoeParameters(preset="mixtral")) == MIXTRAL
    assert router_of(MoeParameters(capacity_factor=0.0)).capacity_factor is None
    assert router_of(MoeParameters(preset="mixtral", capacity_factor=1.0)).capacity_factor == 1.0
    assert recorded(2) == [0, 1, 2]
    assert recorded(7) == [0, 1, 2, 5, 7]
    with pytest.raises(UsageError, match="--top-k 9: there are only 4 experts"):
        MoeParameters(n_experts=4, top_k=9)


def test_without_pairs_of_cells_there_is_nothing_to_compare():
    cells = [MoeParameters(alpha=0.5, steps=5, tokens=64)]
    found = by_id(SCENARIO, cells, run(cells[0], Context(seed=1)))
    assert set(found) == {"even-router-drops"}


def test_charts_have_their_data(default):
    figures = charts(*default)
    assert [figure.name for figure in figures] == ["routing", "expert-load"]
    for figure in figures:
        assert all(figure.spec()["datasets"].values())
        assert figure.caption
