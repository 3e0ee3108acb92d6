"""Code blocks of Markdown pages: which are run, in which order, and what they print.

The words after the fence say what a block is::

    sh run, python run              run in the page's folder, in their order
    sh run data, python run data    the same, by themselves, where there is published data
    sh no-run, python no-run        not run; its section says why
    text                            where it directly follows a block that is run, what that prints;
                                    a line ``...`` stands for any lines
    python file=NAME                a file (CONTRIBUTING.md)
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>(?:.*\n)*?)```$", re.MULTILINE)


class Block(NamedTuple):
    """A block that is run, and what the page says that it prints."""

    line: int
    language: str
    text: str
    shown: str | None
    """None: the page does not say."""
    needs_data: bool


def infos(page: str) -> Iterator[str]:
    """Yield the words after each fence that opens a block."""
    return (match["info"] for match in FENCE.finditer(page))


def blocks(page: str) -> Iterator[Block]:
    r"""Yield the blocks of a page that are run.

    >>> fence = "`" * 3
    >>> page = f"{fence}sh run\necho a\n{fence}\n\n{fence}text\na\n{fence}\n"
    >>> [*blocks(page)]
    [Block(line=1, language='sh', text='echo a\n', shown='a\n', needs_data=False)]
    """
    found = list(FENCE.finditer(page))
    for match, after in zip(found, [*found[1:], None], strict=False):
        language, *words = match["info"].split() or [""]
        if language not in ("sh", "python") or words[:1] != ["run"]:
            continue
        directly = after and not page[match.end() : after.start()].strip()
        shown = after["text"] if after and directly and after["info"] == "text" else None
        line = page.count("\n", 0, match.start()) + 1
        yield Block(line, language, match["text"], shown, "data" in words)


def unexplained(page: str) -> list[int]:
    """Return the lines of blocks that are not run in sections that do not say so."""
    lines = []
    for match in FENCE.finditer(page):
        if match["info"].split()[1:] == ["no-run"]:
            start = page.rfind("\n#", 0, match.start())
            end = page.find("\n#", match.end())
            section = page[max(start, 0) : match.start()] + page[match.end() : end]
            if not re.search(r"\b[Nn]o(t|ne of it is) run by the suite: ", section):
                lines.append(page.count("\n", 0, match.start()) + 1)
    return lines


def prints(shown: str, output: str) -> bool:
    r"""Return whether output is what is shown, where a line ``...`` stands for any lines.

    >>> prints("a\n...\nd\n", "a\nb\nc\nd\n"), prints("a\n", "a\nb\n")
    (True, False)
    """
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line.rstrip()) + r"\n"
        for line in shown.splitlines()
    )
    lines = [line.rstrip() for line in output.splitlines()]
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def execute(block: Block, folder: Path, *, binaries: Path, **variables: str) -> str:
    """Run a block and return its stdout; fail the test with its stderr."""
    words = ["bash", "-e", "-c"] if block.language == "sh" else [str(binaries / "python"), "-c"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SIMLAB_", "PYTHON"))}
    done = subprocess.run(
        [*words, block.text],
        cwd=folder,
        env={**kept, "PATH": f"{binaries}:{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"line {block.line}: {done.stdout}{done.stderr}"
    return done.stdout


def run_page(page: str, folder: Path, *, binaries: Path, data: bool, **variables: str) -> int:
    """Run the blocks of a page in a folder: with ``data`` those that need it, else the others.

    Returns how many were left out.
    """
    found = [*blocks(page)]
    wanted = [block for block in found if block.needs_data == data]
    for block in wanted:
        output = execute(block, folder, binaries=binaries, **variables)
        if block.shown is not None:
            assert prints(block.shown, output), f"line {block.line} prints\n{output}"
    return len(found) - len(wanted)
