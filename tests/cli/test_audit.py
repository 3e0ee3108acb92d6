import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import Simlab

FAST = ("--replicates", "199")
KEYS = [
    "family", "task", "subtask", "shots", "metric", "verdict", "reason", "p_improvement",
    "p_sharp", "q_sharp", "emergence_score", "status", "breakpoint", "breakpoint_low",
    "breakpoint_high",
]  # fmt: skip
SCALES = 10.0 ** np.arange(6, 14)
SHARES = {
    "flat": [0.24, 0.26, 0.25, 0.24, 0.26, 0.25, 0.24, 0.25],
    "smooth": [0.02, 0.04, 0.08, 0.14, 0.23, 0.33, 0.45, 0.56],
    "step": [0.02, 0.02, 0.02, 0.02, 0.02, 0.75, 0.75, 0.75],
}


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    rows = [
        f"toy,{scale:g},{task},accuracy,{share},400,0"
        for task, shares in SHARES.items()
        for scale, share in zip(SCALES, shares, strict=True)
    ]
    header = "family,scale,task,metric,score,n_items,chance"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_verdicts_as_json(simlab: Simlab, scores: Path) -> None:
    done = simlab("audit", scores, "--format", "json", *FAST)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert all(list(row)[: len(KEYS)] == KEYS for row in found["verdicts"])
    verdict = {row["task"]: row["verdict"] for row in found["verdicts"]}
    assert verdict == {"flat": "no_improvement", "smooth": "smooth", "step": "survives"}
    assert found["counts"]["survives"] == 1
    assert found["run"]["status"] == "complete"
    folder = Path(found["run"]["path"])
    kept = pl.read_parquet(folder / "verdicts.parquet")
    assert kept.to_dicts() == found["verdicts"]
    assert pl.read_csv(folder / "verdicts.csv").height == 3
    assert pl.read_parquet(folder / "points.parquet").height == 24
    names = {path.stem for path in (folder / "charts").iterdir()}
    assert names == {"verdicts", "p-values", "curves", "coordinate"}
    page = (folder / "report.html").read_text()
    assert "sharper than any smooth curve" in page
    assert not list(folder.parent.glob(".audit-*"))


def test_other_formats(simlab: Simlab, scores: Path) -> None:
    table = simlab("audit", scores, *FAST)
    assert "Curves that survive" in table.out
    assert "report: " in table.err
    markdown = simlab("audit", scores, "--format", "md", "--quiet", *FAST)
    assert "### Verdicts" in markdown.out
    assert markdown.err == ""
    rows = simlab("audit", scores, "--format", "csv", *FAST).out.splitlines()
    assert rows[0].split(",")[: len(KEYS)] == KEYS
    assert len(rows) == 4


def test_threads_do_not_change_a_bit_and_seeds_do(simlab: Simlab, scores: Path) -> None:
    def out(*more: str) -> str:
        return simlab("audit", scores, "--format", "csv", *FAST, *more).out

    assert out("--threads", "1") == out("--threads", "2")
    assert out() != out("--seed", "1")


def test_filters_and_a_second_table(simlab: Simlab, scores: Path, tmp_path: Path) -> None:
    some = simlab("audit", scores, "--task", "step", "flat", "--format", "json", *FAST)
    assert {row["task"] for row in json.loads(some.out)["verdicts"]} == {"step", "flat"}
    percent = tmp_path / "percent.csv"
    frame = pl.read_csv(scores).with_columns(pl.col("score") * 100)
    frame.write_csv(percent)
    both = simlab("audit", scores, percent, "--format", "json", *FAST)
    rows = json.loads(both.out)["verdicts"]
    assert {row["family"] for row in rows} == {"toy (scores)", "toy (percent)"}
    verdict = {(row["family"], row["task"]): row["verdict"] for row in rows}
    assert verdict["toy (scores)", "step"] == verdict["toy (percent)", "step"] == "survives"


def test_items_can_be_said(simlab: Simlab, scores: Path) -> None:
    bare = scores.with_name("bare.csv")
    pl.read_csv(scores).drop("n_items").write_csv(bare)
    unknown = simlab("audit", bare, "--format", "json", *FAST)
    assert json.loads(unknown.out)["counts"]["undecided"] == 3
    said = simlab("audit", bare, "--n-items", "400", "--format", "json", *FAST)
    assert json.loads(said.out)["counts"]["survives"] == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("nothing.csv",), 3, "no such file"),
        (("nowhere:nothing.csv",), 3, "no source 'nowhere'; there are "),
        (("bigbnch:nothing",), 3, "no source 'bigbnch'; did you mean 'bigbench'?"),
        (("scores.csv", "--alpha", "2"), 2, "alpha"),
        (("scores.csv", "--alpha", "0.1", "0.05"), 2, "--alpha 0.1 0.05: takes one value"),
        (("scores.csv", "--fdr", "holm"), 2, "--fdr"),
        (("scores.csv", "--task", "setp"), 3, "did you mean 'step'"),
        (("scores.csv", "--scale", "tokens"), 3, "no row has it; there is params"),
        (("bigg-items:",), 2, "audit bigg-items: give its path"),
        (("scores.csv", "scores.csv"), 2, "is given twice"),
    ],
)
def test_bad_input(
    simlab: Simlab, scores: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    given = [str(scores) if word == "scores.csv" else word for word in words]
    done = simlab("audit", *given, *FAST)
    assert done.code == code, done.err
    assert message in done.err
    assert len(done.err.strip().splitlines()) == 1
