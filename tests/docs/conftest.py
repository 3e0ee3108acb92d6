"""The site, built once for all workers: figures and claims of one scenario, to be quick."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DRAWN = "compounding"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site; a warning of Sphinx, such as a broken link, is an error."""
    pytest.importorskip("furo", reason="the extra docs is not installed")
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder, finished = root / "site", root / "site.finished"
    with (root / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "sphinx", "-q", "-E", "-W", "--keep-going"),
                    *("-D", f"simlab_draw={DRAWN}", "-D", f"simlab_figures={root / 'figures'}"),
                    *("-d", str(root / "doctrees"), str(ROOT / "docs"), str(folder)),
                ],
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            finished.touch()
    return folder
