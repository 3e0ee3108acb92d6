"""A page of a thousand curves stays small and alive; how long it takes is tests/benchmarks'."""

import pytest

from simlab.report.page import build_page
from simlab.report.set_page import build_set_page
from tests.report.browser import Opener
from tests.report.conftest import report_of
from tests.report.thousand import thousand_curves

MOST = 5_000_000


@pytest.mark.page
def test_a_thousand_curves_fit_and_can_be_steered(visit: Opener) -> None:
    page = build_page(report_of(thousand_curves()))
    assert len(page.encode()) < MOST
    seen = visit(page)
    assert seen.status().startswith("Task: ")
    seen.follow(lambda: seen.page.get_by_label("Task", exact=True).select_option("task 17"))
    seen.slide("K", 0)
    assert "Task: task 17. K=1. 24 scores on 2 curves." in seen.status()
    seen.choose("Metric", "token_edit_distance (lower is better)")
    seen.check_layout()
    seen.check_quiet()


def test_a_thousand_curves_of_ten_runs_fit() -> None:
    table = thousand_curves(n_tasks=5)
    runs = [report_of(table, manifest={"id": f"run {i}"}) for i in range(10)]
    assert len(build_set_page(runs).encode()) < MOST
