"""A progress bar on stderr for work of more than two seconds."""

import sys
import threading
import time
from types import TracebackType
from typing import Any

from simlab.visible import visible

_QUIET_SECONDS = 1.0


class Bar:
    """Call it with what is done and what there is; it shows itself once a second has passed.

    Off a terminal, or with ``quiet``, it prints nothing.
    """

    def __init__(self, title: str, *, quiet: bool) -> None:
        self._title, self._on = title, not quiet and sys.stderr.isatty()
        self._started = time.monotonic()
        self._bar: Any = None
        self._task: Any = None
        self._status = ""
        self._lock = threading.Lock()

    def __call__(self, done: float, total: int) -> None:
        """Show that ``done`` of ``total`` cells are done; threads may call it at once."""
        if not self._on or time.monotonic() - self._started < _QUIET_SECONDS:
            return
        with self._lock:
            self._show(done, total)

    def _show(self, done: float, total: int) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
            from rich.progress import TimeRemainingColumn as Remaining

            text = TextColumn("{task.description}", markup=False)
            columns = (text, BarColumn(), MofNCompleteColumn())
            self._bar = Progress(
                *columns, Remaining(), console=Console(stderr=True), transient=True
            )
            self._task = self._bar.add_task(self._text(), total=total)
            self._bar.start()
        self._bar.update(self._task, completed=done, total=total, description=self._text())

    def status(self, text: str) -> None:
        """Show a few words on where the work stands, from the next call on."""
        self._status = text

    def _text(self) -> str:
        return visible(f"{self._title}: {self._status}" if self._status else self._title)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


def say(message: str, *, quiet: bool) -> None:
    """Print a message on stderr; control characters in it are shown, never obeyed."""
    if not quiet:
        print(visible(message), file=sys.stderr)
