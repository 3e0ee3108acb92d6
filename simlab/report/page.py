"""The page of a run: one HTML file that opens offline and loads nothing."""

from collections.abc import Sequence

from simlab.charts.export import file_names, json_for_script
from simlab.charts.figure import Figure
from simlab.charts.printable import printable_values
from simlab.report import sections
from simlab.report.document import Section, document
from simlab.report.embedded import embedded
from simlab.report.excerpt import excerpt
from simlab.report.markup import Html, text
from simlab.report.report import Report as Report
from simlab.report.verdict import verdict


def build_page(report: Report) -> str:
    """Return the page as HTML; equal reports give equal bytes."""
    held = excerpt(report.table, report.scores)
    n_outcomes = report.n_outcomes
    parts = [
        Section(
            "explore", "Explore", sections.explore(held.frame, [held.said] if held.said else [])
        ),
        *parts_of(report),
        Section(
            "data-download",
            "Data",
            sections.download(held.frame.height, held.n_rows, n_outcomes=n_outcomes),
        ),
    ]
    return document(
        title=report.title,
        summary=report.summary,
        verdict=verdict(report),
        sections=parts,
        data=embedded(held.frame, report.scores, report.verdicts),
    )


def parts_of(report: Report, *, prefix: str = "", level: int = 2) -> list[Section]:
    """Return the sections that tell of one run; on a page of several each has its ``prefix``."""
    parts = [
        ("figures", "Figures", _figures(report.figures, level + 1)),
        ("claims", "Claims", sections.claims(report.claims)),
        ("scores", "Emergence scores", sections.scores(report.scores)),
        ("notes", "Notes", sections.sentences(report.notes)),
        ("tables", "Tables", sections.tables(report.tables)),
        ("provenance", "Provenance", sections.provenance(report.manifest)),
        ("citations", "Citations", sections.sentences(report.citations)),
    ]
    return [Section(prefix + anchor, title, body) for anchor, title, body in parts]


def _figures(figures: Sequence[Figure], level: int) -> Html:
    """Return the figures with their specifications as data; the page's script draws them."""
    shown = []
    names = file_names([figure.name for figure in figures])
    for figure, name in zip(figures, names, strict=True):
        spec = {k: v for k, v in figure.spec().items() if k != "$schema"}
        shown.append(
            f'<figure class="spec" data-name="{text(name)}" aria-label="{text(figure.title)}">\n'
            f'<h{level}>{text(figure.title)}</h{level}>\n<div class="chart"></div>\n'
            f'<script type="application/json">{json_for_script(printable_values(spec))}</script>\n'
            f"<figcaption>{text(figure.caption)}</figcaption>\n</figure>"
        )
    return Html("\n".join(shown))
