"""Distances to the ends of an interval: from bounds, standard errors or numbers of items."""

from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.intervals import wilson
from simlab.runs.score_margins import score_margins


def row(**held: object) -> pl.DataFrame:
    empty = {"metric": "m", "score": 0.5, "low": None, "high": None, "stderr": None}
    return pl.DataFrame([{**empty, "n_items": None, **held}])


@given(n=st.integers(1, 10**7), share=st.floats(0, 1), level=st.floats(0.5, 0.999999))
def test_an_interval_of_wilson_is_computed_anew_at_another_level(n, share, level):
    k = round(share * n)
    low, high = (float(x) for x in wilson(k, n))
    down, up = score_margins(row(score=k / n, low=low, high=high), level=level)
    ends = wilson(k, n, level=level)
    if high - low < 1:  # as wide as all shares, it tells no number of items
        assert k / n - down[0] == pytest.approx(float(ends[0]), abs=1e-6, rel=1e-6)
        assert k / n + up[0] == pytest.approx(float(ends[1]), abs=1e-6, rel=1e-6)


def test_other_intervals_stretch_as_normal_ones():
    z = NormalDist().inv_cdf(0.9995) / NormalDist().inv_cdf(0.975)
    for score, low, high in ((3.0, 2.5, 4.0), (0.5, 0.1, 0.6), (-1.0, -2.0, -0.5)):
        down, up = score_margins(row(score=score, low=low, high=high), level=0.999)
        assert (down[0], up[0]) == pytest.approx(((score - low) * z, (high - score) * z))


def test_what_is_known_decides():
    bounds = {"low": 0.3, "high": 0.9}
    assert score_margins(row(**bounds, stderr=0.01, n_items=10))[0][0] == pytest.approx(0.2)
    half = score_margins(row(low=0.3, stderr=0.1, n_items=10))
    assert half[0][0] == half[1][0] == pytest.approx(0.196, abs=1e-4)
    low, high = wilson(50, 100)
    counted = score_margins(row(metric="accuracy", n_items=100))
    assert counted[0][0] == pytest.approx(0.5 - float(low))
    assert counted[1][0] == pytest.approx(float(high) - 0.5)
    for unknown in (row(n_items=100), row(metric="accuracy"), row(score=None, **bounds),
                    row(metric="accuracy", score=1.5, n_items=9)):  # fmt: skip
        assert np.isnan(score_margins(unknown)).all()


def test_ends_that_pass_the_score_by_rounding_are_at_it():
    down, up = score_margins(row(score=0.5, low=0.5 + 1e-10, high=0.5 - 1e-10))
    assert down[0] == up[0] == 0.0
