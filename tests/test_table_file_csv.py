"""Reading CSV: what is there, exactly, or one DataError that names the place."""

from pathlib import Path

import pytest

from simlab.table import ScoreTable
from simlab.table_file import read_frame
from tests.table_files import HEADER, ROWS, error, put


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
