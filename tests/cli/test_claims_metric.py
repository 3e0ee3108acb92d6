"""``simlab claims metric``: tables, broken metrics, declared ones, errors."""

import csv
import io
import json
import re
import sys
from pathlib import Path

import pytest

from simlab.claims.metric import declared_check
from tests.cli.conftest import Simlab

SOURCE = """
import random
print("importing")

def exact(predicted, reference):
    return float(predicted == reference)

def forgets(predicted, reference):
    print("noise")
    return sum(a == b for a, b in zip(predicted, reference)) / len(predicted)

def noisy(predicted, reference):
    return random.random()

def brier(probabilities, target):
    return (1 - probabilities[target]) ** 2

def share(outcomes):
    return sum(outcomes) / len(outcomes)

def hangs(predicted, reference):
    while predicted:
        pass
    return 0.0

def each(predicted, reference):
    return [float(a == b) for a, b in zip(predicted, reference)]
"""


@pytest.fixture
def mine(simlab: Simlab, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of metrics in the folder that the command runs in."""
    Path("mine.py").write_text(SOURCE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    return "mine.py"


def found(out: str) -> dict[str, dict[str, object]]:
    return {p["property"]: p for p in json.loads(out)["properties"]}


def test_a_metric_of_the_users_own(simlab: Simlab, mine: str) -> None:
    words = ["claims", "metric", "mine.py:exact", "--examples", "30", "--format", "json"]
    code, out, err = simlab(*words)
    assert code == 0
    assert err == "note: imports and runs mine.py:exact\n"
    assert json.loads(out)["broken"] == []
    properties = found(out)
    assert properties["direction"]["verdict"] == "higher is better"
    assert properties["linear in p"]["holds"] is False
    numbers = properties["largest emergence score at 8 scales"]["numbers"]
    assert isinstance(numbers, dict)
    assert numbers["score"] > 10 * numbers["linear"]
    assert simlab(*words, "--quiet").out == out
    assert simlab(*words, "--quiet").err == ""


def test_by_module_in_the_working_folder(simlab: Simlab, mine: str) -> None:
    code, out, _ = simlab(
        "claims", "metric", "mine:brier", "--kind", "probabilities", "--examples", "20",
        "--scales", "5", "--format", "json",
    )  # fmt: skip
    assert code == 0
    assert found(out)["chance level"]["verdict"] == "(1 - 1/k)^2 among k answers"
    assert "largest emergence score at 5 scales" in found(out)


def test_outcomes_and_batches(simlab: Simlab, mine: str) -> None:
    for words in (["mine.py:share", "--kind", "outcomes"], ["mine.py:each", "--batch"]):
        code, out, _ = simlab("claims", "metric", *words, "--examples", "20", "--format", "json")
        assert code == 0
        assert found(out)["adds up over items"]["verdict"] == "yes: the mean of its items"


@pytest.mark.parametrize("form", ["table", "md"])
def test_a_metric_that_raises_is_one_line_and_a_table(simlab: Simlab, mine: str, form: str) -> None:
    code, out, err = simlab(
        "claims", "metric", "mine.py:forgets", "--examples", "40", "--format", form
    )
    assert code == 1
    assert err.splitlines() == [
        "note: imports and runs mine.py:forgets",
        "simlab: mine.py:forgets: predicted = [], reference = [0]: "
        "raises ZeroDivisionError: division by zero",
    ]
    assert "Traceback" not in out + err
    assert "noise" not in out
    for text in ("mine.py:forgets, a metric of tokens", "gives a finite number", "linear in p"):
        assert text in out


def test_the_traceback_is_there_for_the_asking(simlab: Simlab, mine: str) -> None:
    code, _, err = simlab("claims", "metric", "mine.py:forgets", "--examples", "20", "--debug")
    assert code == 1
    assert "in forgets" in err
    assert "ZeroDivisionError" in err


def test_a_metric_that_hangs_is_one_line_and_a_table(simlab: Simlab, mine: str) -> None:
    code, out, err = simlab(
        "claims", "metric", "mine.py:hangs", "--time-limit", "1", "--examples", "9", "--quiet"
    )
    assert code == 1
    assert re.fullmatch(
        r"simlab: mine.py:hangs: predicted = \[.+\], reference = \[.+\]: "
        r"no answer within 1 s \(--time-limit\)\n",
        err,
    )
    assert "comes back" in out


def test_the_traceback_of_an_import_is_there_for_the_asking(simlab: Simlab) -> None:
    Path("broken.py").write_text("def f(a, b): return 1.0\nraise LookupError('no key')")
    code, _, err = simlab("claims", "metric", "broken.py:f", "--debug")
    assert code == 2
    assert 'broken.py", line 2' in err
    assert err.endswith("simlab: metric: importing broken.py raises LookupError: no key\n")


def test_a_metric_that_is_not_deterministic(simlab: Simlab, mine: str) -> None:
    code, out, err = simlab("claims", "metric", "mine.py:noisy", "--format", "csv")
    assert code == 1
    assert "simlab: mine.py:noisy: is not deterministic: predicted = [], reference = [0]: " in err
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["verdict"] for row in rows] == ["yes", "no", "yes"]


def test_a_metric_of_simlab_beside_what_it_declares(
    simlab: Simlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["claims", "metric", "brier_score", "--examples", "25"]
    code, out, err = simlab(*words, "--format", "json")
    assert (code, err) == (0, "")
    declared = json.loads(out)["declared"]
    assert {d["property"] for d in declared} >= {"range", "linear in p", "chance level"}
    assert all(d["agrees"] for d in declared)
    real = declared_check.against_declared
    monkeypatch.setattr(
        declared_check,
        "against_declared",
        lambda report, properties: real(report, properties._replace(linear=True)),
    )
    code, out, err = simlab(*words)
    assert code == 1
    assert err == "simlab: brier_score declares linear in p: yes\n"
    assert "yes (WRONG)" in out


def test_a_seed_gives_the_same_bytes(simlab: Simlab, mine: str) -> None:
    words = ["claims", "metric", "mine.py:exact", "--examples", "15", "--format", "csv"]
    assert simlab(*words, "--seed", "3") == simlab(*words, "--seed", "3")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["exct_match"], "no metric 'exct_match'; did you mean 'exact_match'?"),
        (["exact_match", "--kind", "tokens"], "--kind: is for a function of your own"),
        (["exact_match", "--batch"], "--batch: is for a function of your own"),
        (["exact_match", "--time-limit", "0"], "--time-limit: is for a function of your own"),
        (["mine.py:exact", "--time-limit", "-1"], "--time-limit"),
        (["mine.py"], "metric 'mine.py': give package.module:function or path/to/file.py:function"),
        (["mine.py:exat"], "no 'exat' in mine.py; did you mean 'exact'?"),
        (["nowhere.py:f"], "metric: no file nowhere.py"),
        (["no.such.module:f"], "metric: no module"),
        (["mine.py:share", "--kind", "outcomes", "--batch"], "--batch: a metric of outcomes"),
        (["mine.py:exact", "--kind", "words"], "--kind"),
        (["mine.py:exact", "--scales", "2"], "--scales"),
        (["mine.py:exact", "--examples", "0"], "--examples"),
    ],
)
def test_errors_are_one_line(simlab: Simlab, mine: str, words: list[str], complaint: str) -> None:
    code, out, err = simlab("claims", "metric", *words, "--quiet")
    assert code == 2
    assert complaint in err
    assert err.count("\n") == 1
    assert out == ""
