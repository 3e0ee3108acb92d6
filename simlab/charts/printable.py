"""Text without the characters that XML and HTML do not allow, or that turn or hide a text."""

import re
from typing import Any

from simlab.visible import visible

_SIGNS = {
    **{c: 0x2400 + c for c in range(0x20) if chr(c) not in "\t\n\r"},
    0x7F: 0x2421,
    **dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), 0xFFFD),
}


_BESIDE_WHITE_SPACE = re.compile(r"[^\t\n\r]+")


def printable(text: str) -> str:
    """Return the text with each control character replaced by the sign that stands for it.

    What turns or hides a text is written as its escape; white space stays.

    >>> printable("bell\\x07"), printable("\\u202e")
    ('bell␇', '\\\\u202e')
    """
    if text.isprintable():
        return text
    return _BESIDE_WHITE_SPACE.sub(lambda part: visible(part[0]), text.translate(_SIGNS))


def printable_values(value: Any) -> Any:
    """Return nested dicts and lists with `printable` strings."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(name): printable_values(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [printable_values(held) for held in value]
    return value
