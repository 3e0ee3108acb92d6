"""Reading files: what is there, exactly, or one DataError that names the place."""

import os
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simlab.errors import DataError
from simlab.table import ScoreTable
from simlab.table_file import MISSING, read_frame, write_frame

HEADER = "family,scale,metric,score"
ROWS = "toy,1e7,accuracy,0.25\ntoy,1e8,accuracy,0.5\n"


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def error(path: Path) -> str:
    """The message about a file, without its path; read as a table, as a user would."""
    with pytest.raises(DataError) as caught:
        ScoreTable.read(path)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(f"{path}: ")
    return text.removeprefix(f"{path}: ")


# -------------------------------------------------------------------------------------------- CSV


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{ROWS}",
        f"{HEADER}\n{ROWS}".removesuffix("\n"),
        f"{HEADER}\n{ROWS}".replace("\n", "\r\n"),
        f"\ufeff{HEADER}\n{ROWS}",
        f"{HEADER}\n\n{ROWS}\n\n,,,\n",
        f"\n{HEADER}\n{ROWS}",
        f'{HEADER}\n"toy","1e7","accuracy","0.25"\n"toy"," 1e8 ",accuracy,+.5\n',
        f"{HEADER},\n" + ROWS.replace("\n", ",\n"),
        f",{HEADER}\n" + "".join(f"{i},{row}\n" for i, row in enumerate(ROWS.splitlines())),
    ],
    ids=["plain", "no end", "crlf", "bom", "blank", "blank first", "quotes", "unnamed", "index"],
)
def test_spellings_of_one_csv(tmp_path: Path, text: str) -> None:
    frame = ScoreTable.read(put(tmp_path, "t.csv", text)).frame
    assert frame.select("family", "scale", "metric", "score").rows() == [
        ("toy", 1e7, "accuracy", 0.25),
        ("toy", 1e8, "accuracy", 0.5),
    ]
    assert frame["source"].to_list() == ["t.csv"] * 2
    assert "" not in frame.columns


