"""The chart that a reader steers, in a browser: each control changes chart and words as it says."""

import numpy as np
import polars as pl
import pytest

from simlab.formatted import formatted
from simlab.intervals import wilson
from simlab.table import ScoreTable
from tests.charts.conftest import compounding, suite
from tests.report.browser import Opener, Visit
from tests.report.conftest import NASTY, hostile_table, report_of

pytestmark = pytest.mark.page


def test_the_reader_switches_the_metric(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    before = seen.drawing()
    seen.choose("Metric", "edit_distance (lower is better)")
    assert seen.drawing() != before
    assert "edit_distance (lower is better)" in seen.words()
    assert "exact_match" not in seen.words()
    seen.choose("Metric", "exact_match")
    assert "exact_match" in seen.words()
    seen.check_quiet()


def test_the_reader_picks_curves(visit: Opener) -> None:
    named = compounding().frame.with_columns(subtask=pl.col("subtask").str.replace("=", " is "))
    seen = visit(report_of(ScoreTable.from_frame(named)))
    seen.choose("Subtask", "K is 4")
    assert "K is 4" not in seen.words()
    assert {"K is 1", "K is 8"} <= set(seen.words())
    assert seen.status() == "12 scores on 2 curves."
    seen.choose("Subtask", "K is 1")
    seen.choose("Subtask", "K is 8")
    assert seen.status() == "No score fits this choice."
    assert seen.page.locator("#explore .main svg").count() == 0
    seen.choose("Subtask", "K is 8")
    assert seen.page.locator("#explore .main svg .mark-symbol path").count() == 6
    seen.check_quiet()


def test_the_reader_switches_the_axes(visit: Opener) -> None:
    table = compounding()
    seen = visit(report_of(table))
    assert {"10M", "1B"} <= set(seen.words())
    seen.choose("Scale axis", "linear")
    linear = seen.words()
    assert {"0", "200B", "1T"} <= set(linear)
    assert "10M" not in linear
    seen.choose("Scale axis", "log")
    seen.choose("Score axis", "log")
    at_zero = table.frame.filter(metric="exact_match")["score"].le(0).sum()
    said = seen.page.get_by_role("status").inner_text()
    assert at_zero == 1
    assert "1 score at or below 0 left out" in said
    assert {"0.1", "0.01"} <= set(seen.words())
    seen.check_layout()
    seen.check_quiet()


def test_metrics_that_a_choice_lacks_are_closed(visit: Opener) -> None:
    seen = visit(report_of(suite(n_tasks=14)))
    metric = seen.page.get_by_role("group", name="Metric", exact=True)
    assert seen.page.get_by_label("Task", exact=True).input_value() == "13"
    assert metric.get_by_label("accuracy").is_checked()
    assert metric.get_by_label("bleu").is_disabled()
    assert seen.page.get_by_role("status").inner_text().startswith("Task: task_13. ")
    seen.follow(lambda: seen.page.get_by_label("Task", exact=True).select_option("task_10"))
    assert metric.get_by_label("bleu").is_checked()
    assert metric.get_by_label("accuracy").is_disabled()
    assert "bleu" in seen.words()


def test_a_choice_hides_what_it_leaves_no_choice_in(visit: Opener) -> None:
    parts = suite(n_tasks=14).frame.with_columns(
        subtask=formatted("part {} of {}", pl.int_range(pl.len()) // 6 % 2, "task"),
    )
    parts = parts.filter(pl.col("subtask") != "part 1 of task_13")
    seen = visit(report_of(ScoreTable.from_frame(parts)))
    subtask = seen.page.get_by_label("Subtask", exact=True)
    assert not subtask.is_visible()
    assert "Subtask: part 0 of task_13." in seen.status()
    seen.follow(lambda: seen.page.get_by_label("Task", exact=True).select_option("task_4"))
    assert subtask.is_visible()
    chosen = "list => list.selectedOptions[0].textContent"
    assert subtask.evaluate(chosen) == "part 0 of task_4"
    open_ones = "list => [...list.options].filter((o) => !o.disabled).map((o) => o.textContent)"
    assert subtask.evaluate(open_ones) == ["part 0 of task_4", "part 1 of task_4"]
    assert seen.page.locator("#explore .main svg .mark-symbol path").count() == 6
    seen.check_quiet()


def test_few_curves_are_all_drawn_at_first_and_many_are_not(visit: Opener) -> None:
    seen = visit(report_of(suite(n_tasks=6)))
    tasks = seen.page.get_by_role("group", name="Task", exact=True).get_by_role("checkbox")
    assert all(box.is_checked() for box in tasks.all())
    assert seen.page.get_by_role("status").inner_text() == "36 scores on 6 curves."
    seen = visit(report_of(suite(n_tasks=7)))
    boxes = seen.page.get_by_role("group", name="Task", exact=True).get_by_role("checkbox")
    assert [box.is_checked() for box in boxes.all()] == [False] * 6 + [True]
    seen.check_layout()


def test_every_control_obeys_the_keyboard(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    page = seen.page
    page.get_by_role("group", name="Metric", exact=True).get_by_label("exact_match").focus()
    seen.follow(lambda: page.keyboard.press("ArrowDown"))
    assert "edit_distance (lower is better)" in seen.words()
    seen.follow(lambda: page.keyboard.press("ArrowUp"))
    page.keyboard.press("Tab")
    seen.follow(lambda: page.keyboard.press("ArrowRight"))
    assert seen.status().startswith("K=4. ")
    seen.follow(lambda: page.keyboard.press("End"))
    assert seen.status().startswith("K=8. ")
    page.keyboard.press("Tab")
    seen.follow(lambda: page.keyboard.press("Space"))
    assert {"K=1", "K=4", "K=8"} <= set(seen.words())
    page.keyboard.press("Tab")
    seen.follow(lambda: page.keyboard.press("ArrowDown"))
    assert "200B" in seen.words()
    page.keyboard.press("Tab")
    seen.follow(lambda: page.keyboard.press("ArrowUp"))
    assert "0.01" in seen.words()
    page.keyboard.press("Tab")
    seen.follow(lambda: page.keyboard.press("Space"))
    assert page.locator(".beside svg.marks").is_visible()
    page.keyboard.press("Tab")
    seen.follow(lambda: page.keyboard.press("ArrowRight"))
    assert "On 10 items" in seen.status()
    page.keyboard.press("Tab")
    seen.follow(lambda: page.keyboard.press("Enter"))  # the small chart of the other metric
    assert "edit_distance (lower is better)" in seen.words()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator(".more > details").get_attribute("open") is not None
    seen.check_quiet()


def test_a_slider_moves_chart_and_text(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    slider = seen.page.get_by_role("slider", name="K", exact=True)
    together = seen.page.get_by_role("group", name="K", exact=True).get_by_label("all at once")
    assert together.is_checked()
    assert slider.get_attribute("aria-valuetext") == "K=1, K=4, K=8"
    before = seen.drawing()
    for stop, name in enumerate(("K=1", "K=4", "K=8")):
        seen.slide("K", stop)
        assert seen.status() == f"{name}. 6 scores on 1 curve."
        assert slider.get_attribute("aria-valuetext") == name
        assert seen.page.get_by_role("group", name="K", exact=True).inner_text().count(name) == 1
        assert seen.page.locator("#explore .main svg .mark-symbol path").count() == 6
        assert seen.page.locator("#explore .main svg path[stroke='#c3c8d0']").count() == 2
        assert not together.is_checked()
    seen.follow(together.click)
    assert seen.drawing() == before
    seen.check_quiet()


def _numbers(seen: Visit, column: str) -> list[float]:
    """Return a column of the table of the chart's data."""
    table = seen.page.locator(".more > details table")
    table.locator("td").first.wait_for()  # it is filled when it has been opened
    titles = table.locator("th").all_inner_texts()
    cells = table.locator(f"tbody td:nth-child({titles.index(column) + 1})").all_inner_texts()
    return [float(cell.replace(",", "")) for cell in cells]


def test_items_show_their_interval_and_their_resolution(visit: Opener) -> None:
    table = compounding()
    seen = visit(report_of(table))
    seen.page.locator(".more > details summary").click()
    exact = table.frame.filter(metric="exact_match").sort("subtask", "scale")
    score = exact["score"].to_numpy()
    assert _numbers(seen, "from") == pytest.approx(list(score - 0.05), rel=1e-3, abs=1e-9)
    seen.slide("Test items", 4)
    low, high = wilson(score * 100, 100)
    assert _numbers(seen, "score") == pytest.approx(list(score), rel=1e-3, abs=1e-9)
    assert _numbers(seen, "from") == pytest.approx(list(low), rel=1e-3, abs=1e-9)
    assert _numbers(seen, "to") == pytest.approx(list(high), rel=1e-3)
    zero = int(((1 - score) ** 100 > 0.5).sum())
    assert zero > 0
    assert (
        f"On 100 items a score moves in steps of 1/n = 0.01; {zero} of 18 scores would more likely "
        "than not read exactly 0."
    ) in seen.status()
    assert "1/100" in seen.words()
    slider = seen.page.get_by_role("slider", name="Test items", exact=True)
    assert slider.get_attribute("aria-valuetext") == "100 items"
    seen.choose("Metric", "edit_distance (lower is better)")
    assert slider.is_disabled()  # no share of items
    assert "1/100" not in seen.words()
    seen.check_layout()
    seen.check_quiet()


def test_a_share_without_an_interval_gets_that_of_its_items(visit: Opener) -> None:
    bare = compounding().frame.drop("low", "high").filter(metric="exact_match")
    seen = visit(report_of(ScoreTable.from_frame(bare)))
    seen.page.locator(".more > details summary").click()
    score = bare.sort("subtask", "scale")["score"].to_numpy()
    low, _ = wilson(score * 1000, 1000)
    assert _numbers(seen, "from") == pytest.approx(list(low), rel=1e-3, abs=1e-9)
    assert _numbers(seen, "items") == [1000.0] * 18


def test_metrics_are_swapped_by_their_small_charts(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    others = seen.page.get_by_role("group", name="Other metrics")
    assert others.get_by_role("button").all_inner_texts() == ["edit_distance (lower is better)"]
    assert others.locator("svg").count() == 1
    seen.follow(others.get_by_role("button").click)
    assert "edit_distance (lower is better)" in seen.words()
    metric = seen.page.get_by_role("group", name="Metric", exact=True)
    assert metric.get_by_label("edit_distance (lower is better)").is_checked()
    assert others.get_by_role("button", name="exact_match").evaluate(
        "button => button === document.activeElement"
    )
    seen.follow(lambda: seen.page.keyboard.press("Enter"))
    assert "exact_match" in seen.words()
    seen.check_layout()
    seen.check_quiet()


def test_a_single_metric_says_why_there_is_no_switch(visit: Opener) -> None:
    alone = compounding().frame.filter(metric="exact_match")
    seen = visit(report_of(ScoreTable.from_frame(alone)))
    metric = seen.page.get_by_role("group", name="Metric", exact=True)
    assert "exact_match. The table has no other metric to swap it with." in metric.inner_text()
    assert metric.locator("input").count() == 0
    assert seen.page.get_by_role("group", name="Other metrics").locator("svg").count() == 0
    seen.check_quiet()


def _off_line(seen: Visit, chart: str) -> float:
    """Return how far the points of a chart lie off a straight line, in pixels."""
    places = seen.page.eval_on_selector_all(
        f"#explore {chart} svg .mark-symbol path",
        "nodes => nodes.map(node => node.getBoundingClientRect()).map(b => [b.x, b.y])",
    )
    x, y = np.array(places).T
    return float(np.abs(y - np.polyval(np.polyfit(x, y, 1), x)).max())


def test_a_power_law_per_token_is_straight_beside_the_accuracy(visit: Opener) -> None:
    sizes = np.geomspace(1e8, 1e11, 8)
    score = np.exp(-5 * (sizes / 2e9) ** -0.5)
    score[0], score[-1] = 0.0, 1.0
    columns = {"family": "f", "scale": sizes, "metric": "accuracy", "score": score}
    seen = visit(report_of(ScoreTable.from_columns(columns)))
    assert not seen.page.locator(".beside").is_visible()
    assert not seen.page.locator(".straight").is_visible()
    beside = seen.page.get_by_label("ln(−ln score) beside it")
    seen.follow(beside.click)
    assert "is a straight line in ln N" in seen.page.locator(".straight").inner_text()
    assert "2 scores of exactly 0 or 1 left out: ln(−ln) has no place for them." in seen.status()
    assert seen.page.locator("#explore .main svg .mark-symbol path").count() == 8
    assert seen.page.locator("#explore .beside svg .mark-symbol path").count() == 6
    assert _off_line(seen, ".beside") < 1.0
    assert _off_line(seen, ".main") > 20.0
    seen.choose("Scale axis", "linear")
    assert _off_line(seen, ".beside") < 1.0
    seen.follow(beside.click)
    assert not seen.page.locator(".beside").is_visible()
    seen.check_layout()
    seen.check_quiet()


def test_the_reader_chooses_the_scale(visit: Opener) -> None:
    rows = [(m, s) for s in (1, 2, 4) for m in (1e8, 1e9)]
    columns = {
        "family": [f"step {s}" for _, s in rows],
        "model": [f"{m:g} after {s}" for m, s in rows],
        "scale": [m for m, _ in rows],
        "steps": [s for _, s in rows],
        "flops": [m * s if m < 1e9 else None for m, s in rows],
        "family_on_steps": [f"{m:g}" for m, _ in rows],
        "metric": "accuracy",
        "score": [0.01 * s * m / 1e8 for m, s in rows],
    }
    seen = visit(report_of(ScoreTable.from_columns(columns)))
    assert {"step 1", "step 2", "step 4", "parameters"} <= set(seen.words())
    seen.choose("Scale", "training steps")
    assert {"1e+08", "1e+09", "training steps"} <= set(seen.words())
    assert seen.status() == "6 scores on 2 curves."
    seen.choose("Scale", "training FLOPs")
    assert "training FLOPs" in seen.words()
    assert seen.status() == "3 scores on 3 curves."
    seen.choose("Scale", "parameters")
    assert {"step 1", "step 2", "step 4"} <= set(seen.words())
    seen.check_quiet()


def test_hostile_names_are_text_in_every_control(visit: Opener) -> None:
    parameter = "K=<script>alert(1)</script>"
    frame = pl.concat(
        [
            hostile_table().frame.with_columns(
                subtask=pl.lit(name), metric=pl.lit(metric), n_items=pl.lit(10), family=pl.lit(n)
            )
            for n, (name, metric) in enumerate(
                (name, metric)
                for name in (parameter, "K=</option>", "K=<img src onerror(alert(2))>")
                for metric in ("<b>accuracy</b>", "acc,</fieldset><script>alert(3)</script>")
            )
        ]
    ).with_columns(pl.col("family").cast(pl.String))
    seen = visit(report_of(ScoreTable.from_frame(frame)))
    seen.page.locator(".more > details summary").click()
    for name in NASTY[1:3]:
        seen.choose("Task", name)
    seen.choose("K", parameter)
    assert seen.page.locator("img, iframe, object, embed").count() == 0
    assert seen.page.locator("script").count() == 2 + 2 + 2  # data, code, the data of two figures
    assert seen.page.locator("#explore b, #explore option script").count() == 0
    seen.check_quiet()


def test_on_paper_the_chart_stays_and_the_controls_go(visit: Opener) -> None:
    seen = visit(report_of(compounding()))
    seen.slide("K", 1)
    seen.page.emulate_media(media="print")
    assert seen.page.locator("#explore .main svg.marks").is_visible()
    assert seen.page.get_by_text("K=4. 6 scores on 1 curve.").is_visible()
    for hidden in ("form", "nav", "#data-download", ".vega-embed summary", ".more > details"):
        assert not seen.page.locator(hidden).first.is_visible(), hidden
    boxes = seen.page.locator(".wide").evaluate_all(
        "boxes => boxes.map((box) => box.scrollHeight - box.clientHeight)"
    )
    assert max(boxes) <= 1
    assert seen.page.pdf(format="A4").startswith(b"%PDF")
    seen.check_quiet()


def test_the_audits_word_follows_the_curves(visit: Opener) -> None:
    table = compounding()
    keys = table.curve_rows().keys.drop("seed").filter(metric="exact_match")
    verdicts = keys.with_columns(
        verdict=pl.Series(["smooth", "survives", "undecided"]),
        reason=pl.Series(["no sharper", "<b>sharper</b>", ""]),
    )
    seen = visit(report_of(table, verdicts=verdicts))
    assert "Audit: K=1 smooth, K=4 undecided, K=8 survives." in seen.status()
    seen.slide("K", 2)
    assert seen.status().endswith("Audit: survives; <b>sharper</b>.")
    seen.slide("K", 1)
    assert seen.status().endswith("Audit: undecided.")
    seen.choose("Metric", "edit_distance (lower is better)")
    assert "Audit" not in seen.status()
    seen.check_quiet()


def test_curves_without_another_metric_say_so(visit: Opener) -> None:
    seen = visit(report_of(suite(n_tasks=14)))
    others = seen.page.get_by_role("group", name="Other metrics")
    assert others.inner_text() == "These curves have no other metric to swap in."
