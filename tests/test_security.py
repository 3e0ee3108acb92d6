"""Nothing that simlab reads can be executed: what the sources may not call or import."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from replay.source_files import read_bytes
from simlab import _jit, table_file
from simlab.errors import DataError
from simlab.table_file import read_frame

ROOT = Path(_jit.__file__).resolve().parents[1]
SOURCES = sorted(
    p for room in ("simlab", "scenarios", "replay") for p in (ROOT / room).rglob("*.py")
)

EXECUTING_MODULES = {
    "pickle", "_pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml",
    "ruamel", "xmlrpc", "code", "codeop", "runpy",
}  # fmt: skip
EXECUTING_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
EXECUTING_METHODS = {
    "system", "popen", "spawnl", "execv", "extractall", "unpack_archive",
    "read_pickle", "read_database", "SQLContext",
}  # fmt: skip
USERS_CODE = {
    "simlab/claims/metric/user_function.py": {"spec_from_file_location", "exec_module"},
    "simlab/claims/metric/subject.py": set(),
}
"""`simlab claims metric` runs the user's code, and says so."""


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func
            if isinstance(name, ast.Name):
                yield name.id, node
            elif isinstance(name, ast.Attribute):
                yield f".{name.attr}", node


def faults(source: str) -> list[str]:
    """Return what a source does that could execute what a file holds."""
    tree, found = ast.parse(source), []
    for node in ast.walk(tree):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        found += [m for m in modules if m.partition(".")[0] in EXECUTING_MODULES]
    for name, node in calls(tree):
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        owned = owner.id if isinstance(owner, ast.Name) else ""
        methods = EXECUTING_METHODS - ({"system"} if owned == "platform" else set())
        if name in EXECUTING_CALLS or name.removeprefix(".") in methods:
            found.append(name)
        if name in (".spec_from_file_location", ".exec_module", ".deserialize"):
            found.append(name)
        for keyword in node.keywords:
            on = not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
            if keyword.arg in ("allow_pickle", "shell") and on:
                found.append(keyword.arg)
        numpy = owned in ("np", "numpy")
        if name == ".load" and numpy and "allow_pickle" not in [k.arg for k in node.keywords]:
            found.append("np.load")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_source_executes_what_it_reads(path: Path) -> None:
    allowed = USERS_CODE.get(path.relative_to(ROOT).as_posix(), set())
    found = [f for f in faults(path.read_text(encoding="utf-8")) if f.lstrip(".") not in allowed]
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from yaml import safe_load",
        "eval(text)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(words, shell=True)",
        "os.system(text)",
        "archive.extractall(folder)",
        "pl.LazyFrame.deserialize(file)",
        "spec.loader.exec_module(module)",
    ],
)
def test_the_search_finds_what_it_is_for(source: str) -> None:
    assert faults(source)


def test_the_search_lets_the_rest_pass() -> None:
    assert not faults("np.load(path, allow_pickle=False); re.compile(x); subprocess.run([a])")


def test_a_module_in_the_folder_that_the_user_stands_in_is_not_run(tmp_path: Path) -> None:
    """The process that makes the pages' JavaScript is started there, and with no cache it is."""
    for name in ("msgspec", "simlab", "vl_convert", "subprocess", "hashlib"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w')")
    code = (
        "from simlab.charts import bundle; bundle.start_bundle(); bundle._ahead[0].wait(); "
        "print(bundle._path().is_file())"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SIMLAB_")}
    environment |= {"SIMLAB_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "True\n"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("engine", [(), ("--cluster", "local")], ids=["processes", "cluster"])
def test_workers_run_no_module_of_the_folder_that_the_user_stands_in(
    tmp_path: Path, engine: tuple[str, ...]
) -> None:
    for name in ("multiprocessing", "numpy", "msgspec", "signal", "simlab", "distributed"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w')")
    words = ("run", "compounding", "--K", "1", "--items", "100", "--seeds", "2", "--workers", "2")
    done = subprocess.run(
        [Path(sys.executable).with_name("simlab"), *words, *engine, "--quiet"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(os.name != "posix", reason="owners are POSIX")
def test_kernels_are_loaded_only_from_a_folder_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMLAB_CACHE", str(tmp_path))
    folder = Path(_jit._open_cache())
    assert folder.is_relative_to(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    assert _jit._open_cache() == str(folder)
    assert folder.stat().st_mode & 0o022 == 0
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    assert _jit._open_cache() == ""


def test_a_parquet_file_of_billions_of_equal_cells_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scores.parquet"
    pl.DataFrame({"scale": [1.0] * 500, "score": [0.0] * 500}).write_parquet(path)
    monkeypatch.setattr(table_file, "MOST_CELLS", 1000)
    assert read_frame(path).shape == (500, 2)
    monkeypatch.setattr(table_file, "MOST_CELLS", 999)
    with pytest.raises(DataError, match="500 rows of 2 columns are more than 999 cells"):
        read_frame(path)


def test_pipes_and_huge_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe, file = tmp_path / "results.json", tmp_path / "other.json"
    os.mkfifo(pipe)
    with pytest.raises(DataError, match=r"results\.json: is no file"):
        read_bytes(pipe, "results.json")
    file.write_bytes(b"12345")
    monkeypatch.setattr("replay.source_files.MOST_BYTES", 5)
    assert read_bytes(file, "other.json") == b"12345"
    monkeypatch.setattr("replay.source_files.MOST_BYTES", 4)
    with pytest.raises(DataError, match="has 5 bytes, more than 4"):
        read_bytes(file, "other.json")
