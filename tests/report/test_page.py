"""The page as text: complete, escaped, closed to the outside, and the same each time."""

import dataclasses
import hashlib
import json
import re
from base64 import b64encode

import polars as pl
import pytest

from simlab.charts.bundle import javascript_bundle
from simlab.claims.claim import contradicts
from simlab.report.page import Report, build_page
from simlab.table import ScoreTable
from simlab.visible import visible
from tests.charts.conftest import compounding, suite
from tests.report.conftest import CLAIMS, FAILED, HOSTILE, NASTY, hostile_table, report_of
from tests.report.test_markup import Reader


class Page(Reader):
    """Reads a page; scripts by their attributes, everything else as text."""

    def __init__(self, page: str) -> None:
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._script: dict[str, str | None] | None = None
        super().__init__(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag == "script":
            self._script = dict(attrs)
            self.scripts.append((self._script, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is None:
            super().handle_data(data)
        else:
            self.scripts[-1] = (self._script, self.scripts[-1][1] + data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())

    def policy(self) -> str:
        (policy,) = [
            a["content"]
            for tag, a in self.tags
            if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policy is not None
        return policy


def _page(report: Report) -> Page:
    return Page(build_page(report))


def test_equal_reports_give_equal_bytes(report: Report) -> None:
    assert build_page(report) == build_page(report_of(compounding()))


def test_sections_stand_in_order_and_are_linked(report: Report) -> None:
    page = _page(report)
    titles = [a["id"] for tag, a in page.tags if tag == "h2"]
    assert titles == [
        f"{name}-title"
        for name in (
            "verdict",
            "explore",
            "figures",
            "claims",
            "scores",
            "notes",
            "provenance",
            "citations",
            "data-download",
        )
    ]
    links = [a["href"] for tag, a in page.tags if tag == "a"]
    ids = {a["id"] for _, a in page.tags if "id" in a}
    assert links
    assert all(link is not None and link.removeprefix("#") in ids for link in links)


@pytest.mark.parametrize(
    ("claims", "outcome", "words"),
    [
        (CLAIMS, "good", "All 2 claims hold"),
        (CLAIMS[:1], "good", "The claim holds"),
        ((*CLAIMS, FAILED), "bad", "1 of 3 claims fails"),
        ((FAILED, FAILED), "bad", "2 of 2 claims fail"),
        ((FAILED,), "bad", "The claim fails"),
        ((), "none", "No claims were made"),
    ],
)
def test_the_verdict_comes_first(claims: tuple, outcome: str, words: str) -> None:
    page = _page(report_of(compounding(), claims=claims))
    (verdict,) = [a for tag, a in page.tags if a.get("id") == "verdict"]
    assert verdict["class"] == f"verdict {outcome}"
    assert words in page.text
    assert page.text.index(words) < page.text.index("Explore")
    assert ("It is off. Observed 0.7, expected 0.5 within 0.1." in page.text) == (FAILED in claims)


def test_a_headline_stands_in_for_claims_and_is_escaped() -> None:
    report = report_of(compounding(), claims=())
    page = _page(dataclasses.replace(report, headline="3 of 9 curves survive <b>"))
    assert "No claims were made" not in page.text
    assert page.text.index("3 of 9 curves survive <b>") < page.text.index("Explore")
    page = _page(dataclasses.replace(report, claims=CLAIMS, headline="3 of 9 curves survive"))
    assert "3 of 9" not in page.text


def test_claims_show_their_evidence() -> None:
    page = _page(report_of(compounding(), claims=(*CLAIMS, FAILED)))
    start = page.text.index("3 claims with evidence")
    rows = page.text[start:]
    assert rows.index("It is off.") < rows.index("p^K holds.") < rows.index("It rises.")
    for words in ("failed", "passed", "0.501", "0.01", "1 < 2", "rising", "a paper", "a table"):
        assert words in rows


def test_a_contradiction_is_counted_and_marked() -> None:
    slip = contradicts(
        "slip", "It is misprinted.", observed=0.7, expected=0.5, tolerance=0.1, source="a paper"
    )
    page = _page(report_of(compounding(), claims=(*CLAIMS, slip)))
    assert "All 3 claims hold; in 1 a publication contradicts itself" in page.text
    rows = page.text[page.text.index("3 claims with evidence") :]
    assert rows.index("contradiction") < rows.index("It is misprinted.") < rows.index("p^K holds.")


def test_the_summary_names_the_largest_score(report: Report) -> None:
    best = report.scores.sort(pl.col("emergence_score").abs(), descending=True).row(0, named=True)
    assert "36 scores on 6 curves under 2 metrics." in _page(report).text
    assert f"({best['subtask']}, {best['metric']})" in _page(report).text


def test_names_from_data_are_text_everywhere() -> None:
    table = hostile_table()
    page = _page(
        report_of(
            table,
            title=HOSTILE,
            summary=NASTY[1],
            notes=NASTY,
            citations=NASTY,
            tables={HOSTILE: pl.DataFrame({NASTY[2]: list(NASTY)})},
            manifest={HOSTILE: {NASTY[1]: list(NASTY)}},
        )
    )
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == 6  # config, data, bundle, code, and the data of two figures
    assert "img" not in tags
    assert not [name for _, a in page.tags for name in a if name.startswith("on")]
    for name in NASTY:
        shown = visible("".join(c if ord(c) >= 32 else chr(0x2400 + ord(c)) for c in name))
        assert " ".join(shown.split()) in page.text
    assert "$" + "{title}" in page.text


def test_data_reads_back_from_the_scripts() -> None:
    table = hostile_table()
    page = _page(report_of(table))
    data = [json.loads(s) for a, s in page.scripts if a.get("type") == "application/json"]
    columns = {c["name"]: c for d in data if "explore" in d for c in d["columns"]}
    assert columns["task"]["levels"] == list(NASTY)
    assert columns["family"]["value"] == HOSTILE
    specs = [d for d in data if "datasets" in d]
    assert len(specs) == 2
    assert not any("$schema" in spec for spec in specs)


def test_the_policy_names_exactly_the_scripts_that_run(report: Report) -> None:
    page = _page(report)
    running = [s for a, s in page.scripts if a.get("type") != "application/json"]
    hashes = [b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in running]
    policy = dict(p.strip().split(" ", 1) for p in page.policy().split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"].split() == [f"'sha256-{h}'" for h in hashes]
    assert "connect-src" not in policy
    assert policy["img-src"] == "data: blob:"
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    assert running[0] == javascript_bundle()


def test_nothing_points_outside(report: Report) -> None:
    text = build_page(report)
    page = Page(text)
    for tag, attributes in page.tags:
        for name in ("src", "href", "srcset", "action", "poster", "data", "xlink:href"):
            value = attributes.get(name)
            assert value is None or value.startswith("#"), (tag, name, value)
    assert "url(" not in text.split("<style>")[1].split("</style>")[0]
    assert "@import" not in text
    own = text.replace(javascript_bundle(), "")
    assert re.findall(r"https?://[^\s<\"]+", own) == ["https://example.org/paper"]


def test_a_page_without_scores_has_no_chart() -> None:
    table = ScoreTable.from_columns({"family": "f", "scale": [1e8], "metric": "a", "score": [None]})
    page = _page(report_of(table))
    assert "explore" not in [a.get("id") for _, a in page.tags]
    assert "1 score missing." in page.text


def test_long_tables_are_cut_and_say_so() -> None:
    table = suite(n_tasks=200)
    page = _page(report_of(table, tables={"Rows": table.frame.select("task", "score")}))
    assert "Shown: 300 of 400 rows, those with the largest scores." in page.text
    assert "Shown: 300 of 2,400 rows, those that come first." in page.text
    assert "All curves by metric" in page.text
    assert [tag for tag, _ in page.tags].count("tr") < 300 + 300 + 40


def test_a_huge_table_says_what_the_page_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simlab.report.excerpt.MAX_ROWS", 48)
    page = _page(report_of(suite(n_tasks=20)))
    assert (
        "The page holds 48 of 240 rows, on 8 of 40 curves: 4 of 20 tasks, the 2 with the largest "
        "emergence scores and 2 drawn at random. The run's scores.parquet holds all."
    ) in page.text
    assert "(the 48 of 240 rows that the page holds; scores.parquet" in page.text
    (data,) = [json.loads(s) for a, s in page.scripts if a.get("id") == "data"]
    assert data["height"] == 48


def test_the_page_says_where_outcomes_are() -> None:
    said = "items.parquet, in the folder of the run, holds 1,234 outcomes item by item."
    assert said in _page(report_of(compounding(), n_outcomes=1234)).text
    assert "items.parquet" not in _page(report_of(compounding())).text


def test_provenance_is_flat(report: Report) -> None:
    assert 'versions.numpy 2 argv ["run","toy"] git' in _page(report).text
