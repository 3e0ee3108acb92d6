"""``simlab data``: what it prints, where, and with which exit code."""

import csv
import io
import json
from pathlib import Path

import pytest

from simlab.data import pins
from tests.cli.conftest import Simlab
from tests.data.conftest import ARCHIVE, CONTENT, FILE, SCORES, good_members, tar_gz


@pytest.fixture
def base(simlab: Simlab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands in for GitHub and holds two toy sets."""
    monkeypatch.setenv("SIMLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setitem(pins.DATA_SETS, "toy", FILE)
    monkeypatch.setitem(pins.DATA_SETS, "toys", ARCHIVE)
    source = tmp_path / "base" / "owner" / "toy"
    (source / FILE.commit / "sub folder").mkdir(parents=True)
    (source / FILE.commit / "sub folder" / "toy.csv").write_bytes(CONTENT)
    (source / "tar.gz").mkdir()
    (source / "tar.gz" / ARCHIVE.commit).write_bytes(tar_gz(good_members()))
    return tmp_path / "base"


def test_fetch_prints_paths_and_says_what_it_did(simlab: Simlab, base: Path) -> None:
    code, out, err = simlab("data", "fetch", "toy", "toys", "--base", base)
    data = base.parent / "data"
    assert (code, out) == (0, f"{data}/toys/toy.csv\n{data}/toys/tasks\n")
    assert f"toy: fetching from {base}/owner/toy/" in err
    assert "toy: 512,000 bytes, sha256 as published; licence: CC0" in err
    size = f"{sum(map(len, SCORES.values())):,}"
    assert f"toys: {size} bytes in 3 files, no checksum is published: recorded as received" in err
    (data / "toys/toy.csv").write_text("changed by hand")
    code, again, err = simlab("data", "fetch", "toy", "--quiet", "--base", base)
    assert (code, again, err) == (0, out.splitlines()[0] + "\n", "")
    assert (data / "toys/toy.csv").read_text() == "changed by hand"
    code, _, err = simlab("data", "fetch", "toy", "--force", "--base", base)
    assert code == 0
    assert (data / "toys/toy.csv").read_bytes() == CONTENT


def test_list_tells_what_is_here(simlab: Simlab, base: Path) -> None:
    simlab("data", "fetch", "toys", "--base", base)
    code, out, _ = simlab("data", "list", "--format", "json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert code == 0
    assert rows["toys"]["state"] == "present"
    assert rows["toys"]["path"] == str(base.parent / "data/toys/tasks")
    assert rows["toys"]["size"].endswith("bytes in 3 files")
    assert (rows["toy"]["state"], rows["toy"]["size"]) == ("absent", "512,000 bytes")
    assert rows["bigbench"]["licence"] == "Apache-2.0"
    assert rows["bigbench-lite"]["replay"] == "simlab replay bigbench bigbench-lite"
    code, out, _ = simlab("data", "list", "--format", "csv")
    assert [row["name"] for row in csv.DictReader(io.StringIO(out))] == list(rows)
    code, out, _ = simlab("data", "list")
    assert "chinchilla-runs" in out


def test_path_is_one_line_or_exit_3(simlab: Simlab, base: Path) -> None:
    assert simlab("data", "path", "toy") == (
        3,
        "",
        "simlab: toy: not fetched; run 'simlab data fetch toy' (512,000 bytes; CC0)\n",
    )
    simlab("data", "fetch", "toy", "--base", base)
    place = base.parent / "data/toys/toy.csv"
    assert simlab("data", "path", "toy") == (0, f"{place}\n", "")


def test_verify_exits_1_where_something_differs(simlab: Simlab, base: Path) -> None:
    code, _, err = simlab("data", "verify")
    assert (code, err) == (0, "no data set is here; 'simlab data fetch NAME' fetches one\n")
    assert simlab("data", "verify", "toy").code == 3
    simlab("data", "fetch", "toy", "toys", "--base", base)
    code, out, err = simlab("data", "verify", "--format", "json")
    assert (code, err) == (0, "")
    found = {row["name"]: row for row in json.loads(out)}
    assert list(found) == ["toy", "toys"]
    assert found["toy"]["against"] == "published sha256"
    assert found["toys"]["against"].startswith("trust on first use")
    (base.parent / "data/toys/tasks/add/results/scores_a.json").write_text("other")
    code, out, err = simlab("data", "verify")
    assert code == 1
    assert "mismatch" in out
    assert err.startswith("toys: ")
    assert err.count("\n") == 1
    assert simlab("data", "verify", "toy").code == 0


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["fetch"], 2, "data fetch: give at least one NAME of bigbench-lite,"),
        (["fetch", "bigbenhc"], 2, "no data set 'bigbenhc'; did you mean 'bigbench'?"),
        (["fetch", "toy", "--base", "ftp://x"], 2, "--base ftp://x: give an http(s) address or a"),
        (["fetch", "toy", "--base", "nowhere"], 2, "--base nowhere: is no folder"),
        (["fetch", "toy", "--base", "."], 3, "No such file or directory; check --base"),
        (["fetch", "toy", "--base", "http://127.0.0.1:9"], 3, "cannot reach 127.0.0.1:9"),
        (["fetch", "toy", "--timeout", "0"], 2, "--timeout"),
        (["path"], 2, "NAME"),
        (["verify", "nothing"], 2, "no data set 'nothing'"),
    ],
)
def test_errors_are_one_line(
    simlab: Simlab, base: Path, words: list[str], code: int, complaint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    found = simlab("data", *words, *(["--quiet"] if words[0] == "fetch" else []))
    assert (found.code, found.out) == (code, "")
    assert complaint in found.err
    assert found.err.count("\n") == 1


def test_the_base_may_come_from_the_environment(
    simlab: Simlab, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMLAB_DATA_BASE", str(base))
    assert simlab("data", "fetch", "toy").code == 0


def test_replay_takes_the_name_of_a_data_set(
    simlab: Simlab, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMLAB_DATA", str(tmp_path / "empty"))
    code, out, err = simlab("replay", "bigbench", "bigbench-lite")
    assert (code, out) == (3, "")
    assert err == (
        "simlab: bigbench-lite: not fetched; run 'simlab data fetch bigbench-lite' "
        "(15,044 bytes; Apache-2.0)\n"
    )
    monkeypatch.setenv("SIMLAB_DATA", str(data))
    code, out, _ = simlab("replay", "bigbench", "bigbench-lite", "--format", "json")
    assert code == 0
    assert str(data / "bigbench/bigbench_lite_wide.csv") in json.loads(out)["run"]["inputs"]


def test_examples_are_copied_once(simlab: Simlab, tmp_path: Path) -> None:
    code, out, err = simlab("data", "examples", tmp_path / "mine")
    assert (code, out) == (0, f"{tmp_path}/mine\n")
    assert f"bytes; {tmp_path}/mine/README.md says what they are" in err
    assert (tmp_path / "mine" / "lm_eval").is_dir()
    code, out, err = simlab("data", "examples", tmp_path / "mine")
    assert (code, out) == (2, "")
    assert "is here already" in err
