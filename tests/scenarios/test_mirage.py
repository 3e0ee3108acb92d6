import math

import polars as pl
import pytest

from scenarios.mirage.parameters import MirageParameters
from scenarios.mirage.scenario import SCENARIO, run
from simlab.emergence.score import emergence_scores
from simlab.errors import UsageError
from simlab.formatted import formatted
from simlab.parameters import grid
from simlab.scenario import Context
from simlab.table import ScoreTable


def ran(seed=0, threads=1, **given):
    cells = grid(MirageParameters, {**SCENARIO.grid, **{k: list(v) for k, v in given.items()}})
    table = ScoreTable.concat([run(cell, Context(seed=seed, threads=threads)) for cell in cells])
    return table, {claim.id: claim for claim in SCENARIO.claims(cells, table)}


def scores(table, metric, subtask):
    rows = table.frame.filter(pl.col("metric") == metric, pl.col("subtask") == subtask)
    return rows.sort("scale")["score"]


@pytest.fixture(scope="module")
def figure():
    return ran()


def test_all_claims_hold_and_none_is_missing(figure):
    _, claims = figure
    assert all(claim.passed for claim in claims.values())
    assert set(claims) == {
        *(
            f"figure-2-{name}"
            for name in (
                "loss",
                "token-success",
                "accuracy-L5",
                "edit-distance-L5",
                "grade-of-two",
                "brier",
            )
        ),
        *(f"emergence-accuracy-L{L}" for L in (2, 3, 4, 5)),
        "emergence-token-edit-distance",
        "emergence-brier-score",
        "emergence-multiple-choice-grade",
        "edit-distance-invariant",
        *("gumbel-line", "gumbel-shift", "gumbel-steepness"),
        *("misprint-edit-distance", "misprint-no-floor"),
    }


def test_table_of_figure_2(figure):
    table, _ = figure
    assert scores(table, "accuracy", "L=5").to_list() == pytest.approx(
        [6.4445e-06, 0.0020259, 0.0651025, 0.6065307], rel=1e-4
    )
    assert scores(table, "token_edit_distance", "L=5").to_list() == pytest.approx(
        [4.5421, 3.5536, 2.1047, 0.4758], abs=5e-5
    )
    assert scores(table, "brier_score", "L=5").to_list() == pytest.approx(
        [0.8252, 0.5051, 0.1772, 0.0091], abs=5e-5
    )
    assert scores(table, "multiple_choice_grade", "L=5").to_list() == [0.5, 0.5, 1.0, 1.0]


def test_rows_say_what_they_are(figure):
    frame = figure[0].frame
    assert frame.height == 5 * 4 * 4
    assert frame["n_items"].null_count() == frame["low"].null_count() == frame.height
    assert (frame["score"] == frame["expected"]).all()
    assert frame.filter(pl.col("subtask") != formatted("L={}", pl.col("L"))).is_empty()
    lower = frame.filter(~pl.col("higher_is_better"))["metric"].unique().sort().to_list()
    assert lower == ["brier_score", "token_edit_distance"]


def test_a_gain_scores_positive_under_every_metric(figure):
    found = emergence_scores(figure[0])
    assert found.filter(pl.col("emergence_score") < 0).is_empty()
    assert set(found.filter(pl.col("status") != "ok")["metric"]) == {"multiple_choice_grade"}


@pytest.mark.parametrize(
    "given", [{"c": [3e9]}, {"alpha": [-0.4]}, {"sizes": [1e8, 1e9, 1e10]}, {"L": [7]}]
)
def test_other_constants_make_no_published_claim(given):
    _, claims = ran(**given)
    assert all(claim.passed for claim in claims.values())
    published = [i for i in claims if i.startswith("emergence-accuracy") or i.endswith("-L5")]
    assert not published
    assert "gumbel-line" in claims


def test_a_third_option_makes_no_claim_about_two():
    _, claims = ran(n_options=[3])
    assert "figure-2-grade-of-two" not in claims
    assert "emergence-multiple-choice-grade" not in claims
    assert "figure-2-brier" in claims


def test_a_wrong_score_fails_its_claim(figure):
    table, _ = figure
    cells = grid(MirageParameters, SCENARIO.grid)
    bent = table.frame.with_columns(
        pl.when(pl.col("metric") == "accuracy", pl.col("model") == "6.7B")
        .then(pl.col("score") * 1.01)
        .otherwise(pl.col("score"))
        .alias("score")
    )
    failed = {c.id for c in SCENARIO.claims(cells, ScoreTable(bent)) if not c.passed}
    assert failed >= {"figure-2-accuracy-L5", "emergence-accuracy-L4", "gumbel-line"}
    assert "emergence-token-edit-distance" not in failed


