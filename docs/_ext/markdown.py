"""Markdown out of any text: what is generated here shows a name as it is."""

import re
from collections.abc import Iterable, Sequence

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def escaped(text: str) -> str:
    r"""Return text that Markdown shows as it stands, in one line.

    >>> escaped("a*b | <c>")
    'a\\*b \\| \\<c\\>'
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def code(text: str) -> str:
    """Return a word as code, within a cell too.

    >>> code("a|b")
    '<code>a&#124;b</code>'
    """
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;")):
        text = text.replace(character, entity)
    return f"`{text}`" if "&" not in text else f"<code>{text}</code>"


def linked(citation: str) -> str:
    """Return a reference whose arXiv number or DOI is a link.

    >>> linked("A paper, arXiv 2206.04615")
    'A paper\\\\, [arXiv 2206\\\\.04615](https://arxiv.org/abs/2206.04615)'
    """
    found = re.search(r"(arXiv (\d{4}\.\d{4,5}))|(doi:(10\.\S+\w))", citation)
    if not found:
        return escaped(citation)
    address = f"https://arxiv.org/abs/{found[2]}" if found[1] else f"https://doi.org/{found[4]}"
    before, after = citation[: found.start()], citation[found.end() :]
    gap = " " if before.endswith(" ") else ""
    return f"{escaped(before)}{gap}[{escaped(found[0])}]({address}){escaped(after)}"
