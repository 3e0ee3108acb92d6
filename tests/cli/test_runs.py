"""``simlab runs compare`` and ``simlab runs gc``."""

import csv
import io
import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from simlab.runs.directory import RunDirectory
from simlab.table import ScoreTable
from tests.cli.conftest import Simlab

SMALL = ("--items", "200", "--quiet", "--charts", "json")


@pytest.fixture
def two(simlab: Simlab) -> tuple[str, str]:
    """Two runs of one scenario and seed; returns their names."""
    for _ in range(2):
        assert simlab("run", "compounding", "--K", "1", "4", *SMALL).code == 0
    first, second = sorted(path.name for path in Path("runs").iterdir())
    return first, second


def changed(name: str, *change: pl.Expr) -> None:
    """Rewrite the scores of a run."""
    run = RunDirectory.open(Path("runs"), name)
    table = run.table()
    assert table is not None
    run.save_table(ScoreTable.from_frame(table.frame.with_columns(*change)))


def test_runs_of_one_seed_are_identical(simlab: Simlab, two: tuple[str, str]) -> None:
    code, out, _ = simlab("runs", "compare", two[0], "last")
    assert code == 0
    assert "90 scores: 90 identical; tolerance 0" in out
    found = json.loads(simlab("runs", "compare", f"runs/{two[0]}", two[1], "--format", "json").out)
    assert (found["agree"], found["counts"]["identical"], found["settings"]) == (True, 90, [])
    assert found["runs"] == list(two)


def test_a_difference_beyond_its_interval_is_exit_1(simlab: Simlab, two: tuple[str, str]) -> None:
    spot = (pl.col("metric") == "step_accuracy") & (pl.col("scale") == pl.col("scale").max())
    moved = {"score": 0.3, "low": 0.25, "high": 0.35}
    changed(
        two[1], *(pl.when(spot).then(v).otherwise(name).alias(name) for name, v in moved.items())
    )
    words = ("runs", "compare", *two)
    code, out, err = simlab(*words)
    assert (code, err) == (1, "")
    assert out.count(" apart ") == 2
    assert "88 identical, 2 apart" in out
    assert simlab(*words, "--tolerance", "0.8").code == 0
    for form in ("md", "json", "csv"):
        assert simlab(*words, "--format", form).code == 1
    rows = list(csv.DictReader(io.StringIO(simlab(*words, "--format", "csv").out)))
    assert len(rows) == 90
    assert {row["second"] for row in rows if row["verdict"] == "apart"} == {"0.3"}
    assert "| verdict |" in simlab(*words, "--format", "md").out


def test_other_seeds_lie_within_and_wider_grids_are_told(simlab: Simlab) -> None:
    assert simlab("run", "compounding", "--K", "1", "4", *SMALL).code == 0
    assert simlab("run", "compounding", "--K", "1", "4", "8", "--seed", "7", *SMALL).code == 0
    first, second = sorted(path.name for path in Path("runs").iterdir())
    code, out, _ = simlab("runs", "compare", first, second)
    assert code == 1
    assert "45 second only" in out
    assert "Curves with scores in one run only" in out
    assert "parameters.K" in out
    assert "replicates are matched in their order" in out
    code, out, _ = simlab("runs", "compare", first, second, "--common", "--format", "json")
    found = json.loads(out)
    assert (code, found["agree"], found["matched_by"]) == (0, True, "replicate")
    told = {s["name"]: (s["first"], s["second"]) for s in found["settings"]}
    assert told["parameters.K"] == ([1, 4], [1, 4, 8])
    assert told["seed"] == (0, 7)


def test_claims_that_differ_are_told(simlab: Simlab, two: tuple[str, str]) -> None:
    file = Path("runs") / two[1] / "claims.json"
    claims = json.loads(file.read_text())
    claims[0]["passed"] = False
    file.write_text(json.dumps(claims))
    found = json.loads(simlab("runs", "compare", *two, "--format", "json").out)
    assert found["claims"] == [{"claim": claims[0]["id"], "first": "pass", "second": "fail"}]
    assert claims[0]["id"] in simlab("runs", "compare", *two).out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nope", "last"), 2, "no run 'nope'"),
        (("2", "last"), 2, "fits 2 runs"),
        (("last", "last", "--tolerance", "-1"), 2, "--tolerance -1"),
        (("last", "last", "--level", "1"), 2, "--level 1"),
        (("last",), 2, "Missing argument"),
    ],
)
def test_errors_are_one_line(
    simlab: Simlab, two: tuple[str, str], words: tuple[str, ...], code: int, said: str
) -> None:
    ended = simlab("runs", "compare", *words)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1


def test_a_run_without_scores_is_bad_data(simlab: Simlab, two: tuple[str, str]) -> None:
    (Path("runs") / two[0] / "scores.parquet").unlink()
    code, _, err = simlab("runs", "compare", *two)
    assert code == 3
    assert "has no scores" in err


def test_gc_shows_first_and_deletes_with_yes(simlab: Simlab, two: tuple[str, str]) -> None:
    Path("runs").rename("kept")
    manifest = Path("kept") / two[0] / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"complete"', '"failed"'))
    code, out, err = simlab("runs", "gc", "--out", "kept")
    assert code == 0
    assert two[0] in out
    assert two[1] not in out
    assert err.endswith("would be deleted; --yes deletes them\n")
    assert len(list(Path("kept").iterdir())) == 2
    told = json.loads(simlab("runs", "--out", "kept", "--format", "json", "gc", "--keep", "0").out)
    assert [run["run"] for run in told["runs"]] == list(two)
    assert told["deleted"] is False
    code, out, err = simlab("runs", "--out", "kept", "gc", "--yes")
    assert (code, [p.name for p in Path("kept").iterdir()]) == (0, [two[1]])
    assert err.startswith("deleted 1 run, ")
    assert two[1] in simlab("runs", "--out", "kept").out
    assert simlab("runs", "gc", "--out", "kept").err == "nothing to delete in kept\n"
    assert simlab("runs", "gc").err == "nothing to delete in runs\n"
    for wrong in (("--keep", "-1"), ("--older-than", "-2")):
        assert simlab("runs", "gc", *wrong).code == 2


def test_the_list_still_takes_its_options(simlab: Simlab, two: tuple[str, str]) -> None:
    shutil.rmtree(Path("runs") / two[0])
    assert json.loads(simlab("runs", "--format", "json").out)["runs"][0]["id"] == two[1]
    assert simlab("runs", "list").err.startswith("simlab: no command 'list'")
