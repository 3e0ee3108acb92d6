"""Reading JSON lines: what is there, exactly, or one DataError that names the place."""

import re
from pathlib import Path

import pytest

from simlab.table import ScoreTable
from tests.table_files import error, put


def test_json_lines(tmp_path: Path) -> None:
    lines = (
        '\ufeff{"family": "toy", "scale": 10000000, "metric": "accuracy", "score": 0, "tag": [1]}\n'
        "\n"
        '{"score": "0.5", "metric": "accuracy", "scale": 1e8, "family": "a:b", "seed": 3.0}\r\n'
        '{"family": "toy", "scale": 1e9, "metric": "accuracy", "score": null, '
        '"note": {"score": ":"}}'
    )
    frame = ScoreTable.read(put(tmp_path, "t.jsonl", lines)).frame
    assert frame.select("family", "scale", "score", "seed", "tag", "note").rows() == [
        ("toy", 1e7, 0.0, None, "[1]", None),
        ("a:b", 1e8, 0.5, 3, None, None),
        ("toy", 1e9, None, None, None, '{"score":":"}'),
    ]


GOOD = '{"family": "toy", "scale": 1e7, "metric": "accuracy", "score": 0.5}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty; give one JSON object a line"),
        ("\n \n", "the file is empty; give one JSON object a line"),
        (
            GOOD + GOOD.replace("0.5", '"high"').replace("1e7", "1e8"),
            "row 2, column score: 'high' is not a number; correct it, or leave it empty if the "
            "value is missing",
        ),
        (
            GOOD + GOOD.replace("0.5", "true").replace("1e7", "1e8"),
            "row 2, column score: True is not a number; correct it, or leave it empty if the "
            "value is missing",
        ),
        (
            GOOD + GOOD.replace("0.5", "[0.5]").replace("1e7", "1e8"),
            "row 2, column score: [0.5] is not a number; correct it, or leave it empty if the "
            "value is missing",
        ),
        (
            GOOD.replace('"toy"', '{"name": "toy"}'),
            "row 1, column family: {'name': 'toy'} is not a text; correct it, or leave it empty if "
            "the value is missing",
        ),
        (
            GOOD + GOOD.replace("0.5", '0.25, "score": 0.75'),
            "line 2: key 'score' stands twice; drop one",
        ),
        (
            GOOD + GOOD[:30],
            "line 2: Input data was truncated; give one JSON object a line",
        ),
        (
            f"[{GOOD.strip()}, {GOOD.strip()}]",
            "line 1: Expected `object`, got `array`; give one JSON object a line",
        ),
        ("7\n", "line 1: Expected `object`, got `int`; give one JSON object a line"),
        (
            GOOD.strip() + GOOD,
            "line 1: JSON is malformed: trailing characters (byte N); give one JSON object a line",
        ),
        (
            GOOD.replace("0.5", "NaN"),
            "line 1: JSON is malformed: invalid character (byte N); give one JSON object a line",
        ),
        (
            GOOD.replace("0.5", "1e999"),
            "line 1: Number out of range - at `$[...]`; give one JSON object a line",
        ),
        (
            GOOD.replace("toy", "\\ud800"),
            "line 1: JSON is malformed: unexpected end of escaped utf-16 surrogate pair (byte N); "
            "give one JSON object a line",
        ),
    ],
)
def test_json_lines_that_are_wrong(tmp_path: Path, text: str, message: str) -> None:
    assert re.sub(r"byte \d+", "byte N", error(put(tmp_path, "t.jsonl", text))) == message


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode().replace(b"toy", b"\xff\xfe"),
        GOOD.encode().replace(b"0.5", b"[" * 100_000),
        GOOD.encode("utf-16"),
    ],
    ids=["bytes", "depth", "utf-16"],
)
def test_json_lines_beyond_json(tmp_path: Path, content: bytes) -> None:
    assert len(error(put(tmp_path, "t.jsonl", content))) < 200
