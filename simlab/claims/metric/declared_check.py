"""What a metric declares about itself, held against what the search finds."""

import math
from typing import NamedTuple

from simlab.claims.metric.chance import CHANCE
from simlab.claims.metric.composition import ADDITIVE
from simlab.claims.metric.ordering import DIRECTION, RANGE
from simlab.claims.metric.report import MetricReport
from simlab.claims.metric.response import CONTINUOUS, LINEAR
from simlab.metrics.properties import MetricProperties

_REACHED = 1e-6


class Declared(NamedTuple):
    """One declaration beside the finding that it is about."""

    property: str
    declared: str
    agrees: bool


def against_declared(report: MetricReport, properties: MetricProperties) -> list[Declared]:
    """Return each declaration with whether the search agrees with it.

    A finite end of the range must be reached and not passed; one without an end must grow. A
    chance level that is not declared must not be a term in k for all answers alike.
    """
    return [
        _range(report, properties),
        Declared(
            DIRECTION,
            "higher is better" if properties.higher_is_better else "lower is better",
            report.finding(DIRECTION).verdict
            == ("higher is better" if properties.higher_is_better else "lower is better"),
        ),
        _yes_or_no(report, CONTINUOUS, properties.continuous),
        _yes_or_no(report, LINEAR, properties.linear),
        _decomposes(report, properties.decomposes),
        _chance(report, properties.chance),
    ]


def _yes_or_no(report: MetricReport, name: str, declared: bool) -> Declared:
    return Declared(name, "yes" if declared else "no", report.finding(name).holds is declared)


def _range(report: MetricReport, properties: MetricProperties) -> Declared:
    numbers = report.finding(RANGE).numbers
    low, high = _number(numbers, "low"), _number(numbers, "high")
    bottom = abs(low - properties.low) <= _REACHED
    top = abs(high - properties.high) <= _REACHED
    if math.isinf(properties.high):
        top = numbers.get("grows") == 1.0
    return Declared(RANGE, f"{properties.low:g} .. {properties.high:g}", bottom and top)


def _number(numbers: dict[str, float | str | None], name: str) -> float:
    value = numbers.get(name)
    return value if isinstance(value, float) else math.nan


def _decomposes(report: MetricReport, declared: bool) -> Declared:
    verdict = report.finding(ADDITIVE).verdict
    found = verdict.startswith("yes: the mean")
    known = verdict == "no" or verdict.startswith("yes")
    return Declared(ADDITIVE, "yes: a mean" if declared else "no", known and found is declared)


def _chance(report: MetricReport, declared: str | None) -> Declared:
    term = report.finding(CHANCE).numbers.get("term")
    return Declared(CHANCE, declared or "none", term == declared)
