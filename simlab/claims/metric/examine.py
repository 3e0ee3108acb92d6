"""All findings of one metric, in the order of the table."""

import contextlib
import os
import warnings
from collections.abc import Callable

import msgspec

from simlab.claims.metric.behaviour import DEFINED, DETERMINISTIC, KEEPS, behaviour
from simlab.claims.metric.bending import bending
from simlab.claims.metric.chance import chance
from simlab.claims.metric.composition import composition
from simlab.claims.metric.finding import Finding, Search
from simlab.claims.metric.ordering import direction_of, ordering
from simlab.claims.metric.response import CONTINUOUS, Response, response_findings
from simlab.claims.metric.subject import Subject
from simlab.errors import UsageError

_MUST_HOLD = (DEFINED, DETERMINISTIC, KEEPS)


class MetricReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a search says of a metric."""

    metric: str
    kind: str
    properties: list[Finding]
    traces: list[str]
    """Tracebacks of calls that raised, one a kind of error, for whoever debugs the metric."""

    def finding(self, property: str) -> Finding:
        """Return the finding whose name begins so."""
        return next(f for f in self.properties if f.property.startswith(property))

    @property
    def broken(self) -> list[str]:
        """One line for each way in which the metric is no function of its input."""
        words = {DEFINED: "", DETERMINISTIC: "is not deterministic: ", KEEPS: "changes its input: "}
        return [
            f"{self.metric}: {words[f.property]}{f.counterexample}"
            for f in self.properties
            if f.property in _MUST_HOLD and f.holds is False
        ]


def examine(
    subject: Subject,
    *,
    examples: int = 200,
    seed: int = 0,
    n_scales: int = 8,
    progress: Callable[[float, int], None] = lambda done, total: None,
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
        Takes properties done and properties in all.

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
    found: list[Finding] = []
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        found += behaviour(search)
        progress(1, 6)
        if any(f.property == DETERMINISTIC and f.holds is False for f in found):
            return MetricReport(  # whatever else is found would be another time's
                metric=subject.name, kind=subject.kind, properties=found, traces=[]
            )
        direction = direction_of(search, response)
        found += ordering(search, response, direction)
        progress(2, 6)
        found += response_findings(search, response)
        progress(3, 6)
        found += composition(search)
        progress(4, 6)
        found.append(chance(search))
        progress(5, 6)
        jumps = any(f.property == CONTINUOUS and f.holds is False for f in found)
        found += bending(response, direction, n_scales, jumps=jumps)
        progress(6, 6)
    return MetricReport(
        metric=subject.name,
        kind=subject.kind,
        properties=found,
        traces=list(search.score.traces.values()),
    )
