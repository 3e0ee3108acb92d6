"""What is shipped: sdist and wheel, installed and run elsewhere; versions and citation agree."""

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import simlab
from simlab.cache import cache_root

ROOT = Path(simlab.__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME = f"simlab-{PROJECT['version']}"


def command(*words: str | Path, folder: Path, **more: str) -> str:
    """Run words in a folder, with nothing of the test's own paths; return what they print."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SIMLAB_", "PYTHON"))}
    done = subprocess.run(
        list(map(str, words)), cwd=folder, env={**kept, **more}, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist of the checkout, and the wheel that is built from the unpacked sdist."""
    folder = tmp_path_factory.mktemp("dist")
    hatch = (sys.executable, "-m", "hatchling", "build", "-d", folder, "-t")
    command(*hatch, "sdist", folder=ROOT)
    sdist = folder / f"{NAME}.tar.gz"
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    command(*hatch, "wheel", folder=folder / NAME)
    return sdist, folder / f"{NAME}-py3-none-any.whl"


@pytest.mark.release
def test_the_sdist_holds_the_project_and_nothing_that_was_made(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[0]) as archive:
        names = {name.removeprefix(f"{NAME}/") for name in archive.getnames()}
    tops = {name.split("/")[0] for name in names}
    assert tops <= {
        "simlab", "scenarios", "replay", "tests", "examples", "docs", "Makefile", "README.md",
        "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CITATION.cff", "LICENSE", "PKG-INFO",
        "pyproject.toml", ".gitignore",
    }  # fmt: skip
    assert {"LICENSE", "CHANGELOG.md", "CITATION.cff", "tests/conftest.py"} <= names
    assert not [n for n in names if n.endswith((".pyc", ".parquet", ".nbi")) or "/runs/2" in n]
    assert built[0].stat().st_size < 5_000_000


@pytest.mark.release
def test_the_wheel_holds_all_of_its_packages_and_nothing_else(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read(f"{NAME}.dist-info/METADATA").decode()
    wanted = {
        path.relative_to(ROOT).as_posix()
        for room in ("simlab", "scenarios", "replay")
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    wanted |= {
        f"simlab/{path.relative_to(ROOT).as_posix()}"
        for path in (ROOT / "examples").rglob("*")
        if path.is_file()
    }
    assert {n for n in names if ".dist-info/" not in n} == wanted
    assert {"simlab/py.typed", "scenarios/py.typed", "replay/py.typed"} <= names
    assert f"Version: {PROJECT['version']}" in metadata
    assert "Requires-Python: >=3.11" in metadata


@pytest.mark.release
def test_the_wheel_runs_in_an_environment_of_its_own(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    """Dependencies are the test's own: a path file shows them to the new environment."""
    own, away = tmp_path / "own", tmp_path / "away"
    away.mkdir()
    command(sys.executable, "-m", "venv", "--without-pip", own, folder=tmp_path)
    python = own / "bin" / "python"
    words = ("install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check")
    command(sys.executable, "-m", "pip", "--python", python, *words, built[1], folder=tmp_path)
    (site,) = own.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    caches = {"SIMLAB_CACHE": str(tmp_path / "cache"), "NO_COLOR": "1"}
    for room in ("simlab", "scenarios", "replay"):
        place = command(python, "-c", f"import {room}; print({room}.__file__)", folder=away)
        assert Path(place).is_relative_to(site)
    listed = command(own / "bin" / "simlab", "list", folder=away, **caches)
    assert all(name in listed for name in ("compounding", "zoo", "lm-eval", "wei2022"))
    words = ("run", "compounding", "--K", "1", "4", "--items", "2000", "--format", "json")
    found = json.loads(command(own / "bin" / "simlab", *words, folder=away, **caches))
    assert found["run"]["versions"]["simlab"] == PROJECT["version"]
    assert found["run"]["git"] == {"commit": None, "dirty": None}
    assert all(claim["passed"] for claim in found["claims"])
    assert (away / found["run"]["report"]).stat().st_size > 500_000
    replayed = command(own / "bin" / "simlab", "replay", "mirage", folder=away, **caches)
    assert "figure 3" in replayed or "Emergence score" in replayed
    assert command(own / "bin" / "simlab", "data", "examples", folder=away) == "examples\n"
    assert (away / "examples" / "README.md").is_file()


OPTIONAL = {
    "sklearn": "the digits of the scenario autoencoder",
    "dask": "--cluster",
    "distributed": "--cluster",
}
"""Imported only where a command asks for it, with a sentence on what to install."""


def test_all_that_is_imported_is_a_dependency() -> None:
    """The path file above hides a dependency that is missing from the list."""
    named = {re.split(r"[ ><=;\[]", d)[0].lower() for d in PROJECT["dependencies"]}
    home = packages_distributions()
    seen = set()
    for room in ("simlab", "scenarios", "replay"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                modules = []
                if isinstance(node, ast.Import):
                    modules = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    modules = [node.module or ""]
                seen |= {module.partition(".")[0] for module in modules}
    others = seen - set(sys.stdlib_module_names) - {"simlab", "scenarios", "replay", *OPTIONAL}
    assert {"numba", "polars", "click"} <= others
    for module in others:
        assert named & {name.lower() for name in home.get(module, [module])}, module


def test_one_version_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^([a-z-]+): *(.*)$", citation, re.MULTILINE))
    assert fields["cff-version"] == "1.2.0"
    assert fields["version"] == PROJECT["version"]
    assert fields["license"] == PROJECT["license"]
    assert re.findall(r"^  - (?:name: )?(.+)$", citation, re.MULTILINE) == [
        "simlab contributors",
        *PROJECT["keywords"],
    ]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(PROJECT['version'])}\]", changes, re.MULTILINE)


@pytest.mark.parametrize(
    ("system", "variables", "place"),
    [
        ("linux", {}, ".cache/simlab"),
        ("darwin", {}, "Library/Caches/simlab"),
        ("darwin", {"XDG_CACHE_HOME": "/else"}, "/else/simlab"),
        ("linux", {"XDG_CACHE_HOME": "/else"}, "/else/simlab"),
        ("darwin", {"XDG_CACHE_HOME": "/else", "SIMLAB_CACHE": "/own"}, "/own"),
    ],
)
def test_caches_lie_where_the_system_keeps_them(
    system: str, variables: dict[str, str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SIMLAB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/of"))
    assert cache_root() == Path("/home/of") / place
