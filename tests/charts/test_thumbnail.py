"""The small picture of a card."""

import xml.etree.ElementTree as ET

import polars as pl
import pytest

from simlab.charts.thumbnail import thumbnail
from simlab.emergence.score import emergence_scores
from simlab.table import ScoreTable
from tests.charts.conftest import SIZES, compounding, suite
from tests.report.conftest import hostile_table


def _drawn(table: ScoreTable) -> tuple[ET.Element, str]:
    found = thumbnail(table, emergence_scores(table))
    assert found is not None
    return ET.fromstring(found[0]), found[1]


def _lines(picture: ET.Element) -> list[str]:
    paths = picture.iter("{http://www.w3.org/2000/svg}path")
    return [p.get("stroke", "") for p in paths if p.get("aria-roledescription") == "line mark"]


def test_it_shows_the_curves_of_the_metric_that_jumps() -> None:
    picture, said = _drawn(compounding(seeds=(0, 1)))
    assert said == "exact_match against parameters, 3 curves"
    assert len(set(_lines(picture))) == 3


def test_a_metric_that_rises_comes_before_a_sharper_loss() -> None:
    rows = {"family": "f", "task": "t", "scale": SIZES * 2, "metric": ["loss"] * 6 + ["acc"] * 6}
    score = [9, 9.01, 9.02, 9.03, 9.04, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.5]
    table = ScoreTable.from_columns(
        {**rows, "score": score, "higher_is_better": [False] * 6 + [True] * 6}
    )
    assert _drawn(table)[1].startswith("acc ")
    falling = ScoreTable(table.frame.with_columns(higher_is_better=pl.lit(False)))
    assert _drawn(falling)[1].startswith("loss ")


def test_of_many_curves_and_points_a_few_are_drawn() -> None:
    families = tuple(f"f{i}" for i in range(30))
    picture, said = _drawn(suite(n_tasks=1, families=families))
    assert said == "bleu against parameters, 6 curves"
    assert len(_lines(picture)) == 6
    steps = {"family": "f", "scale_kind": "steps", "metric": "accuracy", "scale": range(1000)}
    long = ScoreTable.from_columns({**steps, "score": [i / 1000 for i in range(1000)]})
    found = thumbnail(long, emergence_scores(long))
    assert found is not None
    assert len(found[0]) < 40_000


@pytest.mark.parametrize("score", [[0.5], [None, 0.5], [0.5, None, 0.5]])
def test_short_curves_are_drawn_too(score: list[float | None]) -> None:
    columns = {"family": "f", "scale": SIZES[: len(score)], "metric": "accuracy", "score": score}
    assert _drawn(ScoreTable.from_columns(columns))[1] == "accuracy against parameters, 1 curve"


def test_without_a_score_there_is_no_picture() -> None:
    columns = {"family": "f", "scale": SIZES, "metric": "accuracy", "score": [None] * 6}
    table = ScoreTable.from_columns(columns)
    assert thumbnail(table, emergence_scores(table)) is None


def test_hostile_names_make_a_picture_without_links_or_scripts() -> None:
    picture, _ = _drawn(hostile_table())
    tags = {node.tag.rpartition("}")[2] for node in picture.iter()}
    assert tags <= {"svg", "rect", "g", "path", "line", "text", "defs", "clipPath", "tspan"}
