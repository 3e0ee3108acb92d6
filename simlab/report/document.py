"""The HTML document around sections: its policy, its style, its scripts, its contents."""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, NamedTuple

from simlab.charts.bundle import javascript_bundle
from simlab.charts.export import json_for_script
from simlab.charts.style import CONFIG
from simlab.report.markup import Html, text

_SCRIPTS = ("data.js", "stats.js", "plot.js", "controls.js", "words.js", "explorer.js", "page.js")


class Section(NamedTuple):
    """A part of a page; one without a body is left out."""

    anchor: str
    title: str
    body: Html


def document(
    *, title: str, summary: str, verdict: Html, sections: Sequence[Section], data: Any = None
) -> str:
    """Return a page as HTML.

    Everything that the page needs is in it: the JavaScript of Vega, its own, its style, and the
    ``data`` of its chart; without data it has no script at all. A Content-Security-Policy names
    the scripts by their hashes and forbids all else, so that the page can load nothing and a
    script in a task's name cannot run.
    """
    shown = [section for section in sections if section.body]
    running: tuple[str, ...] = ()
    scripts = ""
    if data is not None:
        running = (javascript_bundle(), "\n".join(map(_asset, _SCRIPTS)))
        held = {"config": CONFIG, "data": data}
        scripts = "\n".join(
            f'<script type="application/json" id="{name}">{json_for_script(value)}</script>'
            for name, value in held.items()
        ) + "".join(f"\n<script>{script}</script>" for script in running)
    return Template(_asset("template.html")).substitute(
        policy=_policy(*running),
        title=text(title),
        summary=text(summary),
        style=_asset("style.css"),
        verdict=verdict,
        contents=_contents(shown) if len(shown) > 1 else "",
        sections="\n".join(section_html(section) for section in shown),
        scripts=scripts,
    )


def _contents(sections: Sequence[Section]) -> str:
    items = "\n".join(f'<li><a href="#{a}">{text(t)}</a></li>' for a, t, _ in sections)
    return f'<nav aria-label="Sections">\n<ul>\n{items}\n</ul>\n</nav>'


def section_html(section: Section, *, level: int = 2) -> Html:
    """Return a section under its heading."""
    anchor, title, body = section
    return Html(
        f'<section id="{anchor}" aria-labelledby="{anchor}-title">\n'
        f'<h{level} id="{anchor}-title">{text(title)}</h{level}>\n{body}\n</section>'
    )


def _policy(*scripts: str) -> str:
    """Return the policy that lets these scripts run and nothing be fetched."""
    hashes = (b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    allowed = " ".join(f"'sha256-{h}'" for h in hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


@cache
def _asset(name: str) -> str:
    """Return a file that lies beside this module."""
    return files("simlab.report").joinpath(name).read_text(encoding="utf-8")
