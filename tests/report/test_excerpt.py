"""What a page holds of a large table."""

import polars as pl
import pytest

from simlab.emergence.score import emergence_scores
from simlab.report import excerpt as module
from simlab.report.excerpt import Excerpt, excerpt
from simlab.table import ScoreTable
from tests.charts.conftest import compounding, suite

KEY = ["family", "task", "subtask", "shots", "metric", "seed", "scale_kind"]


def _cut(table: ScoreTable, rows: int, monkeypatch: pytest.MonkeyPatch) -> Excerpt:
    monkeypatch.setattr(module, "MAX_ROWS", rows)
    return excerpt(table, emergence_scores(table))


def test_a_small_table_is_held_whole() -> None:
    table = suite(n_tasks=30)
    held = excerpt(table, emergence_scores(table))
    assert held == Excerpt(table.frame, len(table))


def test_half_of_a_page_is_the_largest_and_half_is_random(monkeypatch: pytest.MonkeyPatch) -> None:
    table = suite(n_tasks=100)  # 12 rows a task, the later the larger its emergence score
    held = _cut(table, 240, monkeypatch)
    tasks = held.frame["task"].unique(maintain_order=True).to_list()
    high = [f"task_{i}" for i in range(90, 100)]
    assert set(high) <= set(tasks)
    assert len(tasks) == 20
    assert held.frame.height == 240
    others = sorted(int(t.removeprefix("task_")) for t in tasks if t not in high)
    assert others[0] < 30
    assert others[-1] > 60
    whole = table.frame.filter(pl.col("task").is_in(tasks))
    assert held.frame.equals(whole)  # all metrics and families of a task, in the table's order
    assert held.said == (
        "240 of 1,200 rows, on 40 of 200 curves: 20 of 100 tasks, the 10 with the largest "
        "emergence scores and 10 drawn at random"
    )
    again = excerpt(table, emergence_scores(table))
    assert again.frame.equals(held.frame)


def test_parts_and_shots_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    base = suite(n_tasks=20).frame
    parts = [base.with_columns(shots=pl.lit(k), subtask=pl.lit(part))
             for k in (0, 5) for part in ("a", "b")]  # fmt: skip
    table = ScoreTable.from_frame(pl.concat(parts))
    held = _cut(table, 100, monkeypatch)
    assert "combinations of task, subtask and shots" in held.said
    assert held.frame.height <= 100
    own = emergence_scores(ScoreTable(held.frame))
    all_of = emergence_scores(table).join(own, on=KEY, how="semi", nulls_equal=True)
    assert all_of.select("n_scales").equals(own.select("n_scales"))  # no curve is cut


def test_one_task_with_too_many_rows_is_cut_to_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    table = compounding()  # one task, 3 subtasks, 2 metrics, 6 rows a curve
    one = ScoreTable.from_frame(
        table.frame.with_columns(
            family=pl.concat_str("family", "subtask"), subtask=pl.lit(None, pl.String)
        )
    )
    held = _cut(one, 30, monkeypatch)
    assert "of 6 curves, the 2 with the largest emergence scores" in held.said
    assert 12 <= held.frame.height <= 30
    best = emergence_scores(one).sort(pl.col("emergence_score").abs(), descending=True)
    assert best["family"][0] in held.frame["family"]


def test_a_single_curve_with_too_many_rows_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    table = compounding(seeds=tuple(range(20)))
    one = ScoreTable.from_frame(
        table.frame.filter((pl.col("metric") == "exact_match") & (pl.col("subtask") == "K=4"))
    )
    held = _cut(one, 30, monkeypatch)
    assert held.frame.equals(one.frame.head(30))
    assert held.said == "the first 30 of 120 rows"
