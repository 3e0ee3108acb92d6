"""All findings of one metric, in the order of the table."""

import contextlib
import os
import warnings
from collections.abc import Callable, Iterable

from simlab.claims.metric.behaviour import behaviour
from simlab.claims.metric.bending import bending
from simlab.claims.metric.chance import chance
from simlab.claims.metric.composition import composition
from simlab.claims.metric.finding import Search
from simlab.claims.metric.ordering import direction_of, ordering
from simlab.claims.metric.report import DETERMINISTIC, Finding, MetricReport
from simlab.claims.metric.response import CONTINUOUS, Response, response_findings
from simlab.claims.metric.subject import Subject
from simlab.errors import UsageError


def examine(
    subject: Subject,
    *,
    examples: int = 200,
    seed: int = 0,
    n_scales: int = 8,
    progress: Callable[[float, int], None] = lambda done, total: None,
    found: Callable[[Finding], None] = lambda finding: None,
) -> MetricReport:
    """Search a metric for its properties; what it prints is dropped.

    Of a metric that is not deterministic only that is said.

    Parameters
    ----------
    subject : Subject
        `token_metric`, `probability_metric`, `outcome_metric` and `own_metric` make one.
    examples : int
        Most examples a property, at least 1.
    seed : int
        Names the draws.
    n_scales : int
        Sizes of the families that show how far the metric bends, 3 to 100.
    progress : callable
        Takes stages done and stages in all.
    found : callable
        Takes each finding as soon as there is one.

    Raises
    ------
    UsageError
        A number is out of its range.

    >>> from simlab.claims.metric.outcome_metric import outcome_metric
    >>> report = examine(outcome_metric("all", lambda outcomes: float(all(outcomes))), examples=50)
    >>> report.finding("linear in p").verdict, report.finding("gives part").verdict
    ('no', 'no: all or nothing')
    """
    if examples < 1:
        raise UsageError(f"examples: {examples}; give at least 1")
    if not 3 <= n_scales <= 100:
        raise UsageError(f"scales: {n_scales}; give 3 to 100")
    search = Search(subject, examples=examples, seed=seed)
    response = Response(search, subject.ability) if subject.ability else None
    every: list[Finding] = []

    def add(findings: Iterable[Finding]) -> None:
        for finding in findings:
            every.append(finding)
            found(finding)

    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        add(behaviour(search))
        progress(1, 6)
        if any(f.property == DETERMINISTIC and f.holds is False for f in every):
            return MetricReport(  # whatever else is found would be another time's
                metric=subject.name, kind=subject.kind, properties=every, traces=[]
            )
        direction = direction_of(search, response)
        add(ordering(search, response, direction))
        progress(2, 6)
        add(response_findings(search, response))
        progress(3, 6)
        add(composition(search))
        progress(4, 6)
        add([chance(search)])
        progress(5, 6)
        jumps = any(f.property == CONTINUOUS and f.holds is False for f in every)
        add(bending(response, direction, n_scales, jumps=jumps))
        progress(6, 6)
    return MetricReport(
        metric=subject.name,
        kind=subject.kind,
        properties=every,
        traces=list(search.score.traces.values()),
    )
