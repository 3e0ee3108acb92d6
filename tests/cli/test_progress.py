"""The progress bar: words of a cell, calls from several threads, silence off a terminal."""

import io
import sys
import threading

from simlab.cli import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_shows_what_a_cell_says(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "_QUIET_SECONDS", 0.0)
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.Bar("toy", quiet=False) as bar:
        bar.status("loss 0.125")

        def call():
            for i in range(50):
                bar(i / 50, 1)

        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert "toy: loss 0.125" in sys.stderr.getvalue()


def test_off_a_terminal_it_prints_nothing(monkeypatch, capsys):
    monkeypatch.setattr(progress, "_QUIET_SECONDS", 0.0)
    with progress.Bar("toy", quiet=False) as bar:
        bar.status("loss 0.125")
        bar(0.5, 1)
    assert capsys.readouterr().err == ""
