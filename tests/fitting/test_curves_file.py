import polars as pl
import pytest

from simlab.errors import DataError
from simlab.fitting.curves_file import read_curves

ROWS = {
    "run": ["a", "a", "b", "b"],
    "params": [1e9, 1e9, 2e9, 2e9],
    "tokens": [1e9, 2e9, 1e9, 2e9],
    "loss": [3.0, 2.9, 3.1, 2.8],
}


def written(tmp_path, **changes):
    path = tmp_path / "curves.csv"
    columns = {k: v for k, v in (ROWS | changes).items() if v is not None}
    pl.DataFrame(columns).write_csv(path)
    return path


def test_columns_are_recognised(tmp_path):
    curves = read_curves(written(tmp_path))
    assert curves.n_params.tolist() == [1e9, 2e9]
    assert curves.flops.tolist() == [6e18, 12e18, 12e18, 24e18]
    by_flops = written(tmp_path, tokens=None, FLOPs=[6e18, 12e18, 12e18, 24e18])
    assert read_curves(by_flops).n_tokens.tolist() == [1e9, 2e9, 1e9, 2e9]
    numbered = written(tmp_path, run=None, Run_ID=[7, 7, 3, 3])
    assert read_curves(numbered).n_params.tolist() == [1e9, 2e9]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"run": None}, "no column run among params, tokens, loss"),
        ({"loss": None}, "no column loss"),
        ({"tokens": None}, "no column n_tokens or flops"),
        ({"run": ["a", None, "b", "b"]}, "row 2: run is missing"),
        ({"loss": ["3", "x", "3", "2"]}, "row 2: loss 'x' is not a number"),
        ({"params": [1e9, 1e9, 2e9, None]}, "row 4: params is missing"),
    ],
)
def test_bad_files(tmp_path, changes, words):
    with pytest.raises(DataError, match=words):
        read_curves(written(tmp_path, **changes))


def test_an_empty_file(tmp_path):
    path = tmp_path / "curves.csv"
    path.write_text("run,params,tokens,loss\n")
    with pytest.raises(DataError, match="no rows"):
        read_curves(path)
