"""What each metric of simlab declares, held against the search; a wrong declaration is found."""

from functools import cache

import pytest

from simlab.claims.metric.declared_check import against_declared
from simlab.claims.metric.examine import examine
from simlab.claims.metric.own_metrics import own_metric, own_names
from simlab.claims.metric.report import MetricReport
from simlab.errors import UsageError
from simlab.metrics.declared import all_properties
from simlab.metrics.properties import MetricProperties


@cache
def report(name: str) -> MetricReport:
    return examine(own_metric(name), examples=30)


def wrong(name: str, properties: MetricProperties) -> list[str]:
    return [d.property for d in against_declared(report(name), properties) if not d.agrees]


def test_every_metric_can_be_searched() -> None:
    assert own_names() == sorted(all_properties())


@pytest.mark.parametrize("name", own_names())
def test_what_is_declared_is_found(name: str) -> None:
    assert wrong(name, all_properties()[name]) == []
    assert report(name).broken == []
    assert report(name).finding("blind to the order of items").holds is True


@pytest.mark.parametrize("name", own_names())
def test_a_wrong_declaration_is_found(name: str) -> None:
    true = all_properties()[name]
    assert wrong(name, true._replace(low=true.low - 1)) == ["range"]
    assert wrong(name, true._replace(low=true.low + 0.5)) == ["range"]
    assert wrong(name, true._replace(high=50.0)) == ["range"]
    if true.high < 10:
        assert wrong(name, true._replace(high=float("inf"))) == ["range"]
    assert wrong(name, true._replace(higher_is_better=not true.higher_is_better)) == ["direction"]
    assert wrong(name, true._replace(continuous=not true.continuous)) == ["continuous in p"]
    assert wrong(name, true._replace(linear=not true.linear)) == ["linear in p"]
    assert wrong(name, true._replace(decomposes=not true.decomposes)) == ["adds up over items"]
    other = "1/k" if true.chance != "1/k" else None
    assert wrong(name, true._replace(chance=other)) == ["chance level"]


def test_an_unknown_metric_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'exact_match'"):
        own_metric("exct_match")
