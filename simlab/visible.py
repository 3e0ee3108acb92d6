"""Text from files, made safe to look at: what would act on a terminal or turn text is shown.

Control characters obey a terminal's language (colours, titles, deletions), bidirectional controls
make a name read in another order than it stands (Boucher & Anderson 2023, "Trojan Source",
CVE-2021-42574), and characters without width make two names look like one.
"""

import re

_ACTING = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f"  # C0, DEL, C1
    "\\xad\\u200b\\u2060-\\u2064\\ufeff"  # without width; joiners stay, scripts need them
    "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u206f"  # direction
    "\\u2028\\u2029\\ufff9-\\ufffb"  # line ends, annotations
    "\\ud800-\\udfff"  # halves of pairs, which cannot be printed
    "\\U000e0000-\\U000e007f]"  # tags
)
_ACTING_IN_JSON = re.compile(_ACTING.pattern.replace("\\x00-\\x1f", "\\x00-\\x09\\x0b-\\x1f"))


def visible(text: str) -> str:
    """Return the text with each character that acts written as its escape.

    >>> print(visible("a\\x1b[31m, b\\u202ec, plain"))
    a\\x1b[31m, b\\u202ec, plain
    """
    return text if text.isprintable() else _ACTING.sub(_escape, text)


def json_escaped(text: str) -> str:
    """Return JSON text that reads back the same, without characters that act but line feeds.

    >>> print(json_escaped('"\\u202e"'))
    "\\u202e"
    """
    return _ACTING_IN_JSON.sub(_json_escape, text) if not text.isascii() or "\x7f" in text else text


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
