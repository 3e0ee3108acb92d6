"""Pieces of HTML out of untrusted text: everything is escaped here and nowhere else."""

import html
import math
from collections.abc import Iterable, Sequence
from typing import Any

from simlab.charts.printable import printable


class Html(str):
    """Text that is HTML already, to be put in as it is."""

    __slots__ = ()


def text(value: object) -> Html:
    """Return a value as HTML, safe between tags and within quoted attributes.

    >>> text("<b> & 'c'"), text(None), text(True)
    ('&lt;b&gt; &amp; &#x27;c&#x27;', '', 'yes')
    """
    if isinstance(value, Html):
        return value
    if value is None:
        return Html()
    if isinstance(value, bool):
        return Html("yes" if value else "no")
    if isinstance(value, float):
        return Html(number(value))
    return Html(html.escape(printable(str(value))))


def number(value: float) -> str:
    """Return a number with five digits, in full if whole.

    >>> number(0.123456), number(64.0), number(1e12), number(6.4e-6), number(-1234567.0)
    ('0.12346', '64', '1e12', '6.4e-06', '-1,234,567')
    """
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:.5g}".replace("e+", "e")


def count(n: int, what: str) -> str:
    """Return a number of things in words.

    >>> count(1, "row"), count(1234, "row")
    ('1 row', '1,234 rows')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def table(
    caption: str, headers: Sequence[str], rows: Iterable[Sequence[Any]], *, sortable: bool = False
) -> Html:
    """Return a table in a box that scrolls by itself where the table is too wide.

    A column of numbers is set to the right and sorts by its full values; null stays empty.

    >>> "<td>&lt;script&gt;</td>" in table("Tasks", ["task"], [["<script>"]])
    True
    """
    held = [list(row) for row in rows]
    numeric = [
        all(_is_number(row[i]) or row[i] is None for row in held) for i in range(len(headers))
    ]
    titles = "".join(
        f'<th scope="col"{_right(n)}>{f"<button>{text(h)}</button>" if sortable else text(h)}</th>'
        for h, n in zip(headers, numeric, strict=True)
    )
    body = "\n".join(
        "<tr>" + "".join(_cell(v, n) for v, n in zip(row, numeric, strict=True)) + "</tr>"
        for row in held
    )
    label = text(caption)
    kind = ' class="sortable"' if sortable else ""
    return Html(
        f'<div class="wide" tabindex="0" role="region" aria-label="{label}">\n'
        f"<table{kind}><caption>{label}</caption>\n"
        f"<thead><tr>{titles}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _cell(value: Any, numeric: bool) -> str:
    if numeric and value is not None:
        return f'<td class="number" data-value="{value!r}">{text(value)}</td>'
    return f"<td{_right(numeric)}>{text(value)}</td>"


def _right(numeric: bool) -> str:
    return ' class="number"' if numeric else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
