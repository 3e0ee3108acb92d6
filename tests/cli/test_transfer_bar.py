"""The bar of bytes on a terminal, and nothing of it elsewhere."""

import io
import sys

import pytest

from simlab.cli import transfer_bar
from simlab.cli.transfer_bar import TransferBar


class Screen(io.StringIO):
    """A stderr that says whether it is a terminal."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def _shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, quiet: bool = False) -> str:
    screen = Screen(terminal)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(transfer_bar, "_SECONDS_BETWEEN", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    with TransferBar("reading bigbench", quiet=quiet) as bar:
        for here in range(0, 2_000_001, 500_000):
            bar(here, 2_000_000)
        once = screen.getvalue()
        bar(2_000_000, 2_000_000)  # the end may be told twice
        assert screen.getvalue() == once
        gone = bar._bar is None
    assert gone  # it does not stand there while pages are made
    return screen.getvalue()


def test_it_counts_bytes_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _shown(monkeypatch, terminal=True)
    assert "reading bigbench" in shown
    assert "2.0 MB" in shown
    assert shown.endswith("\x1b[2K")  # and wipes its line


@pytest.mark.parametrize(("terminal", "quiet"), [(False, False), (True, True)])
def test_it_is_silent_elsewhere(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, quiet: bool
) -> None:
    assert _shown(monkeypatch, terminal=terminal, quiet=quiet) == ""
