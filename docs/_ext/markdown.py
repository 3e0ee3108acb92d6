"""Markdown out of any text: what is generated here shows a name as it is."""

import re
from collections.abc import Iterable, Sequence

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_CODE = re.compile(r"`([^`]+)`|'(simlab [^'`]+)'|(?<![\w-])(--[A-Za-z][\w-]*)")


def escaped(text: str) -> str:
    r"""Return text that Markdown shows as it stands, in one line.

    Only words between backticks, quoted commands of simlab, and options become code.

    >>> escaped("a*b | <c>, see --K")
    'a\\*b \\| \\<c\\>\\, see `--K`'
    """
    text = " ".join(text.split())
    parts, end = [], 0
    for found in _CODE.finditer(text):
        parts += [_shown(text[end : found.start()]), code(found[1] or found[2] or found[3])]
        end = found.end()
    return "".join([*parts, _shown(text[end:])])


def _shown(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", text)


def code(text: str) -> str:
    """Return words as code, in a cell of a table too unless they hold a bar."""
    return f"`{text}`"


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def linked(citation: str) -> str:
    r"""Return a reference whose arXiv number or DOI is a link.

    >>> linked("A paper, arXiv 2206.04615")
    'A paper\\, [arXiv 2206\\.04615](https://arxiv.org/abs/2206.04615)'
    """
    found = re.search(r"(arXiv (\d{4}\.\d{4,5}))|(doi:(10\.\S+\w))", citation)
    if not found:
        return escaped(citation)
    address = f"https://arxiv.org/abs/{found[2]}" if found[1] else f"https://doi.org/{found[4]}"
    before, after = citation[: found.start()], citation[found.end() :]
    gap = " " if before.endswith(" ") else ""
    return f"{escaped(before)}{gap}[{escaped(found[0])}]({address}){escaped(after)}"
