"""A package with a scenario whose cells fail in every way, as pip would install it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sweep.faulty_package import install_faults


@pytest.fixture(scope="session")
def faults_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder to put on the path."""
    return install_faults(tmp_path_factory.mktemp("site"))


@pytest.fixture
def faults(faults_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put the package on the path of this process, and so of its workers."""
    monkeypatch.syspath_prepend(str(faults_path))
    yield faults_path
    sys.modules.pop("simlab_faults", None)
