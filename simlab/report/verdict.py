"""The verdict of a run, or of several, as words and in a box of its colour."""

from collections.abc import Sequence

import polars as pl

from simlab.charts.curves import FACTORS, value_name
from simlab.claims.claim import Claim
from simlab.report.markup import Html, count, number, text
from simlab.report.report import Report
from simlab.report.sections import evidence, ranked
from simlab.table import ScoreTable

NO_CLAIMS = "No claims were made"
MARKS = {"good": "passed", "bad": "failed", "none": ""}
"""Class of a verdict's words by outcome."""


def said_of(report: Report) -> tuple[str, str]:
    """Return "good", "bad" or "none", and the verdict as a clause.

    Where there are no claims, the headline takes their place.
    """
    claims = report.claims
    failed = sum(not claim.passed for claim in claims)
    n = len(claims)
    if not claims:
        return "none", report.headline or NO_CLAIMS
    if not failed:
        outcome, said = "good", "The claim holds" if n == 1 else f"All {n} claims hold"
    else:
        outcome = "bad"
        said = "The claim fails" if n == 1 else f"{failed} of {n} claims fail{'s' * (failed == 1)}"
    against = sum(claim.verdict == "contradiction" for claim in claims)
    if against:
        said += f"; in {against} a publication contradicts itself"
    return outcome, said


def verdict(report: Report, *, anchor: str = "verdict", level: int = 2) -> Html:
    """Return the box of a run's verdict: claims first, those that fail with their evidence."""
    outcome, said = said_of(report)
    items = "".join(
        f"<li>{text(c.statement)} Observed {evidence(c.observed)}, "
        f"expected {evidence(c.expected)}{_tolerance(c)}.</li>"
        for c in report.claims
        if not c.passed
    )
    listed = f"\n<ul>{items}</ul>" if items else ""
    summary = f"\n<p>{text(_summary(report.scores, report.table))}</p>"
    return _box(anchor, outcome, said, Html(listed + summary), level=level)


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
        return _box("verdict", "none", NO_CLAIMS, Html())
    if not failing:
        n = sum(len(report.claims) for report in claimed)
        return _box(
            "verdict", "good", f"All {n} claims of {count(len(claimed), what)} hold", Html()
        )
    items = "".join(f'<li><a href="{link}">{text(name)}</a></li>' for name, link in failing)
    said = f"Claims fail in {len(failing)} of {count(len(claimed), what)}"
    return _box("verdict", "bad", said, Html(f"\n<ul>{items}</ul>"))


def _box(anchor: str, outcome: str, said: str, rest: Html, *, level: int = 2) -> Html:
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
    scored = ranked(scores).filter(pl.col("emergence_score").is_not_null())
    if scored.height:
        best = scored.row(0, named=True)
        names = [c for c in (*FACTORS, "metric", "seed") if scores[c].n_unique() > 1]
        which = ", ".join(value_name(c, best[c]) for c in names)
        said.append(
            f"The largest emergence score is {number(best['emergence_score'])}"
            f"{f' ({which})' if which else ''}."
        )
    if scored.height < n_curves:
        statuses = scores.filter(pl.col("emergence_score").is_null())["status"].value_counts()
        why = ", ".join(
            f"{status} {k:,}"
            for status, k in statuses.sort("count", "status", descending=[True, False]).iter_rows()
        )
        said.append(f"{count(n_curves - scored.height, 'curve')} without one: {why}.")
    return " ".join(said)


def _tolerance(claim: Claim) -> str:
    return "" if claim.tolerance is None else f" within {number(claim.tolerance)}"
