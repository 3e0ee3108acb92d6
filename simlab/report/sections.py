"""The sections of a page, each a function from data to HTML; empty HTML leaves its section out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from simlab.charts.curves import FACTORS, value_name
from simlab.claims.claim import Claim
from simlab.emergence.summary import summarise
from simlab.report.markup import Html, number, table, text
from simlab.report.report import Report
from simlab.table import ScoreTable

MARKS = {"good": "passed", "bad": "failed", "none": ""}
"""Class of a verdict's words by outcome."""

MAX_SHOWN = 300
"""Rows of a table that are shown, at most."""


def said_of(claims: Sequence[Claim], headline: str = "") -> tuple[str, str]:
    """Return "good", "bad" or "none", and the verdict as a clause.

    Where there are no claims, the headline takes their place.
    """
    failed = sum(not claim.passed for claim in claims)
    n = len(claims)
    if not claims:
        return "none", headline or "No claims were made"
    if not failed:
        outcome, said = "good", "The claim holds" if n == 1 else f"All {n} claims hold"
    else:
        outcome = "bad"
        said = "The claim fails" if n == 1 else f"{failed} of {n} claims fail{'s' * (failed == 1)}"
    against = sum(claim.verdict == "contradiction" for claim in claims)
    if against:
        said += f"; in {against} a publication contradicts itself"
    return outcome, said


def verdict(
    claims: Sequence[Claim],
    scores: pl.DataFrame,
    data: ScoreTable,
    headline: str = "",
    *,
    anchor: str = "verdict",
    level: int = 2,
) -> Html:
    """Return the box of the verdict: claims first, those that fail with their evidence."""
    outcome, said = said_of(claims, headline)
    items = "".join(
        f"<li>{text(c.statement)} Observed {_evidence(c.observed)}, "
        f"expected {_evidence(c.expected)}{_tolerance(c)}.</li>"
        for c in claims
        if not c.passed
    )
    listed = f"\n<ul>{items}</ul>" if items else ""
    summary = f"\n<p>{text(_summary(scores, data))}</p>"
    return box(anchor, outcome, said, Html(listed + summary), level=level)


def verdict_of_all(
    names: Sequence[str], reports: Sequence[Report], links: Sequence[str], *, what: str
) -> Html:
    """Return the verdict over several runs: how many claims hold, else in which runs some fail."""
    claimed = [report for report in reports if report.claims]
    failing = [
        (name, link)
        for name, link, report in zip(names, links, reports, strict=True)
        if not all(claim.passed for claim in report.claims)
    ]
    if not claimed:
        return box("verdict", "none", "No claims were made", Html())
    if not failing:
        n = sum(len(report.claims) for report in claimed)
        return box("verdict", "good", f"All {n} claims of {count(len(claimed), what)} hold", Html())
    items = "".join(f'<li><a href="{link}">{text(name)}</a></li>' for name, link in failing)
    said = f"Claims fail in {len(failing)} of {count(len(claimed), what)}"
    return box("verdict", "bad", said, Html(f"\n<ul>{items}</ul>"))


def box(anchor: str, outcome: str, said: str, rest: Html, *, level: int = 2) -> Html:
    """Return a verdict in a box of its colour."""
    return Html(
        f'<section id="{anchor}" class="verdict {outcome}" aria-labelledby="{anchor}-title">\n'
        f'<h{level} id="{anchor}-title">{text(said)}</h{level}>{rest}\n</section>'
    )


def _summary(scores: pl.DataFrame, data: ScoreTable) -> str:
    """Return in words how much there is, and which curve has the largest emergence score."""
    n_scores, n_curves = len(data) - data.n_missing, scores.height
    n_metrics = scores["metric"].n_unique()
    said = [
        f"{count(n_scores, 'score')} on {count(n_curves, 'curve')} "
        f"under {count(n_metrics, 'metric')}."
    ]
    if data.n_missing:
        said.append(f"{count(data.n_missing, 'score')} missing.")
    ranked = _ranked(scores).filter(pl.col("emergence_score").is_not_null())
    if ranked.height:
        best = ranked.row(0, named=True)
        names = [c for c in (*FACTORS, "metric", "seed") if scores[c].n_unique() > 1]
        which = ", ".join(value_name(c, best[c]) for c in names)
        said.append(
            f"The largest emergence score is {number(best['emergence_score'])}"
            f"{f' ({which})' if which else ''}."
        )
    if ranked.height < n_curves:
        statuses = scores.filter(pl.col("emergence_score").is_null())["status"].value_counts()
        why = ", ".join(
            f"{status} {k:,}"
            for status, k in statuses.sort("count", "status", descending=[True, False]).iter_rows()
        )
        said.append(f"{count(n_curves - ranked.height, 'curve')} without one: {why}.")
    return " ".join(said)


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
            _evidence(c.observed),
            _evidence(c.expected),
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
        + _shown(caption, _ranked(frame).select(columns), "with the largest scores")
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


def _ranked(frame: pl.DataFrame) -> pl.DataFrame:
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


def _evidence(value: object) -> Html:
    return Html("none") if value is None else text(value)


def _tolerance(claim: Claim) -> str:
    return "" if claim.tolerance is None else f" within {number(claim.tolerance)}"


def count(n: int, what: str) -> str:
    """Return "1 row", "2 rows"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"