def test_sampled_tokens_agree_with_the_closed_form():
    table, claims = ran(mode=["monte-carlo"], items=[5000], seed=4)
    assert set(claims) == {"sampled-accuracy", "sampled-token-edit-distance"}
    assert all(claim.passed for claim in claims.values())
    frame = table.frame
    assert frame["n_items"].unique().to_list() == [5000]
    read = frame.filter(pl.col("metric").is_in(["accuracy", "token_edit_distance"]))
    inside = (read["low"] <= read["expected"]) & (read["expected"] <= read["high"])
    # 40 intervals of 95%: fewer than 32 hits would have a chance of 2e-4
    assert inside.sum() >= 32
    assert (read["low"] < read["score"]).sum() >= 37


def test_a_wrong_simulator_fails_its_claim():
    cells = grid(MirageParameters, {"mode": ["monte-carlo"], "items": [5000]})
    table = run(cells[0], Context())
    off = table.frame.with_columns(expected=pl.col("expected") + 0.2)
    failed = [claim.passed for claim in SCENARIO.claims(cells, ScoreTable(off))]
    assert failed == [False, False]


def test_both_modes_stand_in_one_table():
    table, claims = ran(L=[2, 3], mode=["closed-form", "monte-carlo"], items=[2000])
    assert {"gumbel-shift", "sampled-accuracy", "emergence-accuracy-L3"} <= set(claims)
    assert table.frame["subtask"].n_unique() == 4


def test_seed_and_threads():
    given = {"L": [3], "mode": ["monte-carlo"], "items": [20_000]}
    one, _ = ran(seed=5, threads=1, **given)
    two, _ = ran(seed=5, threads=2, **given)
    other, _ = ran(seed=6, **given)
    assert one.frame.equals(two.frame)
    assert not one.frame["score"].equals(other.frame["score"])


def test_several_seeds_stand_in_one_table():
    cells = grid(MirageParameters, SCENARIO.grid)
    table = ScoreTable.concat([run(cell, Context(seed=s)) for s in (0, 1) for cell in cells])
    assert all(claim.passed for claim in SCENARIO.claims(cells, table))


def test_figures_show_lengths_as_parallel_lines_and_other_metrics_once(figure):
    table, _ = figure
    lengths, rest = SCENARIO.charts(grid(MirageParameters, SCENARIO.grid), table)
    assert (lengths.name, rest.name) == ("length-and-metric", "one-token")
    (rows,) = lengths.spec()["datasets"].values()
    points = [r for r in rows if r["kind"] == "point" and r["panel"].startswith("ln")]
    assert len(points) == 5 * 4
    for r in points:
        L = int(r["curve"].removeprefix("L="))
        assert r["y"] == pytest.approx(-0.5 * math.log(r["x"] / 2e9) + math.log(L))
    edits = [r["y"] for r in rows if r["kind"] == "point" and "edit" in r["panel"]]
    assert len(edits) == 20
    assert max(edits) < 0


@pytest.mark.parametrize(
    "given",
    [
        {"sizes": [1e3, 1e4, 1e22]},
        {"mode": ["closed-form", "monte-carlo"], "items": [3]},
        {"sizes": [1e9], "L": [2]},
    ],
)
def test_figures_of_odd_runs_are_drawn(given):
    table, claims = ran(**given)
    assert all(claim.passed for claim in claims.values())
    for shown in SCENARIO.charts([], table):
        assert shown.spec()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"L": [0]}, "--L 0: expected `int` >= 1"),
        ({"L": [1.5]}, "--L 1.5: expected `int`"),
        ({"mode": ["exact"]}, "--mode exact: invalid enum value"),
        ({"alpha": [0.5]}, "--alpha 0.5: expected `float` <"),
        ({"sizes": [-1.0]}, "--sizes -1.0: expected `float` > 0"),
        ({"n_options": [1]}, "--n-options 1"),
    ],
)
def test_bad_parameters_are_named(given, message):
    with pytest.raises(UsageError, match=message):
        grid(MirageParameters, given)


def test_a_size_given_twice_is_named():
    with pytest.raises(UsageError, match="stands twice"):
        run(MirageParameters(sizes=(1e9, 1e9)), Context())
