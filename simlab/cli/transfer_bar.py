"""A progress bar on stderr for bytes that arrive."""

import sys
import time
from typing import Any

from simlab.visible import visible

_SECONDS_BETWEEN = 0.1


class TransferBar:
    """Call it with the bytes that are here and those in all, or None if nobody knows.

    It goes away when all are here. Off a terminal, or with ``quiet``, it prints nothing.
    """

    def __init__(self, title: str, *, quiet: bool) -> None:
        self._title, self._on = visible(title), not quiet and sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None
        self._shown = time.monotonic()

    def __call__(self, here: int, total: int | None) -> None:
        """Show what is here."""
        now = time.monotonic()
        if not self._on or (now - self._shown < _SECONDS_BETWEEN and here != total):
            return
        self._shown = now
        if self._bar is None and here == total:
            return  # it went away already, or never needed to come
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
            from rich.progress import TransferSpeedColumn as Speed

            text = TextColumn("{task.description}", markup=False)
            columns = (text, BarColumn(), DownloadColumn(), Speed())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self._title, total=total)
            self._bar.start()
        self._bar.update(self._task, completed=here, total=total)
        if here == total:
            self._stop()

    def __enter__(self) -> "TransferBar":
        return self

    def __exit__(self, *error: object) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
