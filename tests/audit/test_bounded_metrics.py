"""What the audit knows of metrics from their names: none of simlab's own is a percentage."""

import pytest

from simlab.audit.bounded_metrics import UNBOUNDED, bounds_of
from simlab.lab import run


@pytest.mark.parametrize(
    ("scenario", "parameters"),
    [
        ("compounding", {"K": [8], "items": [100]}),
        ("parity", {"n": [20], "k": [2], "networks": [1], "steps": [300], "items": [100]}),
    ],
)
def test_scores_of_scenarios_above_1_are_not_taken_for_shares(scenario, parameters):
    frame = run(scenario, parameters, out=None).table.frame.drop_nulls("n_items")
    tops = dict(frame.group_by("metric").max().select("metric", "score").iter_rows())
    above = {metric for metric, top in tops.items() if top > 1.0}
    assert above
    assert {metric: bounds_of(metric).kind for metric in above} == dict.fromkeys(above, UNBOUNDED)


@pytest.mark.parametrize("metric", ["step_accuracy", "carry_digit_accuracy", "exact_match,none"])
def test_shares_are_bounded(metric):
    assert bounds_of(metric)[1:] == (0.0, 1.0, True)
