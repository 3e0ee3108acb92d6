import polars as pl
import pytest

from scenarios.allocation_bias import SCENARIO
from scenarios.allocation_bias.scenario import AllocationBiasParameters, name
from simlab.errors import UsageError
from simlab.fitting.isoflop import fit_isoflop
from simlab.laws.chinchilla import HOFFMANN_TEX
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.simulators.training_runs import Training, isoflop_design, simulate_training_runs
from simlab.table import ScoreTable

CELLS = grid(
    AllocationBiasParameters,
    {"span": [2.0, 4.0, 16.0], "centre": [1.0, 8.0], "tilt": [0.0, 0.1, 0.2]},
)


@pytest.fixture(scope="module")
def table():
    return ScoreTable.concat([SCENARIO.run(cell, Context()) for cell in CELLS])


def errors(table, cell, approach):
    rows = table.frame.filter(
        pl.col("subtask") == name(cell),
        pl.col("family") == approach,
        pl.col("metric") == "exponent_error",
    )
    return rows["score"].to_list()


def test_a_cell_is_a_fit_of_its_runs(table):
    cell = next(c for c in CELLS if (c.span, c.centre, c.tilt) == (16.0, 1.0, 0.2))
    budgets = (1e18, 3e18, 1e19, 3e19, 1e20, 3e20)
    design = isoflop_design(budgets, sizes=13, span=16.0, tilt=0.2, constants=HOFFMANN_TEX)
    curves = simulate_training_runs(*design, training=Training(noise=0), constants=HOFFMANN_TEX)
    a = fit_isoflop(curves.final_runs()).frontier.a
    truth = HOFFMANN_TEX.beta / (HOFFMANN_TEX.alpha + HOFFMANN_TEX.beta)
    assert errors(table, cell, "approach 2") == pytest.approx([a - truth], rel=1e-9)


def test_claims_hold_and_can_fail(table):
    claims = SCENARIO.claims(CELLS, table)
    assert {c.id for c in claims} == {
        "exact-exponent-3",
        "exact-exponent-2",
        "tilted-designs",
        "wider-is-worse-hoffmann",
        "cubics-take-it-away-hoffmann",
    }
    assert all(claim.passed for claim in claims)
    off = ScoreTable(table.frame.with_columns(score=0.02 - pl.col("score")))
    failed = {c.id for c in SCENARIO.claims(CELLS, off) if not c.passed}
    assert failed >= {"exact-exponent-3", "exact-exponent-2", "wider-is-worse-hoffmann"}
    none = ScoreTable(table.frame.with_columns(score=0 * pl.col("score")))
    failed |= {c.id for c in SCENARIO.claims(CELLS, none) if not c.passed}
    assert failed == {c.id for c in claims}


def test_parabolas_far_off_centre_are_refused(table):
    cell = next(c for c in CELLS if (c.span, c.centre, c.tilt) == (2.0, 8.0, 0.0))
    assert errors(table, cell, "approach 2") == []
    assert errors(table, cell, "approach 3") == pytest.approx([0.0], abs=1e-4)


def test_noise_is_averaged_and_has_an_error():
    p = AllocationBiasParameters(noise=0.003, studies=6)
    frame = SCENARIO.run(p, Context()).frame
    row = frame.filter(pl.col("family") == "approach 3", pl.col("metric") == "exponent_error")
    assert row["n_items"][0] == 6
    assert 0 < row["stderr"][0] < 0.01
    assert SCENARIO.claims([p], ScoreTable(frame)) == []


def test_figures(table):
    figures = SCENARIO.charts(CELLS, table)
    assert [figure.name for figure in figures] == ["exponent-map", "size-map"]
    assert all(figure.spec()["data"] or figure.spec()["datasets"] for figure in figures)


def test_bad_centre():
    with pytest.raises(UsageError, match="--centre 1e-05"):
        AllocationBiasParameters(centre=1e-5)
