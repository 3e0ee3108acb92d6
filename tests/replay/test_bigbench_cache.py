"""The Parquet cache of score files: fast when nothing changed, never old when something did."""

import os
import shutil
import time

import pytest

from replay import bigbench, bigbench_cache, bigbench_source
from replay.bigbench import Options
from replay.bigbench_tree import listing
from tests.replay.test_bigbench_files import FILE, with_entries, written


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bigbench_cache, "_SETTLED", 0)
    return tmp_path / "cache" / "bigbench"


@pytest.fixture
def root(tmp_path, cache):
    root = tmp_path / "tree"
    model = FILE["model"] | {"model_name": "64b"}
    written(root, {**FILE, "model": model}, name="scores_PaLM_64b.json")
    return written(root)


@pytest.fixture
def times_read(monkeypatch):
    times = []
    collect = bigbench_source.collect

    def counted(root, files, into, **rest):
        times.append(len(files))
        collect(root, files, into, **rest)

    monkeypatch.setattr(bigbench_source, "collect", counted)
    return times


def scores(root, **options):
    return bigbench.read(root, Options(**options)).table.frame["score"].to_list()


def results(cache):
    return sorted(p.name for p in cache.glob("*/*") if p.is_dir() and p.name != "listings")


def test_unchanged_files_are_read_once_and_the_rest_is_equal(root, times_read):
    first, second = (bigbench.read(root, Options()) for _ in range(2))
    assert times_read == [2]
    assert first.table.frame.equals(second.table.frame, null_equal=True)
    assert first.table.frame.schema == second.table.frame.schema
    assert (first.notes, first.digest) == (second.notes, second.digest)
    assert scores(root, normalise=True) == [50.0, 50.0]
    assert times_read == [2]
    assert scores(root, cache=False) == [0.5, 0.5]
    assert times_read == [2, 2]


def test_any_change_is_seen_even_with_the_old_size_and_time(root, times_read):
    assert scores(root) == [0.5, 0.5]
    path = root / "logic" / "results" / "scores_PaLM_8b.json"
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"0.5", b"0.7"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    assert scores(root) == [0.5, 0.7]
    path.unlink()
    assert scores(root) == [0.5]
    written(root)
    assert scores(root) == [0.5, 0.5]
    assert times_read == [2, 2, 1, 2]


def test_results_are_named_by_content(root, cache, tmp_path):
    one = bigbench.read(root, Options()).digest
    shutil.copytree(root, tmp_path / "copy" / "tree")
    assert bigbench.read(tmp_path / "copy" / "tree", Options()).digest == one
    assert len(results(cache)) == 1
    assert len(list(cache.glob("*/listings/*"))) == 2
    written(root, with_entries({"number_of_shots": 1}))
    assert bigbench.read(root, Options()).digest != one
    assert len(results(cache)) == 2


def test_the_digest_is_that_of_sha256sum(root):
    from hashlib import sha256

    listed = "".join(
        f"{sha256((root / file.path).read_bytes()).hexdigest()}  {file.path}\n"
        for file in listing(root)
    )
    assert bigbench.read(root, Options()).digest == sha256(listed.encode()).hexdigest()


def test_files_that_have_just_changed_are_read_again(root, times_read, monkeypatch):
    monkeypatch.setattr(bigbench_cache, "_SETTLED", 10**18)
    assert scores(root) == scores(root) == [0.5, 0.5]
    assert times_read == [2, 2]


@pytest.mark.parametrize("damage", ["cut", "other", "gone", b"\xff\xfe", b"", b"..", b"../.."])
def test_a_damaged_cache_is_none(root, cache, times_read, damage):
    assert scores(root) == [0.5, 0.5]
    (name,) = results(cache)
    rows = next(cache.glob(f"*/{name}/rows.parquet"))
    if damage == "cut":
        rows.write_bytes(rows.read_bytes()[:-10])
    elif damage == "other":
        rows.write_bytes(rows.with_name("files.parquet").read_bytes())
    elif damage == "gone":
        rows.unlink()
    else:
        next(cache.glob("*/listings/*")).write_bytes(damage)
    assert scores(root) == [0.5, 0.5]
    assert times_read == [2, 2]
    assert scores(root) == [0.5, 0.5]
    assert times_read == [2, 2]  # the damaged result was replaced


def test_a_cache_that_cannot_be_written_is_none(root, tmp_path, monkeypatch, times_read):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SIMLAB_CACHE", str(tmp_path / "file"))
    assert scores(root) == scores(root) == [0.5, 0.5]
    assert times_read == [2, 2]


def test_an_archive_is_cached_too(tmp_path, root, times_read, monkeypatch):
    import tarfile

    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        archive.add(root, "tree")
    assert scores(tmp_path / "x.tar.gz") == [0.5, 0.5]
    monkeypatch.setattr(bigbench_source, "collect_archive", None)
    assert scores(tmp_path / "x.tar.gz") == [0.5, 0.5]


def test_the_oldest_results_and_versions_are_dropped(root, cache, monkeypatch):
    monkeypatch.setattr(bigbench_cache, "_KEPT", 2)
    for old in ("aaa", "bbb"):
        (cache / old).mkdir(parents=True)
        os.utime(cache / old, ns=(0, len(old)))
    for shots in range(4):
        written(root, with_entries({"number_of_shots": shots}))
        scores(root)
        time.sleep(0.01)
    assert len(results(cache)) == 2
    assert len([p for p in cache.iterdir() if p.is_dir()]) == 2
    assert len(list(cache.glob("*/listings/*"))) == 2


def test_another_version_of_the_reader_has_a_cache_of_its_own(root, times_read, monkeypatch):
    scores(root)
    monkeypatch.setattr(bigbench_cache, "_version", lambda: "0" * 12)
    scores(root)
    assert times_read == [2, 2]
