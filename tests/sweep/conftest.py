"""A package with a scenario whose cells fail in every way, as pip would install it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).with_name("faults.py")


@pytest.fixture(scope="session")
def faults_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder to put on the path."""
    root = tmp_path_factory.mktemp("site")
    (root / "simlab_faults.py").write_text(PACKAGE.read_text())
    info = root / "simlab_faults-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: simlab-faults\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[simlab.scenarios]\nfaults = simlab_faults:SCENARIO\n")
    return root


@pytest.fixture
def faults(faults_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put the package on the path of this process, and so of its workers."""
    monkeypatch.syspath_prepend(str(faults_path))
    yield faults_path
    sys.modules.pop("simlab_faults", None)
