"""``simlab plan items``: questions, formats and errors."""

import csv
import io
import json

import pytest

from tests.cli.conftest import Simlab


def plans(simlab: Simlab, *words: str) -> list[dict[str, object]]:
    code, out, err = simlab("plan", "items", *words, "--format", "json")
    assert (code, err) == (0, "")
    return json.loads(out)["plans"]  # type: ignore[no-any-return]


def test_items_for_a_first_hit(simlab: Simlab) -> None:
    rows = plans(simlab, "--n-params", "3.5e8", "--length", "1", "2", "3", "4", "5")
    assert [row["n_items"] for row in rows] == [32, 356, 3898, 42574, 464851]
    assert {row["question"] for row in rows} == {"first_hit"}


def test_each_question_has_its_test(simlab: Simlab) -> None:
    asked = {
        "above_chance": ["--p", "0.3", "--chance", "0.25"],
        "two_models": ["--p0", "0.25", "--p1", "0.3"],
        "same_items": ["--p0", "0.25", "--p1", "0.3", "--paired", "--pair-rho", "0.5"],
        "detectable_first_hit": ["--items", "100"],
        "detectable_above_chance": ["--items", "100", "--chance", "0.25"],
        "detectable_two_models": ["--items", "100", "--p0", "0.25"],
        "detectable_same_items": ["--items", "100", "--p0", "0.25", "--paired"],
    }
    for question, words in asked.items():
        (row,) = plans(simlab, *words)
        assert row["question"] == question
        assert row["meaning"]


def test_pairs_go_one_by_one(simlab: Simlab) -> None:
    rows = plans(simlab, "--p0", "0.2", "0.3", "--p1", "0.3", "0.4")
    assert [(row["p0"], row["p1"]) for row in rows] == [(0.2, 0.3), (0.3, 0.4)]
    rows = plans(simlab, "--p0", "0.2", "--p1", "0.3", "0.4", "--length", "1", "2")
    assert len(rows) == 4


def test_clusters_and_power_change_the_answer(simlab: Simlab) -> None:
    words = ["--p", "0.3", "--chance", "0.25"]
    (alone,) = plans(simlab, *words)
    (clustered,) = plans(simlab, *words, "--cluster-size", "5", "--rho", "0.1")
    (surer,) = plans(simlab, *words, "--power", "0.95", "--alpha", "0.01")
    assert clustered["n_items"] == 5 * -(-alone["n_items"] * 14 // 50)  # type: ignore[operator]
    assert surer["n_items"] > 2 * alone["n_items"]  # type: ignore[operator]


@pytest.mark.parametrize("form", ["table", "md"])
def test_people_get_a_table_and_sentences(simlab: Simlab, form: str) -> None:
    code, out, _ = simlab("plan", "items", "--p", "0.5", "--length", "1", "2", "--format", form)
    assert code == 0
    assert "n_items" in out
    assert out.count("- A model right on") == 2


def test_csv_holds_the_sentences_too(simlab: Simlab) -> None:
    _, out, _ = simlab("plan", "items", "--items", "2", "500", "--chance", "0.5", "--format", "csv")
    few, many = csv.DictReader(io.StringIO(out))
    assert few["p1"] == ""
    assert "too few" in few["meaning"]
    assert 0.5 < float(many["p1"]) < 0.6


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "plan items: give one of --p (or --n-params), --p0 with --p1, --items"),
        (["--p", "0.3", "--items", "10"], "plan items: give one of"),
        (["--p1", "0.3"], "--p1: give --p0 too"),
        (["--p0", "0.3"], "plan items: give one of"),
        (["--p", "0.3", "--p0", "0.2"], "--p0: give --p1 or --items too"),
        (["--p0", "0.1", "0.2", "--p1", "0.3", "0.4", "0.5"], "--p1: 3 values for 2 of --p0"),
        (["--items", "10", "--length", "2"], "--length: --items asks for"),
        (["--p0", "0.1", "--p1", "0.2", "--chance", "0.1"], "--chance: two models are compared"),
        (["--p", "0.3", "--paired"], "--paired: needs two models"),
        (["--p0", "0.1", "--p1", "0.2", "--pair-rho", "0.5"], "--pair-rho: is for models that"),
        (["--p", "0.3", "--rho", "0.1"], "--rho: is for items in clusters"),
        (["--p", "0.3", "--cluster-size", "0"], "cluster-size: 0; give at least 1"),
        (["--p", "1.5"], "p: 1.5 lies outside 0 .. 1"),
        (["--p", "0.2", "--chance", "0.25"], "p: 0.2 does not lie above chance 0.25"),
        (["--p", "0.3", "--power", "2", "--chance", "0.25"], "power: 2 lies outside 0 .. 1"),
        (["--p", "nan"], "'nan' is not a finite number"),
        (["--n-params", "-1"], "-1"),
        (["--items", "0"], "items: 0; give at least 1"),
    ],
)
def test_errors_are_one_line(simlab: Simlab, words: list[str], complaint: str) -> None:
    code, out, err = simlab("plan", "items", *words)
    assert (code, out) == (2, "")
    assert complaint in err
    assert err.count("\n") == 1


def test_an_unknown_planner_is_answered_with_the_nearest(simlab: Simlab) -> None:
    code, _, err = simlab("plan", "itms")
    assert code == 2
    assert err.startswith("simlab: no command 'itms'; did you mean 'items'?; there are compute,")
