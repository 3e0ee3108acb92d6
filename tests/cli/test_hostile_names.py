"""Names in a table that would act on a terminal, a page or a Markdown reader."""

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simlab.cli.output import write_csv
from simlab.cli.progress import Bar
from simlab.cli.transfer_bar import TransferBar
from simlab.visible import visible
from tests.cli.conftest import Simlab

NAMES = (
    "<script>alert(1)</script>",
    "\x1b[31mred\x1b[2J",
    "\u202egnp.exe\u2066",
    "tab\tnew\nline",
    "\x9b31m bell\x07 \x7f",
    "a|b `[x](javascript:alert(2))`",
    "[bold red]rich[/] [link=http://example.org]y[/link]",
    "zero\u200bwidth\ufeff",
)
METRICS = ("accuracy", "<img src=x onerror=alert(3)>\x1b]0;title\x07")
SCORES = (0.0, 0.0, 0.01, 0.2, 0.8)


def rows() -> Iterator[list[object]]:
    yield ["family", "model", "scale", "task", "metric", "score", "n_items", "higher_is_better"]
    for i, task in enumerate(NAMES):
        for metric in METRICS:
            for k, score in enumerate(SCORES):
                family = NAMES[(i + 1) % len(NAMES)]
                yield [family, f"m{k} {task}", 10.0 ** (7 + k), task, metric, score, 1000, "true"]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows())
    return path


def check(text: str) -> None:
    """Nothing but line feeds acts."""
    assert visible(text.replace("\n", " ")) == text.replace("\n", " ")


@pytest.mark.parametrize("form", ["table", "md", "json"])
@pytest.mark.parametrize(
    "command",
    [("replay", "table"), ("audit", "--replicates", "200"), ("meta",)],
    ids=lambda words: words[0],
)
def test_no_command_lets_a_name_act(
    simlab: Simlab, hostile: Path, command: tuple[str, ...], form: str
) -> None:
    name, *more = command
    path = ["table", str(hostile)] if name == "replay" else [str(hostile)]
    options = more if name == "audit" else []
    code, out, err = simlab(name, *path, *options, "--format", form)
    assert code in (0, 1), err
    check(out)
    check(err)
    if form == "json":
        told = json.dumps(json.loads(out), ensure_ascii=False)
        assert all(json.dumps(n, ensure_ascii=False)[1:-1] in told for n in NAMES[:3])
    elif form == "md":
        assert not re.search(r"(?<!\\)<(script|img)|\]\(", out)
    elif name == "replay":
        assert "\\u202egnp.exe" in out
        assert "[bold red]rich[/]" in out
        assert "[link=http" in out


def test_show_runs_and_compare(simlab: Simlab, hostile: Path) -> None:
    assert simlab("replay", "table", hostile).code == 0
    run = next(Path("runs").iterdir())
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["status"] = "complete\x1b[2J\u202e"
    manifest["versions"]["simlab"] = "\x1b[31m9"
    (run / "manifest.json").write_text(json.dumps(manifest))
    for words in (["show"], ["runs"], ["runs", "compare", "last", "last"], ["runs", "gc"]):
        for form in ("table", "md", "json"):
            code, out, err = simlab(*words, "--format", form)
            assert code == 0, err
            check(out + err)
    assert "complete\\x1b[2J\\u202e" in simlab("show").out


def test_csv_is_the_data_in_a_pipe_and_visible_on_a_terminal(
    simlab: Simlab, hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("replay", "table", hostile, "--format", "csv")
    piped = list(csv.DictReader(io.StringIO(simlab(*words).out, newline="")))
    assert {row["task"] for row in piped} == set(NAMES)
    monkeypatch.setattr("simlab.cli.output._on_a_terminal", lambda: True)
    out = simlab(*words).out
    check(out)
    assert "\\u202egnp.exe\\u2066" in out


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("family,scale,metric,score\n\x1b[31mx\u202e,y\x1b,accuracy,0.5\n", "column scale"),
        ("family,scale,metric,sc\x1b\u202eore\nx,1,accuracy,0.5\n", "header"),
        ("family,scale,metric,score\nx,1,accuracy,\x9b\u2028\n", "column score"),
    ],
)
def test_errors_quote_names_that_cannot_act(simlab: Simlab, text: str, place: str) -> None:
    path = Path("bad\u202e\x1b[2J.csv")
    path.write_text(text, encoding="utf-8")
    code, out, err = simlab("replay", "table", path)
    assert (code, out) == (3, "")
    assert place in err
    assert err.count("\n") == 1
    check(err)
    code, _, err = simlab("replay", "table", path, "--debug")
    assert "Traceback" in err
    check(err)


def test_progress_shows_titles_as_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("simlab.cli.progress._QUIET_SECONDS", 0.0)
    monkeypatch.setattr("simlab.cli.transfer_bar._SECONDS_BETWEEN", 0.0)
    monkeypatch.setenv("COLUMNS", "300")
    name = "[red]x[/] \u202e\x1b]0;title\x07"
    with Bar(name, quiet=False) as bar:
        bar.status(name)
        bar(1.0, 3)
        assert bar._bar.tasks[0].description == visible(f"{name}: {name}")
    with TransferBar(name, quiet=False) as transfer:
        transfer(1, 3)
        assert transfer._bar.tasks[0].description == visible(name)
    err = capsys.readouterr().err
    assert "[red]x[/]" in err
    assert "\x1b]0;" not in err
    assert "\u202e" not in err


def test_an_empty_frame_is_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    import polars as pl

    write_csv(pl.DataFrame(schema={"a": pl.String, "b": pl.Int64}))
    assert capsys.readouterr().out == "a,b\n"
