"""Results of lm-evaluation-harness that are damaged, or no scores."""

import json
import re

import pytest

from simlab.cli import main
from simlab.errors import DataError
from tests.replay.harness_files import old_results, write
from tests.replay.lm_eval_reading import noted, read, rows


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("NaN", "is not finite"),
        ("Infinity", "is not finite"),
        ("-Infinity", "is not finite"),
        ("1e400", "is not finite"),
        ("1" + "0" * 400, "is not finite"),
        ("null", "is missing"),
        ('"N/A"', "is missing"),
        ('"0.5"', "'0.5' is not a number"),
        ("true", "True is not a number"),
        ("[0.5]", r"\[0.5\] is not a number"),
        ("{}", "{} is not a number"),
        ("1.5", "1.5 lies outside 0 .. 1"),
        ("-0.5", "-0.5 lies outside 0 .. 1"),
    ],
)
def test_what_is_no_score_is_left_empty_counted_and_named(value, why, tmp_path):
    text = json.dumps(old_results("toy-1b")).replace("0.75", value)
    write(tmp_path / "a.json", text.encode())
    reading = read(tmp_path)
    assert rows(reading, "metric", "score") == [("acc", None), ("acc_norm", 0.5)]
    assert noted(reading, f"^1 values are no score.*a.json: results.piqa.acc: {why}")
    assert len(reading.tables["Values that are no score"]) == 1


@pytest.mark.parametrize("value", ["NaN", "1e400", "-0.5", "true", '"x"'])
def test_what_is_no_standard_error_is_left_empty_and_named(value, tmp_path):
    write(tmp_path / "a.json", json.dumps(old_results("toy-1b")).replace("0.1", value).encode())
    reading = read(tmp_path)
    assert rows(reading, "score", "stderr") == [(0.75, None), (0.5, None)]
    assert noted(reading, "results.piqa.acc_stderr")


GOOD = json.dumps(old_results("toy-1b")).encode()
DAMAGED = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n ", "the file is empty"),
    "cut": (GOOD[:-40], "line 1, column .*: not JSON, or cut off"),
    "latin": (GOOD.replace(b"piqa", b"pi\xffa"), "byte .*: not UTF-8"),
    "deep": (b'{"results": ' + b'{"a":' * 50_000 + b"}" * 50_000 + b"}", "nested too deeply"),
    "number": (GOOD.replace(b"0.75", b"9" * 5000), "holds a number of thousands of digits"),
    "list": (GOOD.replace(b'{"piqa"', b'[{"piqa"').replace(b'}}, "v', b'}}], "v'), "expected"),
    "typed": (b'{"results": {"piqa": 5}}', "expected `object`, got `int`"),
    "args": (GOOD.replace(b'"pretrained=toy-1b"', b"7"), "at .*model_args"),
    "renamed": (GOOD.replace(b'"results"', b'"result"'), "has no key 'results'"),
    "binary": (bytes(range(256)) * 20, "not UTF-8|not JSON"),
    "utf16": (GOOD.decode().encode("utf-16"), "not UTF-8|not JSON"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_named_with_its_place_and_the_rest_is_used(kind, tmp_path):
    content, why = DAMAGED[kind]
    write(tmp_path / "bad" / "b.json", content)
    write(tmp_path / "good.json", old_results("toy-2b"))
    reading = read(tmp_path)
    assert set(rows(reading, "model")) == {("toy-2b",)}
    (note,) = noted(reading, "^1 of 2 files cannot be read, in whole or in part: bad/b.json: ")
    assert re.search(why, note)
    table = reading.tables["Files that cannot be read, or in part"]
    assert table["file"].to_list() == ["bad/b.json"]
    assert re.search(why, table["problem"][0])
    with pytest.raises(DataError, match=why) as caught:
        read(tmp_path, strict=True)
    assert str(caught.value).startswith(f"{tmp_path}/bad/b.json: ")
    assert "\n" not in str(caught.value)


def test_only_damaged_files_are_an_error_that_says_why(tmp_path):
    write(tmp_path / "a.json", b"{")
    with pytest.raises(DataError, match=r"no results .* among 1 files.*a.json: line 1") as caught:
        read(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [{"a": 1}, [1, 2], {}])
def test_other_json_is_passed_over_even_if_strict(content, tmp_path):
    write(tmp_path / "config.json", content)
    write(tmp_path / "good.json", old_results("toy-2b"))
    reading = read(tmp_path, strict=True)
    assert noted(reading, "^1 JSON files are no results")


def test_nothing_to_read_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no results of lm-evaluation-harness among 0 files"):
        read(tmp_path)
    with pytest.raises(DataError, match="no such file or folder"):
        read(tmp_path / "none")
    write(tmp_path / "a.json", {"results": {}})
    with pytest.raises(DataError, match="no results of lm-evaluation-harness among 1 files"):
        read(tmp_path)


def test_a_file_that_the_system_does_not_give_is_named(tmp_path):
    write(tmp_path / "good.json", old_results("toy-2b"))
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    assert noted(read(tmp_path), "gone.json: No such file or directory")


def test_names_that_are_none_are_left_out(tmp_path):
    results = {" ": {"acc": 0.5}, "t": {" ": 0.5, "acc": 0.25}}
    write(tmp_path / "a.json", old_results("toy-1b", results=results))
    reading = read(tmp_path)
    assert rows(reading, "task", "metric", "score") == [("t", "acc", 0.25)]
    assert noted(reading, "^2 values are no score")


def test_half_a_character_pair_in_a_name_is_replaced(tmp_path):
    text = json.dumps(old_results("toy-1b")).replace("piqa", "\\ud800")
    write(tmp_path / "a.json", text.encode())
    assert set(rows(read(tmp_path), "task")) == {("?",)}


def test_the_command_reads_a_folder_and_stops_at_damage_if_strict(tmp_path, capsys):
    def simlab(*words):
        with pytest.raises(SystemExit) as ended:
            main(["replay", "lm-eval", *map(str, words), "--out", str(tmp_path / "runs")])
        return ended.value.code or 0, *capsys.readouterr()

    for i in (1, 2, 4, 8):
        write(tmp_path / "in" / f"{i}.json", old_results(f"toy-{i}b"))
    write(tmp_path / "in" / "bad.json", b"{")
    code, out, _ = simlab(tmp_path / "in", "--no-samples")
    assert code == 0
    assert "1 of 5 files cannot be read" in out
    code, out, err = simlab(tmp_path / "in", "--strict")
    assert (code, out) == (3, "")
    assert err.count("\n") == 1
    assert "bad.json: line 1, column 2" in err
