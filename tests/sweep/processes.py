"""Whether processes are still there."""

import os
import time
from pathlib import Path


def gone(process: int) -> bool:
    """Whether a process ends within a few seconds; one that nobody waited for counts as ended."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except ProcessLookupError:
            return True
        except FileNotFoundError:
            state = ""
        if state == "Z":
            return True
        time.sleep(0.02)
    return False
