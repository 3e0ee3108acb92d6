"""Ctrl-C that cannot get lost, and signals to end that are obeyed as orderly.

Python drops a KeyboardInterrupt that is raised inside a callback from C, and compiling or loading
a kernel runs many of these and is left half done. So the signal is noted, raised at once only
outside of the compiler, and asked for whenever a cell reports progress.
"""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

_COMPILER = ("numba", "llvmlite")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Terminated(KeyboardInterrupt):
    """A signal to end, such as a batch system sends before it kills."""

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.exit_code = 128 + number


class Interrupts:
    """Within its block a signal raises KeyboardInterrupt, now or at the next `check`.

    Ctrl-C the plain one, SIGTERM and SIGHUP `Terminated`; a signal that is ignored stays so.
    """

    def __init__(self) -> None:
        self._seen: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def check(self) -> None:
        """Raise the KeyboardInterrupt of a signal that has come."""
        if self._seen is not None:
            raise KeyboardInterrupt if self._seen == signal.SIGINT else Terminated(self._seen)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._seen = number
        while frame is not None:
            if str(frame.f_globals.get("__name__")).partition(".")[0] in _COMPILER:
                return
            frame = frame.f_back
        self.check()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
