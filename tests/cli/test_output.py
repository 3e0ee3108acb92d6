"""What commands print of results of any size."""

import json

import msgspec
import polars as pl
import pytest

from simlab.cli import output
from simlab.cli.output import as_object, write_json, write_result
from simlab.lab import run


@pytest.mark.parametrize("rows", [1, 7, 10_000])
def test_slices_make_the_same_text_as_the_whole(
    rows: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run("compounding", {"K": [1, 4], "items": [100]}, out=None)
    held = as_object(result)
    plain = {k: v.to_dicts() if isinstance(v, pl.DataFrame) else v for k, v in held.items()}
    whole = msgspec.json.format(msgspec.json.encode(plain)).decode() + "\n"
    monkeypatch.setattr(output, "_SLICE", rows)
    capsys.readouterr()
    write_result(result, "json")
    assert capsys.readouterr().out == whole
    write_result(result, "csv")
    assert capsys.readouterr().out == result.table.frame.write_csv()


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"name": []}, schema={"name": pl.String}),
        pl.DataFrame({"name": ["[", "\n]", '"\u2028', None], "x": [1.5, float("inf"), None, -0.0]}),
    ],
)
def test_frames_in_an_object(frame: pl.DataFrame, capsys: pytest.CaptureFixture[str]) -> None:
    held = {"before": {"a": [1]}, "rows": frame, "after": [], "none": None}
    write_json(held)
    expected = msgspec.json.format(msgspec.json.encode({**held, "rows": frame.to_dicts()}))
    out = capsys.readouterr().out
    assert json.loads(out) == json.loads(expected)
    assert out == expected.decode().replace("\u2028", "\\u2028") + "\n"
