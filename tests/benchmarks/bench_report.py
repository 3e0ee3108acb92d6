"""The page of a run: a thousand curves against the clock and against a size."""

import tempfile
import time
from pathlib import Path

from simlab.charts.bundle import javascript_bundle
from simlab.charts.emergence import emergence_figures
from simlab.charts.scores import score_figures
from simlab.emergence.score import emergence_scores
from simlab.report.page import build_page
from simlab.report.report import Report
from simlab.report.set_page import build_set_page
from simlab.table import ScoreTable
from tests.benchmarks.measure import Limit, SideBySide
from tests.report.thousand import thousand_curves


def report_of(table: ScoreTable, name: str = "bench") -> Report:
    """Return the report of a table, its scores and figures made anew."""
    scores = emergence_scores(table)
    return Report(
        title="Thousand curves",
        kind="source",
        summary="Two families on fifty tasks.",
        claims=(),
        scores=scores,
        table=table,
        figures=[*score_figures(table, scores=scores), *emergence_figures(scores)],
        manifest={"id": name},
    )


def benchmarks(quick: bool) -> list[SideBySide | Limit]:
    """Return the benchmarks; ``quick`` takes fewer tasks."""
    table = thousand_curves(n_tasks=5 if quick else 50)
    few = thousand_curves(n_tasks=1 if quick else 5)
    javascript_bundle()  # made once a machine, and kept

    def one() -> str:
        return build_page(report_of(table))

    def ten() -> str:
        return build_set_page([report_of(few, f"run {i}") for i in range(10)])

    def seconds(build: object) -> float:
        assert callable(build)
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            Path(folder, "report.html").write_text(build(), encoding="utf-8")
            return time.perf_counter() - start

    curves = f"{len(table.curve_rows().keys):,} curves"
    return [
        Limit(name=f"report of {curves}", unit="s", measure=lambda: seconds(one), goal=5.0),
        Limit(
            name=f"report of {curves} in ten runs", unit="s", measure=lambda: seconds(ten), goal=5.0
        ),
        Limit(
            name=f"page of {curves}", unit="MB", measure=lambda: len(one().encode()) / 1e6, goal=5.0
        ),
    ]
