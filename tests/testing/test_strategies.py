"""What the strategies promise of every example, and that they reach the corners."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from simlab.emergence.score import emergence_score, emergence_scores
from simlab.errors import UsageError
from simlab.simulators.family import ModelFamily
from simlab.table import ScoreTable
from simlab.testing import (
    DrawnCurve,
    curves,
    distributions,
    families,
    log_spaced_sizes,
    outcomes,
    probabilities,
    score_tables,
)
from simlab.testing.curves import SHAPES

few = settings(max_examples=50)


@given(probabilities(low=0.1, high=0.9))
def test_probabilities(p: float) -> None:
    assert 0.1 <= p <= 0.9
    assert (p * 1024).is_integer()


@given(distributions(min_options=1, max_options=5))
def test_distributions(q: list[float]) -> None:
    assert 1 <= len(q) <= 5
    assert min(q) >= 0
    assert sum(q) == 1


@given(distributions(min_options=2, max_options=64, positive=True))
def test_positive_distributions(q: list[float]) -> None:
    assert min(q) > 0
    assert sum(q) == 1


@given(log_spaced_sizes(min_models=2, max_models=9))
def test_sizes(sizes: tuple[float, ...]) -> None:
    assert 2 <= len(sizes) <= 9
    steps = np.diff(np.log(sizes))
    assert steps.min() > 0
    assert np.ptp(steps) < 1e-9


@few
@given(families(min_models=2, max_models=5))
def test_families(family: ModelFamily) -> None:
    assert 2 <= len(family.loss) <= 5
    assert (np.diff(family.n_params) > 0).all()
    assert (np.diff(family.loss) < 0).all()
    assert ((family.token_success >= 0) & (family.token_success <= 1)).all()


@pytest.mark.parametrize("law", ["power-law", "chinchilla"])
def test_a_family_of_each_law(law: str) -> None:
    assert find(families(law=law), lambda f: True).name == law  # type: ignore[arg-type]


@few
@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
def test_curves(shape: str, data: st.DataObject) -> None:
    curve: DrawnCurve = data.draw(curves(shape, min_scales=2, max_scales=7))  # type: ignore[arg-type]
    y = curve.score
    assert 2 <= len(y) == len(curve.scale) <= 7
    assert (np.diff(curve.scale) > 0).all()
    assert y.min() >= 0
    assert y.max() <= 1
    steps = np.diff(y)
    if shape == "flat":
        assert not steps.any()
    elif shape == "line":
        assert steps[0] > 0
        assert np.ptp(steps) == 0
    elif shape == "step":
        assert np.count_nonzero(steps) == 1
        assert steps.sum() > 0
    elif shape in ("rising", "smooth"):
        assert (steps >= 0).all()
    if shape == "rising":
        assert steps.sum() > 0


@given(curves("line", min_scales=3))
def test_the_documented_example_a_line_scores_its_scales(curve: DrawnCurve) -> None:
    assert emergence_score(curve.scale, curve.score).score == len(curve.scale) - 1


@given(outcomes(min_items=2, max_items=5, n_steps=3))
def test_outcomes(right: np.ndarray) -> None:
    assert right.dtype == np.bool_
    assert right.ndim == 2
    assert 2 <= right.shape[0] <= 5
    assert right.shape[1] == 3


def test_items_of_one_difficulty_fail_together() -> None:
    def all_alike(**options: bool) -> int:
        seen = 0

        def count_alike(right: np.ndarray) -> bool:
            nonlocal seen
            same = (right.all(axis=1) | ~right.any(axis=1)).all()
            seen += bool(same)
            return False

        with pytest.raises(Exception, match="No examples"):
            find(outcomes(min_items=4, max_items=4, n_steps=6, **options), count_alike,
                 settings=settings(max_examples=200, derandomize=True, database=None))  # fmt: skip
        return seen

    assert all_alike(difficulty=True) > all_alike()


@few
@given(score_tables(max_curves=2, missing=True, seeds=True))
def test_score_tables(table: ScoreTable) -> None:
    again = ScoreTable.from_frame(table.frame)
    assert again.frame.equals(table.frame)
    assert 1 <= table.frame["task"].n_unique() <= 2
    counts = (table.frame["score"] * table.frame["n_items"]).drop_nulls()
    assert np.allclose(counts, counts.round())
    assert emergence_scores(table).height == table.frame.select("task", "seed").n_unique()


@few
@given(score_tables())
def test_tables_are_whole_unless_asked(table: ScoreTable) -> None:
    assert table.n_missing == 0
    assert table.frame["seed"].null_count() == len(table)


def test_a_table_can_be_written_and_read(tmp_path: Path) -> None:
    generate = settings(phases=[Phase.generate])
    table = find(score_tables(missing=True), lambda table: table.n_missing > 0, settings=generate)
    table.write(tmp_path / "scores.csv")
    assert ScoreTable.read(tmp_path / "scores.csv").frame["score"].null_count() == table.n_missing


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: probabilities(low=0.5, high=0.4), "0.5 .. 0.4; give 0 <= low <= high <= 1"),
        (lambda: probabilities(high=1.5), "0 .. 1.5"),
        (lambda: distributions(min_options=0), "0 .. 6 options"),
        (lambda: log_spaced_sizes(min_models=3, max_models=2), "3 .. 2 models"),
        (lambda: families(law="kaplan"), "law 'kaplan'"),  # type: ignore[arg-type]
        (lambda: curves("wavy"), "shape 'wavy'; give one of any, flat"),  # type: ignore[arg-type]
        (lambda: curves(min_scales=1), "1 .. 12 scales"),
        (lambda: outcomes(min_items=0), "0 .. 8 items"),
        (lambda: outcomes(n_steps=0), "0 steps"),
        (lambda: score_tables(max_curves=0), "0 curves"),
    ],
)
def test_arguments_out_of_range(call: object, complaint: str) -> None:
    with pytest.raises(UsageError) as error:
        call()  # type: ignore[operator]
    assert complaint in str(error.value)
