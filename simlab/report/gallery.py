"""A gallery: one card a run, each with a small picture, its verdict, and the way to its page."""

from base64 import b64encode
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from simlab.charts.printable import printable_values
from simlab.charts.thumbnail import thumbnail
from simlab.report.document import Section, document
from simlab.report.markup import Html, count, text
from simlab.report.report import Report
from simlab.report.verdict import MARKS, said_of, verdict_of_all


class Card(NamedTuple):
    """One run of a gallery."""

    report: Report
    page: str
    """Path of its page from the folder of the gallery, with slashes."""


def build_gallery(cards: Sequence[Card]) -> str:
    """Return the page of a gallery as HTML; it has no script, and its links are relative."""
    names = [card.report.title for card in cards]
    links = [quote(card.page) for card in cards]
    reports = [card.report for card in cards]
    body = "\n".join(_card(card.report, link) for card, link in zip(cards, links, strict=True))
    return document(
        title="Gallery",
        summary="What each experiment shows; the title of a card leads to its page.",
        verdict=verdict_of_all(names, reports, links, what="experiment"),
        sections=[Section("gallery", "Experiments", Html(f'<ul class="cards">\n{body}\n</ul>'))],
    )


def _card(report: Report, link: str) -> str:
    outcome, said = said_of(report)
    drawn = _picture(report)
    picture = ""
    if drawn:
        svg, words = drawn
        source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
        picture = f'<img src="{source}" alt="{text(words)}">\n'
    mark = MARKS[outcome]
    name = text(report.manifest.get("name"))
    held = f"{count(report.scores.height, 'curve')}; <code>{name}</code>"
    return (
        f'<li>\n<h3><a href="{link}">{text(report.title)}</a></h3>\n{picture}'
        f'<p><span class="{mark}">{text(said)}</span>; {held}</p>\n'
        f"<p>{text(report.summary)}</p>\n</li>"
    )


def _picture(report: Report) -> tuple[str, str] | None:
    """Return a picture as SVG and what it shows: the first figure of a run without curves."""
    widest = report.scores["n_scales"].max()
    if report.figures and not (isinstance(widest, int) and widest > 1):
        import vl_convert

        first = report.figures[0]
        return vl_convert.vegalite_to_svg(printable_values(first.spec())), first.title
    return thumbnail(report.table, report.scores)
