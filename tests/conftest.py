"""Shared settings of the suite: Hypothesis's profile and where the published data lie."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "simlab", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("simlab")


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c() -> None:
    """A suite that a shell has started in the background ignores Ctrl-C, which tests send."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of published data: ``$SIMLAB_DATA``, else ``../shared/data``; skips without it."""
    own = os.environ.get("SIMLAB_DATA")
    folder = Path(own) if own else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no published data: {folder} is not a folder; set SIMLAB_DATA to a copy")
    return folder
