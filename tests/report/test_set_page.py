"""The page of several runs as text: verdicts first, then what they share, then each run."""

import csv
import json
from itertools import pairwise

import polars as pl
import pytest

from simlab.errors import UsageError
from simlab.report.report import Report
from simlab.report.set_page import build_set_page, run_names
from simlab.table import ScoreTable
from tests.charts.conftest import compounding, suite
from tests.report.browser import Opener
from tests.report.conftest import CLAIMS, FAILED, HOSTILE, NASTY, hostile_table, report_of
from tests.report.test_page import Page


def _runs(*ids: str, table: ScoreTable | None = None, **rest: object) -> list[Report]:
    held = compounding() if table is None else table
    return [report_of(held, manifest={"id": name}, **rest) for name in ids]


def test_the_overview_comes_first_and_names_the_runs_that_fail() -> None:
    reports = [
        *_runs("20260101T000000Z-steps-aa", title="Steps"),
        *_runs("20260102T000000Z-off-bb", claims=(*CLAIMS, FAILED), headline="unsaid"),
        *_runs("20260103T000000Z-audit-cc", claims=(), headline="3 of 9 curves survive"),
    ]
    page = Page(build_set_page(reports))
    (verdict,) = [a for _, a in page.tags if a.get("id") == "verdict"]
    assert verdict["class"] == "verdict bad"
    text = page.text
    order = [
        "Claims fail in 1 of 2 runs",
        "All 2 claims hold",
        "1 of 3 claims fails",
        "3 of 9 curves survive",
        "Emergence score of the same task",
        "It is off. Observed 0.7",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "unsaid" not in text
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    links = [a["href"] for tag, a in page.tags if tag == "a"]
    assert all(link is not None and link.removeprefix("#") in ids for link in links)
    assert {"#run-1", "#run-2", "#run-3"} <= set(links)


@pytest.mark.parametrize(
    ("claims", "outcome", "words"),
    [(CLAIMS, "good", "All 4 claims of 2 runs hold"), ((), "none", "No claims were made")],
)
def test_the_verdict_over_all_runs(claims: tuple, outcome: str, words: str) -> None:
    page = Page(build_set_page(_runs("a", "b", claims=claims)))
    (verdict,) = [a for _, a in page.tags if a.get("id") == "verdict"]
    assert verdict["class"] == f"verdict {outcome}"
    assert words in page.text


def test_headings_stand_below_those_above_them() -> None:
    page = Page(build_set_page(_runs("a", "b")))
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert 4 in levels  # the figures of a run


def test_curves_of_one_name_stand_beside_each_other() -> None:
    one, other = suite(n_tasks=3), suite(n_tasks=2, families=("T5",))
    page = Page(build_set_page([*_runs("a", table=one), *_runs("b", table=other)]))
    text = page.text
    rows = text[text.index("Emergence score of the same task") :][:200]
    assert "task_0" in rows
    assert "task_1" in rows
    assert "task_2" not in rows
    alone = build_set_page([*_runs("a", table=one), *_runs("b", table=compounding())])
    assert "Emergence score of the same task" not in alone


def test_columns_of_different_types_become_text() -> None:
    frames = [
        compounding().frame.with_columns(K=pl.lit(4), run=pl.lit("mine")),
        compounding().frame.with_columns(K=pl.lit("four"), tags=pl.Series([["a"]] * 36)),
    ]
    runs = [_runs(n, table=ScoreTable.from_frame(f))[0] for n, f in zip("ab", frames, strict=True)]
    page = Page(build_set_page(runs))
    (data,) = [json.loads(s) for a, s in page.scripts if a.get("id") == "data"]
    columns = {c["name"]: c for c in data["columns"]}
    assert columns["run"]["levels"] == ["a", "b"]
    assert columns["run (of the table)"]["levels"] == ["mine", None]
    assert columns["K"]["levels"] == ["4", "four"]
    assert data["height"] == 72


def test_a_large_run_leaves_small_ones_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simlab.report.set_page.MAX_ROWS", 400)
    page = Page(build_set_page([*_runs("large", table=suite(100)), *_runs("small")]))
    (data,) = [json.loads(s) for a, s in page.scripts if a.get("id") == "data"]
    assert 36 < data["height"] <= 400
    (run,) = [c for c in data["columns"] if c["name"] == "run"]
    assert sum(1 for code in run["codes"] if code == run["levels"].index("small")) == 36
    assert "of large " in page.text
    assert "of small " not in page.text


def test_names_of_runs_are_short_and_different() -> None:
    def names(*ids: str) -> list[str]:
        return run_names(_runs(*ids))

    assert names("20260101T000000Z-a-11", "20260102T000000Z-b-22") == ["a-11", "b-22"]
    same = ("20260101T000000Z-a-11", "20260102T000000Z-a-11")
    assert names(*same) == list(same)
    assert names("a", "a") == ["a", "a (2)"]
    assert run_names([report_of(compounding(), manifest={})] * 2) == ["Toy steps", "Toy steps (2)"]


def test_one_run_is_no_set() -> None:
    with pytest.raises(UsageError, match="at least two"):
        build_set_page(_runs("a"))


def test_equal_runs_give_equal_bytes_and_hostile_names_are_text() -> None:
    reports = _runs(HOSTILE, NASTY[1], table=hostile_table(), title=NASTY[2], headline=HOSTILE)
    built = build_set_page(reports)
    assert built == build_set_page(reports)
    page = Page(built)
    assert [tag for tag, _ in page.tags].count("script") == 4 + 4  # and two figures a run
    assert "img" not in [tag for tag, _ in page.tags]
    assert not [name for _, a in page.tags for name in a if name.startswith("on")]


@pytest.mark.page
@pytest.mark.parametrize("width", [390, 1280])
def test_runs_are_compared_in_one_chart(visit: Opener, width: int) -> None:
    flat = compounding().frame.with_columns(score=pl.col("score") * 0.5).drop("low", "high")
    reports = [*_runs("one"), *_runs("two", table=ScoreTable.from_frame(flat))]
    seen = visit(build_set_page(reports), width=width)
    assert seen.status() == "36 scores on 6 curves."
    seen.slide("K", 1)
    assert {"one", "two"} <= set(seen.words())
    assert seen.status() == "K=4. 12 scores on 2 curves."
    seen.choose("Run", "one")
    assert seen.status() == "Run: two. K=4. 6 scores on 1 curve."
    seen.check_layout()
    with seen.page.expect_download() as download:
        seen.page.get_by_role("button", name="Download the scores as CSV").click()
    with open(download.value.path(), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["run"] for row in rows] == ["one"] * 36 + ["two"] * 36
    seen.check_quiet()
