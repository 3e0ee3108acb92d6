import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.emergence.score import emergence_scores
from simlab.emergence.scored_curves import scored_curves
from simlab.emergence.zero_medians import TREATMENTS, treated_scores
from simlab.errors import DataError, UsageError
from simlab.table import ScoreTable
from tests.naive import emergence as naive


def table(*curves: list[float], **columns: object) -> ScoreTable:
    return ScoreTable.from_columns(
        {
            "family": "toy",
            "task": [f"t{i}" for i, y in enumerate(curves) for _ in y],
            "scale": [10.0**k for y in curves for k in range(len(y))],
            "metric": "acc",
            "score": [v for y in curves for v in y],
            **columns,
        }
    )


def treated(held: ScoreTable, treatment: str) -> list[float | None]:
    values = treated_scores(held, emergence_scores(held), treatment=treatment)  # type: ignore[arg-type]
    return values.to_list()


def test_only_zero_medians_are_treated() -> None:
    held = table([0, 0, 0, 0.5], [0.5, 0, 0, 0], [0.1, 0.2, 0.4, 0.8], [0.3] * 4, [0.1, 0.2])
    smooth = emergence_scores(held)["emergence_score"][2]
    assert treated(held, "dropped") == [None, None, smooth, None, None]
    assert treated(held, "emergent") == [math.inf, -math.inf, smooth, None, None]
    assert treated(held, "smallest-step") == [1.0, -1.0, smooth, None, None]


def test_direction_of_the_metric_turns_the_sign() -> None:
    held = table([0.5, 0, 0, 0], higher_is_better=False)
    assert treated(held, "emergent") == [math.inf]
    assert treated(held, "smallest-step") == [1.0]


@given(st.lists(st.sampled_from([0.0, 0.125, 0.25, 1.0]), min_size=3, max_size=9))
def test_smallest_step_is_that_of_the_oracle(y: list[float]) -> None:
    held = table(y)
    (found,) = treated(held, "smallest-step")
    status = emergence_scores(held)["status"][0]
    if status == "zero_median":
        assert found == naive.range_over_smallest_step(y)
        assert abs(found) >= 1.0
    else:
        assert found == emergence_scores(held)["emergence_score"][0]


def test_wrong_arguments() -> None:
    held = table([0, 0, 0, 0.5])
    with pytest.raises(UsageError, match="zero medians 'kept': use one of dropped"):
        treated(held, "kept")
    scores = emergence_scores(held)
    with pytest.raises(DataError, match="2 scores for 1 curves"):
        treated_scores(held, pl.concat([scores, scores]), treatment="emergent")


def test_scored_curves_hold_all_treatments_and_tell_scales_apart() -> None:
    held = ScoreTable.from_columns(
        {
            "family": "toy",
            "metric": ["acc"] * 3 + ["bleu"] * 3 + ["other"] * 2,
            "scale": [1e7, 1e8, 1e9, 1e9, 1e8, 1e7, 1e7, 1e8],
            "score": np.linspace(0, 1, 8),
        }
    )
    found = scored_curves(held)
    assert found["kind"].to_list() == ["all-or-nothing", "graded", "unknown"]
    same = found["scale_set"].to_list()
    assert same[0] == same[1] != same[2]
    for treatment in TREATMENTS:
        want = treated_scores(held, emergence_scores(held), treatment=treatment)
        assert found[treatment].to_list() == want.to_list()
