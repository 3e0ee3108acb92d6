"""The sections of a page, each a function from data to HTML; empty HTML leaves its section out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from simlab.charts.curves import FACTORS
from simlab.claims.claim import Claim
from simlab.emergence.summary import summarise
from simlab.report.markup import Html, count, number, table, text

MAX_SHOWN = 300
"""Rows of a table that are shown, at most."""


_EXPLORER = """<noscript><p>Charts need JavaScript; the tables below do not.</p></noscript>
<div class="explorer">
<div class="view">
<div class="plots"><div class="chart main"></div><div class="chart beside" hidden></div></div>
<p role="status" aria-live="polite"></p>
<p class="straight" hidden>Where the loss per token is a power law of scale and an answer is right
only if all its tokens are, ln(−ln accuracy) is a straight line in ln N, which more tokens shift
but do not bend.</p>
</div>
<form aria-label="What the chart shows"></form>
<div class="more">
<div class="others" role="group" aria-label="Other metrics"></div>
<details><summary>The data of this chart as a table</summary>
<div class="wide" tabindex="0" role="region" aria-label="The data of this chart"><table></table>
</div>
</details>
</div>
</div>"""


def explore(held: pl.DataFrame, said: Sequence[str]) -> Html:
    """Return the place of the chart that a reader steers; the page's script fills it.

    ``said`` is what the page holds of large tables.
    """
    if held["score"].null_count() == held.height:
        return Html()
    rest = "".join(
        f"<p>The page holds {text(s)}. The run's scores.parquet holds all.</p>\n" for s in said
    )
    return Html(rest + _EXPLORER)


def claims(held: Sequence[Claim]) -> Html:
    """Return the claims with their evidence: failures first, then contradictions."""
    if not held:
        return Html()
    words = {
        "pass": Html('<span class="passed">passed</span>'),
        "fail": Html('<span class="failed">failed</span>'),
        "contradiction": Html('<span class="contradiction">contradiction</span>'),
    }
    rows = [
        [
            words[c.verdict],
            Html(f'<div class="statement">{text(c.statement)}<br><code>{text(c.id)}</code></div>'),
            evidence(c.observed),
            evidence(c.expected),
            Html("" if c.tolerance is None else number(c.tolerance)),
            c.source,
        ]
        for c in sorted(held, key=lambda c: (c.passed, not c.contradiction))
    ]
    headers = ["result", "claim", "observed", "expected", "tolerance", "source"]
    return table(f"{count(len(held), 'claim')} with evidence", headers, rows)


def scores(frame: pl.DataFrame) -> Html:
    """Return the emergence scores, largest first; what all share is said once."""
    if frame.is_empty():
        return Html()
    factors = [*FACTORS, "metric", "seed", "scale_kind"]
    varying = [c for c in factors if frame[c].n_unique() > 1]
    same = [
        f"{c.replace('_', ' ')} {frame[c][0]}"
        for c in factors
        if c not in varying and frame[c][0] is not None
    ]
    columns = [*varying, "n_scales", "emergence_score", "status"]
    caption = "Emergence score of each curve"
    summary = ""
    if frame.height > MAX_SHOWN:
        told = summarise(frame)
        told = told.select(c for c in told.columns if not c.startswith("n_") or told[c].sum())
        summary = _shown("All curves by metric", told, "that come first") + "\n"
    return Html(
        (f"<p>Same for all: {text(', '.join(same))}.</p>\n" if same else "")
        + summary
        + _shown(caption, ranked(frame).select(columns), "with the largest scores")
    )


def tables(held: Mapping[str, pl.DataFrame]) -> Html:
    """Return further tables."""
    return Html("\n".join(_shown(title, frame, "that come first") for title, frame in held.items()))


def sentences(held: Sequence[str]) -> Html:
    """Return a list of sentences."""
    return Html("<ul>" + "".join(f"<li>{text(s)}</li>" for s in held) + "</ul>" if held else "")


def provenance(manifest: Mapping[str, Any]) -> Html:
    """Return the manifest as a table of names and values; a nested name is joined by dots."""
    if not manifest:
        return Html()
    rows = [[Html(f"<code>{text(k)}</code>"), v] for k, v in _flat("", manifest)]
    return Html(
        '<div class="wrap">'
        + table("How these numbers came about", ["what", "value"], rows)
        + "</div>"
    )


def download(height: int, n_rows: int, *, n_outcomes: int = 0) -> Html:
    """Return the button that hands out the rows as CSV, and where outcomes of items are."""
    which = count(n_rows, "row")
    if height < n_rows:
        which = (
            f"the {height:,} of {n_rows:,} rows that the page holds; "
            "scores.parquet, in the folder of the run, has all"
        )
    items = ""
    if n_outcomes:
        what = count(n_outcomes, "outcome")
        items = f"\n<p>items.parquet, in the folder of the run, holds {what} item by item.</p>"
    return Html(
        '<p><button id="download" type="button">Download the scores as CSV</button> '
        f"({which})</p>{items}"
    )


def _shown(caption: str, frame: pl.DataFrame, which: str) -> Html:
    """Return a sortable table of at most `MAX_SHOWN` rows, and a sentence on the rest."""
    headers = [c.replace("_", " ") for c in frame.columns]
    rest = frame.height - MAX_SHOWN
    note = f"<p>Shown: {MAX_SHOWN} of {frame.height:,} rows, those {which}.</p>" if rest > 0 else ""
    return Html(table(caption, headers, frame.head(MAX_SHOWN).iter_rows(), sortable=True) + note)


def ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """Return curves by the size of their emergence score, those without one last."""
    size = pl.col("emergence_score").abs()
    return frame.sort(size, descending=True, nulls_last=True, maintain_order=True)


def _flat(prefix: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, held in value.items():
            yield from _flat(f"{prefix}.{name}" if prefix else str(name), held)
    elif isinstance(value, list | tuple):
        yield prefix, msgspec.json.encode(value, enc_hook=str).decode()
    else:
        yield (
            prefix,
            str(value) if isinstance(value, int) and not isinstance(value, bool) else value,
        )


def evidence(value: object) -> Html:
    """Return what a claim observed or expected."""
    return Html("none") if value is None else text(value)
