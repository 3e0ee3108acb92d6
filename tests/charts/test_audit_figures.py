import math

import numpy as np
import polars as pl
import pytest

from simlab.audit.audit import Question, audit
from simlab.audit.verdict import VERDICTS
from simlab.charts.audit import VERDICT_COLOURS, audit_figures, log_minus_log, smooth_curve
from simlab.table import ScoreTable

SCALES = 10.0 ** np.arange(6, 14)
SHARES = {
    "flat": [0.24, 0.26, 0.25, 0.24, 0.26, 0.25, 0.24, 0.25],
    "smooth": [0.02, 0.04, 0.08, 0.14, 0.23, 0.33, 0.45, 0.56],
    "step": [0.0, 0.02, 0.02, 0.02, 0.02, 0.75, 0.75, 0.75],
    "full": [0.2, 0.4, 0.6, 0.8, 0.9, 0.97, 0.99, 1.0],
}


def table(**columns):
    rows = [
        {"family": "toy", "task": t, "metric": "accuracy", "scale": s, "score": y, "n_items": 400,
         "chance": 0.0}
        for t, ys in SHARES.items() for s, y in zip(SCALES, ys, strict=True)
    ]  # fmt: skip
    return ScoreTable.from_frame(pl.DataFrame(rows).with_columns(**columns))


@pytest.fixture(scope="module")
def found():
    return audit(table(), question=Question(replicates=199))


def layers(figure, panel):
    """Return the rows of each layer; altair keeps them by name at the top."""
    datasets = figure.spec()["datasets"]
    return [datasets[layer["data"]["name"]] for layer in panel["layer"]]


def panels(figure):
    spec = figure.spec()
    return [panel for row in spec["vconcat"] for panel in row["hconcat"]]


def test_figures(found):
    figures = {figure.name: figure for figure in audit_figures(found, alpha=0.05)}
    assert list(figures) == ["verdicts", "p-values", "curves", "coordinate"]
    values = layers(figures["verdicts"], figures["verdicts"].spec())[0]
    assert {v["verdict"]: v["curves"] for v in values} == found.counts
    bars = layers(figures["p-values"], figures["p-values"].spec())[0]
    assert sum(bar["curves"] for bar in bars) == 4
    drawn = panels(figures["curves"])
    names = [panel["title"]["text"] for panel in drawn]
    assert names[0] == "step"
    assert set(names[1:]) == {"smooth", "full"}
    assert "survives" in drawn[0]["title"]["subtitle"][1]
    assert drawn[0]["title"]["subtitleColor"] == VERDICT_COLOURS["survives"]


def test_every_verdict_has_a_colour():
    assert set(VERDICT_COLOURS) == set(VERDICTS)


def test_the_drawn_curve_passes_through_the_fit(found):
    rows = found.verdicts.with_row_index("curve")
    for row in rows.iter_rows(named=True):
        points = found.points.filter(pl.col("curve") == row["curve"])
        fine = smooth_curve(points, row, n=8)
        assert [at["scale"] for at in fine] == pytest.approx(SCALES.tolist())
        assert [at["y"] for at in fine] == pytest.approx(points["fitted"].to_list(), abs=1e-6)


def test_the_coordinate(found):
    figure = audit_figures(found, alpha=0.05)[-1]
    drawn = panels(figure)
    points = [v for panel in drawn for values in layers(figure, panel)[2:] for v in values]
    assert len(points) == 24
    ends = {v["share"]: v["at"] for v in points}
    assert (ends[0.0], ends[1.0], ends[0.75]) == ("bottom", "top", "inner")
    assert log_minus_log(0.5, 0.25) == pytest.approx(math.log(-math.log(1 / 3)))


def test_nothing_to_draw():
    bare = audit(table(n_items=pl.lit(None, pl.Int64), score=pl.lit(0.5)))
    assert [figure.name for figure in audit_figures(bare, alpha=0.05)] == ["verdicts"]


def test_a_loss_axis():
    turned = table(scale=16.0 - pl.col("scale").log10(), scale_kind=pl.lit("loss"))
    found = audit(turned, question=Question(replicates=99))
    rows = found.verdicts.with_row_index("curve").filter(task="smooth")
    points = found.points.filter(pl.col("curve") == rows["curve"][0])
    fine = smooth_curve(points, rows.row(0, named=True))
    assert fine[0]["scale"] > fine[-1]["scale"]
    assert fine[0]["y"] < fine[-1]["y"]
    assert audit_figures(found, alpha=0.05)[2].spec()
