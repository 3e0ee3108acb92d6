"""The search: smallest, repeatable, and without traces."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import strategies as st

from simlab.claims.search import smallest


def drawn(key: int) -> list[float]:
    seen: list[float] = []
    smallest(
        st.floats(0, 1) | st.integers(0, 10**9).map(float),
        lambda x: bool(seen.append(x)),
        examples=300,
        key=key,  # type: ignore[arg-type]
    )
    return seen


def test_examples_do_not_depend_on_what_is_imported(tmp_path: Path) -> None:
    before = drawn(1)
    numbers = ", ".join(f"0.{i}5" for i in range(100, 400))
    (tmp_path / "many_numbers.py").write_text(f"NUMBERS = [{numbers}]\n")
    spec = importlib.util.spec_from_file_location("many_numbers", tmp_path / "many_numbers.py")
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["many_numbers"] = module
    try:
        assert spec.loader is not None
        spec.loader.exec_module(module)
        assert drawn(1) == before
    finally:
        del sys.modules["many_numbers"]
    assert drawn(2) != before


def test_no_more_examples_than_asked_for() -> None:
    found = smallest(st.integers(0, 10**9), lambda n: False, examples=17, key=0)  # type: ignore[arg-type]
    assert found == (None, 17)
    assert not found.any


def test_nothing_can_be_drawn() -> None:
    nothing = st.integers(0, 9).filter(lambda n: n > 10)
    assert smallest(nothing, lambda n: True, examples=5, key=0) == (None, 0)  # type: ignore[arg-type]


def test_the_working_folder_stays_as_it_is(tmp_path: Path) -> None:
    code = "from simlab.cli import main; main()"
    words = ["claims", "check", "passuntil-r-over-k-is-unbiased", "--quiet"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HYPOTHESIS")}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
