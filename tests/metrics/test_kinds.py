import pytest

from replay.harness_metrics import BITS
from simlab.metrics import (
    brier_score,
    exact_match,
    multiple_choice_grade,
    token_edit_distance,
)
from simlab.metrics.kinds import ALL_OR_NOTHING, GRADED, UNKNOWN, kind_of, part_of


@pytest.mark.parametrize(
    "module", [exact_match, multiple_choice_grade, token_edit_distance, brier_score]
)
def test_simlabs_own_metrics_have_a_kind(module: object) -> None:
    name = module.PROPERTIES.name  # type: ignore[attr-defined]
    graded = name in ("token_edit_distance", "brier_score", "brier_score_sum")
    assert kind_of(name) == (GRADED if graded else ALL_OR_NOTHING)


def test_means_of_bits_are_all_or_nothing() -> None:
    assert {kind_of(name) for name in BITS} <= {ALL_OR_NOTHING, UNKNOWN}


def test_squads_parts_have_the_kind_of_their_metric() -> None:
    assert kind_of("HasAns_exact,none") == kind_of("NoAns_exact") == ALL_OR_NOTHING
    assert kind_of("HasAns_f1") == GRADED
    assert kind_of("NoAns_f1,none") == ALL_OR_NOTHING
    assert [part_of(m) for m in ("HasAns_f1,none", "NoAns_exact", "best_f1", "acc")] == [
        "HasAns", "NoAns", "", ""]  # fmt: skip


def test_filters_do_not_count_and_mixtures_are_unknown() -> None:
    assert kind_of("acc_norm,none") == ALL_OR_NOTHING
    assert kind_of("bleu,flexible") == GRADED
    assert kind_of("normalized_aggregate_score") == UNKNOWN
    assert kind_of("") == UNKNOWN
