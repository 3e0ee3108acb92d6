"""The page of a run: one HTML file that opens offline and loads nothing."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

import polars as pl

from simlab.charts.bundle import javascript_bundle
from simlab.charts.export import file_names, json_for_script
from simlab.charts.figure import Figure
from simlab.charts.printable import printable_values
from simlab.charts.style import CONFIG
from simlab.claims.claim import Claim
from simlab.report import sections
from simlab.report.embedded import embedded
from simlab.report.excerpt import excerpt
from simlab.report.markup import Html, text
from simlab.table import ScoreTable

_SCRIPTS = ("data.js", "plot.js", "explorer.js", "page.js")


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a page shows.

    Parameters
    ----------
    title, summary : str
        A heading, and two or three sentences on what was done.
    kind : {"scenario", "source"}
        Whether the scores were simulated or read.
    claims : sequence of Claim
        Checked statements; they make the verdict.
    scores : polars.DataFrame
        `simlab.emergence.score.emergence_scores` of the table.
    table : ScoreTable
    figures : sequence of Figure
    notes : sequence of str
        Sentences a reader must know.
    tables : mapping of str to polars.DataFrame
        Further tables by title.
    citations : sequence of str
    manifest : mapping
        How the numbers came about; may be nested.
    n_outcomes : int
        Rows of items.parquet beside the page; 0 if there is none.
    headline : str
        What the verdict says where there are no claims.
    """

    title: str
    kind: str
    summary: str
    claims: Sequence[Claim]
    scores: pl.DataFrame
    table: ScoreTable
    figures: Sequence[Figure] = ()
    notes: Sequence[str] = ()
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    citations: Sequence[str] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    n_outcomes: int = 0
    headline: str = ""


def build_page(report: Report) -> str:
    """Return the page as HTML; equal reports give equal bytes.

    Everything that the page needs is in it: the JavaScript of Vega, its own, its style, the
    figures and the table. A Content-Security-Policy names the scripts by their hashes and forbids
    all else, so that the page can load nothing and a script in a task's name cannot run.
    """
    held = excerpt(report.table, report.scores)
    parts = [
        ("explore", "Explore", sections.explore(held)),
        ("figures", "Figures", _figures(report.figures)),
        ("claims", "Claims", sections.claims(report.claims)),
        ("scores", "Emergence scores", sections.scores(report.scores)),
        ("notes", "Notes", sections.sentences(report.notes)),
        ("tables", "Tables", sections.tables(report.tables)),
        ("provenance", "Provenance", sections.provenance(report.manifest)),
        ("citations", "Citations", sections.sentences(report.citations)),
        ("data-download", "Data", sections.download(held, report.n_outcomes)),
    ]
    shown = [(anchor, title, body) for anchor, title, body in parts if body]
    outcome, verdict = sections.verdict(report.claims, report.scores, report.table, report.headline)
    bundle, code = javascript_bundle(), "\n".join(map(_asset, _SCRIPTS))
    return Template(_asset("template.html")).substitute(
        policy=_policy(bundle, code),
        title=text(report.title),
        summary=text(report.summary),
        style=_asset("style.css"),
        outcome=outcome,
        verdict=verdict,
        contents="\n".join(f'<li><a href="#{a}">{text(t)}</a></li>' for a, t, _ in shown),
        sections="\n".join(
            f'<section id="{a}" aria-labelledby="{a}-title">\n'
            f'<h2 id="{a}-title">{text(t)}</h2>\n{body}\n</section>'
            for a, t, body in shown
        ),
        config=json_for_script(CONFIG),
        data=json_for_script(embedded(held.frame, report.scores)),
        bundle=bundle,
        code=code,
    )


def _figures(figures: Sequence[Figure]) -> Html:
    """Return the figures with their specifications as data; the page's script draws them."""
    shown = []
    names = file_names([figure.name for figure in figures])
    for figure, name in zip(figures, names, strict=True):
        spec = {k: v for k, v in figure.spec().items() if k != "$schema"}
        shown.append(
            f'<figure class="spec" data-name="{text(name)}" aria-label="{text(figure.title)}">\n'
            f'<h3>{text(figure.title)}</h3>\n<div class="chart"></div>\n'
            f'<script type="application/json">{json_for_script(printable_values(spec))}</script>\n'
            f"<figcaption>{text(figure.caption)}</figcaption>\n</figure>"
        )
    return Html("\n".join(shown))


def _policy(*scripts: str) -> str:
    """Return the policy that lets these scripts run and nothing be fetched."""
    hashes = (b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    allowed = " ".join(f"'sha256-{h}'" for h in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


@cache
def _asset(name: str) -> str:
    """Return a file that lies beside this module."""
    return files("simlab.report").joinpath(name).read_text(encoding="utf-8")