def test_missing_words_in_columns_of_numbers_only(tmp_path: Path) -> None:
    words = ["", "NA", "N/A", "NaN", "nan", "null", "None"]
    rows = "".join(f"{word},{i + 1},m,{word},{word}\n" for i, word in enumerate(words))
    frame = read_frame(put(tmp_path, "t.csv", "family,scale,metric,score,other\n" + rows))
    assert frame["score"].to_list() == [None] * 7
    assert frame["other"].to_list() == [None] * 7
    assert frame["family"].to_list() == [None, *words[1:]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty; it needs a header and rows"),
        ("\n\n", "the file is empty; it needs a header and rows"),
        (f"{HEADER}\n", "it has a header and no row; give at least one score"),
        (f"{HEADER}\n,,,\n", "it has a header and no row; give at least one score"),
        (
            f"{HEADER}\n{ROWS}toy,1e9,accuracy\n",
            "row 3: 3 cells, but the header has 4; complete the row (is the file cut off?)",
        ),
        (
            f"{HEADER}\n\n{ROWS}toy,1e9,accuracy,0.5,7\n",
            "row 3: 5 cells, but the header has 4; complete the row (is the file cut off?)",
        ),
        (
            f"{HEADER},score\n{ROWS}",
            "header: column 'score' stands twice; rename or drop one",
        ),
        (
            f"{HEADER}\n{ROWS}{HEADER}\n",
            "row 3, column scale: 'scale' is not a number; correct it, or leave it empty if the "
            "value is missing",
        ),
        (
            HEADER.replace(",", ";") + "\n" + ROWS.replace(",", ";"),
            "header: cells are separated by ';'; save it with commas",
        ),
        (
            HEADER.replace(",", "\t") + "\n" + ROWS.replace(",", "\t"),
            "header: cells are separated by '\\t'; save it with commas",
        ),
        (
            f'{HEADER}\n"toy,1e7,accuracy,0.25\n',
            "line 2: unexpected end of data; close the quotes, double them within a cell",
        ),
        (
            f'{HEADER}\n"to"y,1e7,accuracy,0.25\n',
            "line 2: ',' expected after '\"'; close the quotes, double them within a cell",
        ),
        (
            f"{HEADER}\n{ROWS}".replace("\n", "\r"),
            "its rows cannot be told apart; end each line with a newline",
        ),
        (
            f"{HEADER}\ncaf\xe9,1e7,accuracy,0.5\n".encode("latin-1"),
            "it is not UTF-8; save it as UTF-8",
        ),
        (f"{HEADER}\n{ROWS}".encode("utf-16"), "it is not UTF-8; save it as UTF-8"),
        (
            f"{HEADER}\ntoy,1e7,accuracy,zero\n",
            "row 1, column score: 'zero' is not a number; correct it, or leave it empty if the "
            "value is missing",
        ),
        (
            f"{HEADER}\n{ROWS}toy,1e9,accuracy,inf\n",
            "row 3, column score: inf is not finite; leave it empty (null) if the value is missing",
        ),
        (
            f"{HEADER}\ntoy,1e7,accuracy,'{'9' * 200}\n",
            'row 1, column score: "\'99999999999999999999999999999999999999999999999..." is not '
            "a number; correct it, or leave it empty if the value is missing",
        ),
        (
            "family,scale,metric,Score\ntoy,1,m,1\n",
            "header: no column score; did you mean 'Score'?; it has family, scale, metric, Score; "
            "rename one, or read it by 'simlab replay table --column score=NAME'",
        ),
    ],
)
def test_csv_files_that_are_wrong(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert error(put(tmp_path, "t.csv", text)) == message


def test_csv_cells_that_are_too_long(tmp_path: Path) -> None:
    path = put(tmp_path, "t.csv", f"{HEADER}\n{'x' * 200_000},1e7,accuracy,0.5\n")
    assert error(path).startswith("line 2: field larger than field limit (131072)")


def test_names_that_are_patterns_name_one_file(tmp_path: Path) -> None:
    put(tmp_path, "t1.csv", f"{HEADER}\n" + ROWS.replace("toy", "other"))
    path = put(tmp_path, "t[1].csv", f"{HEADER}\n{ROWS}")
    assert ScoreTable.read(path).frame["family"].to_list() == ["toy", "toy"]
    ScoreTable.read(path).write(tmp_path / "t[1].parquet")
    ScoreTable.read(tmp_path / "t1.csv").write(tmp_path / "t1.parquet")
    assert ScoreTable.read(tmp_path / "t[1].parquet").frame["family"][0] == "toy"


def test_folders_named_like_partitions_add_no_column(tmp_path: Path) -> None:
    folder = tmp_path / "score=1"
    folder.mkdir()
    table = ScoreTable.read(put(tmp_path, "t.csv", f"{HEADER}\n{ROWS}"))
    table.write(folder / "t.parquet")
    assert ScoreTable.read(folder / "t.parquet").frame.equals(table.frame)


# ------------------------------------------------------------------------------------- JSON lines


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


# --------------------------------------------------------------------------- any bytes, any ending


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl", ".ndjson"])
def test_garbage_is_a_data_error(tmp_path: Path, ending: str) -> None:
    draw = random.Random(1)
    for size in (1, 4, 100, 5000):
        for _ in range(10):
            error(put(tmp_path, "t" + ending, draw.randbytes(size)))
    error(put(tmp_path, "t" + ending, b"PAR1" + draw.randbytes(400) + b"\x90\x00\x00\x00PAR1"))
    error(put(tmp_path, "t" + ending, b"\0" * 1000))


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_cut_and_damaged_files_never_raise_anything_else(tmp_path: Path, ending: str) -> None:
    draw = random.Random(2)
    path = tmp_path / ("t" + ending)
    table = ScoreTable.from_columns(
        {
            "family": "toy",
            "scale": np.arange(1.0, 41.0),
            "metric": "accuracy",
            "score": np.linspace(0, 1, 40),
            "note": [f'"{i}", ' for i in range(40)],
        }
    )
    table.write(path)
    whole, messages = path.read_bytes(), []
    for trial in range(120):
        content = bytearray(whole)
        # polars ends the process over some damaged footers of Parquet: no test can catch that
        if trial % 3 == 0 or ending == ".parquet":
            content = content[: draw.randrange(len(content))]
        else:
            for _ in range(draw.randint(1, 3)):
                content[draw.randrange(len(content))] = draw.randrange(256)
        path.write_bytes(content)
        try:
            ScoreTable.read(path)
        except DataError as caught:
            messages.append(str(caught))
    assert len(messages) > 30
    assert not any("\n" in message for message in messages)


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_file_cut_anywhere_gives_an_error_or_whole_rows(tmp_path: Path, ending: str) -> None:
    table = ScoreTable.from_columns(
        {"family": "toy", "scale": [1.0, 2.0, 3.0], "metric": "m", "score": [0.125, 0.25, 0.375]}
    )
    table.write(tmp_path / ("t" + ending))
    whole = (tmp_path / ("t" + ending)).read_bytes()
    for end in range(len(whole)):
        path = put(tmp_path, "cut" + ending, whole[:end])
        try:
            frame = ScoreTable.read(path).frame.drop("source")
        except DataError:
            continue
        assert frame.equals(table.frame.drop("source")[: frame.height]), end


def test_endings_and_places(tmp_path: Path) -> None:
    missing = tmp_path / "no.csv"
    assert error(missing) == "no such file; give a .parquet, .csv or .jsonl table"
    (tmp_path / "folder.csv").mkdir()
    assert error(tmp_path / "folder.csv").startswith("no such file; ")
    path = put(tmp_path, "t.xlsx", "x")
    assert error(path) == "unknown ending '.xlsx'; use .parquet, .csv or .jsonl"
    with pytest.raises(DataError, match=r"unknown ending ''; use \.parquet, \.csv or \.jsonl$"):
        write_frame(pl.DataFrame({"a": [1]}), tmp_path / "t")
    with pytest.raises(DataError, match="no such file"):
        read_frame(tmp_path / ("x" * 5000 + ".csv"))
    with pytest.raises(DataError, match="no such file"):
        read_frame(Path("a\0b.csv"))


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_places_that_cannot_be_written(tmp_path: Path, ending: str) -> None:
    frame = pl.DataFrame({"a": [1]})
    for path in (tmp_path / "none" / ("t" + ending), tmp_path / ("folder" + ending)):
        (tmp_path / ("folder" + ending)).mkdir(exist_ok=True)
        with pytest.raises(DataError) as caught:
            write_frame(frame, path)
        assert str(caught.value).startswith(f"{path}: cannot be written: ")
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_a_full_disk(tmp_path: Path, ending: str) -> None:
    path = tmp_path / ("t" + ending)
    path.symlink_to("/dev/full")
    with pytest.raises(DataError, match="cannot be written: "):
        write_frame(pl.DataFrame({"a": range(100_000)}), path)


def test_nested_columns_cannot_go_into_csv(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written: "):
        write_frame(pl.DataFrame({"a": [[1]]}), tmp_path / "t.csv")


# ------------------------------------------------------------------------------------- round trips

# CSV and JSON lines hold any text that is not blank; lone surrogates are no text.
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
names = texts | st.sampled_from(
    ["<script>alert(1)</script>", "a,b", '"', "a\nb", "a\r\nb", "NA", "None", "nan", "null", "é 😀"]
)
floats = st.floats(allow_nan=False, allow_infinity=False)
cells = {
    "task": names,
    "subtask": st.none() | names,
    "shots": st.none() | st.integers(0, 2**62),
    "chance": st.none() | floats,
    "higher_is_better": st.none() | st.booleans(),
    "n_items": st.none() | st.integers(1, 2**63 - 1),
    "stderr": st.none() | st.floats(0, 1e300),
    "source": names,
}


@st.composite
def tables(draw: st.DrawFn) -> ScoreTable:
    """Tables of any content that the schema allows, with two extra columns."""
    n = draw(st.integers(1, 8))
    columns: dict[str, Any] = {
        "family": draw(st.lists(names, min_size=n, max_size=n)),
        "model": draw(st.lists(names, min_size=n, max_size=n)),
        "scale": draw(st.lists(st.floats(5e-324, 1e308), min_size=n, max_size=n)),
        "metric": draw(names),
        "score": draw(st.lists(st.none() | floats, min_size=n, max_size=n)),
        "seed": list(range(n)),
    }
    for name, cell in cells.items():
        if draw(st.booleans()):
            columns[name] = draw(st.lists(cell, min_size=n, max_size=n))
    extra = names.filter(lambda text: text not in MISSING)
    columns["extra"] = draw(st.lists(extra, min_size=n, max_size=n))
    columns["<b>other"] = draw(st.lists(st.none() | extra, min_size=n, max_size=n))
    return ScoreTable.from_columns(columns)


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl", ".ndjson"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(table=tables())
def test_round_trip(tmp_path: Path, ending: str, table: ScoreTable) -> None:
    path = tmp_path / ("t" + ending)
    table.write(path)
    back = ScoreTable.read(path).frame
    expected = table.frame
    if expected["<b>other"].null_count() == len(expected):  # no value, no type
        back = back.with_columns(pl.lit(None).alias("<b>other"))
    assert back.schema == expected.schema
    assert back.rows() == expected.rows()


def test_extra_columns_of_other_types(tmp_path: Path) -> None:
    table = ScoreTable.from_columns(
        {"family": "a", "scale": [1, 2], "metric": "m", "score": 0.5, "n": [1, 2], "x": [0.1, None]}
    )
    for ending in (".parquet", ".jsonl"):
        table.write(tmp_path / ("t" + ending))
        assert ScoreTable.read(tmp_path / ("t" + ending)).frame.equals(table.frame)
    table.write(tmp_path / "t.csv")
    back = ScoreTable.read(tmp_path / "t.csv").frame
    assert back["n"].to_list() == ["1", "2"], "CSV keeps other columns as text"
    assert back["x"].to_list() == ["0.1", None]
