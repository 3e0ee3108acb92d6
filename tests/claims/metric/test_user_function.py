"""Functions of users, by module and by file."""

import sys
from pathlib import Path

import pytest

from simlab.claims.metric.user_function import load_function
from simlab.errors import UsageError

SOURCE = """
from dataclasses import dataclass
from scorer_parts import HALF

@dataclass
class Scale:
    top: float = 2.0

    @staticmethod
    def half(predicted, reference):
        return HALF

def one(predicted, reference):
    return Scale().top * HALF

NUMBER = 3
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "scorers.py").write_text(SOURCE)
    (tmp_path / "scorer_parts.py").write_text("HALF = 0.5\n")
    (tmp_path / "broken_scorer.py").write_text("1 / 0\n")
    (tmp_path / "wants_more.py").write_text("import not_installed_here\n")
    (tmp_path / "leaves_scorer.py").write_text("raise SystemExit('bye')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p])
    for name in ("scorers", "scorer_parts"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.parametrize("place", ["scorers.py", "scorers", "./scorers.py"])
def test_a_function_by_file_or_module(folder: Path, place: str) -> None:
    assert load_function(f"{place}:one")([], []) == 1.0
    assert load_function(f"{place}:Scale.half")([], []) == 0.5


def test_a_file_from_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(sys.path)
    monkeypatch.chdir(folder.parent)
    assert load_function(f"{folder / 'scorers.py'}:one")([], []) == 1.0
    assert sys.path == before


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("scorers", "'scorers': give package.module:function or path/to/file.py:function"),
        ("scorers:", "give package.module:function"),
        (":one", "give package.module:function"),
        ("scorers.py:on", "no 'on' in scorers.py; did you mean 'one'?"),
        ("scorers:NUMBER", "a int, which cannot be called"),
        ("nowhere.py:f", "metric: no file nowhere.py; give"),
        ("nowhere_at_all:f", "metric: no module 'nowhere_at_all'; give"),
        ("scorers.parts:f", "metric: no module 'scorers.parts'; give"),
        ("wants_more:f", "importing wants_more raises ModuleNotFoundError: No module named 'not_"),
        ("wants_more.py:f", "importing wants_more.py raises ModuleNotFoundError"),
        ("broken_scorer.py:f", "importing broken_scorer.py raises ZeroDivisionError: division"),
        ("broken_scorer:f", "importing broken_scorer raises ZeroDivisionError: division by zero"),
        ("leaves_scorer:f", "importing leaves_scorer raises SystemExit: bye"),
    ],
)
def test_errors_are_one_line(folder: Path, reference: str, complaint: str) -> None:
    with pytest.raises(UsageError) as error:
        load_function(reference)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)
