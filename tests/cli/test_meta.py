import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Simlab

ROWS = "family,scale,task,metric,score,higher_is_better\n" + "".join(
    f"toy,1e{6 + i},t{t},{metric},{score},{up}\n"
    for t in range(6)
    for metric, up, scores in (
        ("exact_match", "true", (0.01, 0.02, 0.1, 0.9)),
        ("edit_distance", "false", (5, 4, 2, 0.5)),
    )
    for i, score in enumerate(scores)
)
FAST = ("--replicates", "99")


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    path.write_text(ROWS)
    return path


def test_one_report_of_both_predictions(simlab: Simlab, scores: Path) -> None:
    done = simlab("meta", scores, "mirage:", "--format", "json", *FAST)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert {"run", "prediction_1", "prediction_2", "sensitivity", "published"} <= set(found)
    assert Path(found["run"]["report"]).is_file()
    assert found["run"]["status"] == "complete"
    assert found["run"]["inputs"][str(scores)]
    assert found["run"]["passed"]["tables"] == [str(scores), "mirage:"]
    metrics = {row["metric"]: row for row in found["prediction_1"]["metrics"]}
    assert metrics["exact_match"]["n_curves"] == 6
    pairs = {(p["metric_a"], p["metric_b"]): p for p in found["prediction_2"]["pairs"]}
    assert pairs["exact_match", "edit_distance"]["share_a_sharper"] == 1.0
    assert {row["verdict"] for row in found["sensitivity"]} <= {"holds", "fails", "open", "no data"}
    assert [row["published"] for row in found["published"]["annotated"]] == [51, 11, 3, 2, 0]
    assert all(claim["passed"] for claim in found["claims"])


def test_tables_for_people(simlab: Simlab, scores: Path) -> None:
    done = simlab("meta", scores, "--format", "md", "--quiet", *FAST)
    assert done.code == 0, done.err
    assert "### Which conclusions stand" in done.out
    assert "### Prediction 2: two metrics on the same outputs" in done.out
    assert done.err == ""
    table = simlab("meta", scores, *FAST)
    assert "Every conclusion under every choice" in table.out
    assert "report: " in table.err


def test_csv_is_the_joined_table(simlab: Simlab, scores: Path) -> None:
    done = simlab("meta", scores, "--format", "csv", *FAST)
    assert len(done.out.splitlines()) == len(ROWS.splitlines())


def test_options_change_the_baseline(simlab: Simlab, scores: Path) -> None:
    words = ("--threshold", "2", "--zero-medians", "emergent", "--min-scales", "4", *FAST)
    found = json.loads(simlab("meta", scores, "--format", "json", *words).out)
    assert found["prediction_1"]["threshold"] == 2.0
    assert found["sensitivity"][0]["choice"] == "threshold 2, 4 scales, zero medians emergent"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "Missing argument 'TABLE...'"),
        (("nothing.csv",), 3, "nothing.csv: no such file"),
        (("mirage:", "--min-scales", "2"), 2, "--min-scales 2: expected `int` >= 3"),
        (("mirage:", "--threshold", "-1"), 2, "--threshold -1.0: expected `float` > 0"),
        (("mirage:", "--threshold", "2", "5"), 2, "--threshold 2.0 5.0: takes one value"),
        (("mirage:", "--zero-medians", "dropped", "emergent"), 2, "takes one value"),
        (("on-emergence:nowhere.csv",), 3, "nowhere.csv: no such file"),
    ],
)
def test_errors_are_one_line(
    simlab: Simlab, words: tuple[str, ...], code: int, message: str
) -> None:
    done = simlab("meta", *words)
    assert done.code == code
    assert message in done.err
    assert len(done.err.splitlines()) == 1


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom simlab.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numba', 'polars', 'altair', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "meta" in done.stdout


def test_help_lists_the_options(simlab: Simlab) -> None:
    done = simlab("meta", "--help")
    assert done.code == 0
    for word in ("TABLE", "--threshold", "--zero-medians", "--replicates", "SOURCE:PATH"):
        assert word in done.out
