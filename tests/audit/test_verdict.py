import polars as pl
import pytest

from simlab.audit.verdict import EVIDENCE, VERDICTS, verdicts
from simlab.errors import UsageError

IMPROVED = {
    "n_scales": 8, "items": 100.0, "emergence_score": 6.0, "status": "ok", "first": 0.1,
    "last": 0.6, "chance": 0.0, "p_improvement": 1e-6, "p_flat": 1e-6, "p_chance": 0.0,
    "p_sharp": 0.4, "q_sharp": 0.6, "slope": 0.2, "slope_error": 0.03,
}  # fmt: skip
SHARP = {**IMPROVED, "p_sharp": 0.001, "q_sharp": 0.02, "break_kind": "step", "breakpoint": 8e9,
         "breakpoint_low": 5e9, "breakpoint_high": 1.2e10}  # fmt: skip
JUMPY = {**IMPROVED, "emergence_score": 40.0}
FLOOR = {"floor_scales": 4, "resolution_p": 0.6, "items_needed": 5000.0}
SOFT = {"partner": "token_edit_distance", "retained": 0.1, "retained_low": -0.1,
        "retained_high": 0.4}  # fmt: skip
HARD = {**SOFT, "retained": 0.9, "retained_low": 0.7, "retained_high": 1.1}

TABLE = [
    ({"reason": "no n_items and no stderr"}, "undecided", "no n_items and no stderr"),
    (
        {**JUMPY, **SOFT, "reason": "no n_items and no stderr"},
        "undecided",
        "no n_items and no stderr; token_edit_distance on the same outputs keeps 10% [-10, 40] of",
    ),
    (
        {**JUMPY, **FLOOR, "items_needed": 3e9},
        "resolution_limited",
        "; no test of a size that exists would tell",
    ),
    ({**SHARP, "reason": "all scores are equal"}, "undecided", "all scores are equal"),
    ({"n_scales": 8}, "undecided", "improvement cannot be tested"),
    (
        {**IMPROVED, "p_improvement": 0.3, "p_flat": 0.3},
        "no_improvement",
        "flat line with scatter (p = 0.3)",
    ),
    (
        {**SHARP, "p_improvement": 0.3, "p_chance": 0.3, "chance": 0.5, "last": 0.51},
        "no_improvement",
        "0.51 at the largest scale is not above chance, 0.5 (p = 0.3)",
    ),
    ({**IMPROVED, "p_sharp": None}, "undecided", "sharpness cannot be tested"),
    (IMPROVED, "smooth", "p = 0.4, q = 0.6 among 1 curves); slope 0.2 ± 0.03 per e-fold"),
    ({**IMPROVED, "p_sharp": 0.03}, "smooth", "if it were alone"),
    ({**IMPROVED, "p_improvement": 0.0}, "smooth", "rises from 0.1 to 0.6 (p < 1e-300), no"),
    ({**IMPROVED, "slope": 4.8, "slope_error": 350.0}, "smooth", "; its slope is not determined"),
    ({**SHARP, "scatter": 0.14}, "undecided", "scatter so much about any curve (rho = 0.14)"),
    ({**IMPROVED, "scatter": 0.14}, "undecided", "several seeds would tell"),
    ({**SHARP, "scatter": 0.09}, "survives", "sharper"),
    ({**SHARP, "scatter": 0.2, "p_improvement": 0.3, "p_flat": 0.3}, "no_improvement", "flat line"),
    (SHARP, "survives", "a step at 8e+09 [5e+09, 1.2e+10]; there is no gentler metric"),
    ({**SHARP, "breakpoint": None}, "survives", "whose place cannot be told"),
    ({**SHARP, "graded": True}, "survives", "the metric itself gives partial credit"),
    ({**SHARP, **HARD}, "survives", "keeps 90% [70, 110] of the jump"),
    ({**SHARP, **SOFT}, "metric_artefact", "token_edit_distance on the same outputs keeps 10%"),
    ({**SHARP, **SOFT, "retained": -0.05}, "metric_artefact", "keeps none [-10, 40] of the jump"),
    ({**SHARP, **SOFT, "partner_p": 0.001}, "survives", "whose own sharpness has p = 0.001"),
    ({**SHARP, **SOFT, "partner_p": 0.7}, "metric_artefact", "keeps 10% [-10, 40]"),
    ({**SHARP, **SOFT, "retained_high": 1.4}, "survives", "keeps 10% [-10, 140]"),
    ({**SHARP, **SOFT, "retained_high": None}, "survives", "keeps 10% [-10, ?]"),
    (
        {**SHARP, **SOFT, "retained_low": None, "retained_high": None},
        "metric_artefact",
        "no interval",
    ),
    ({**JUMPY, **SOFT}, "metric_artefact", "emergence score 40, a straight line has 7"),
    ({**JUMPY, **HARD}, "smooth", "no sharper"),
    ({**IMPROVED, **SOFT}, "smooth", "no sharper"),
    (
        {**JUMPY, **FLOOR},
        "resolution_limited",
        "at 100 items a smooth curve leaves the 4 smallest scales at the floor as well (p = 0.6); "
        "about 5,000 items would tell",
    ),
    ({**JUMPY, **FLOOR, "resolution_p": 0.01}, "smooth", "no sharper"),
    ({**JUMPY, **FLOOR, "items_needed": 50.0}, "smooth", "no sharper"),
    ({**IMPROVED, **FLOOR}, "smooth", "no sharper"),
    ({**SHARP, **FLOOR}, "survives", "sharper"),
    (
        {**IMPROVED, **FLOOR, "emergence_score": None, "status": "zero_median"},
        "resolution_limited",
        "most steps are 0",
    ),
    ({**JUMPY, "emergence_score": 14.0, **FLOOR}, "smooth", "no sharper"),
    ({**IMPROVED, "p_sharp": float("nan")}, "undecided", "sharpness cannot be tested"),
]


@pytest.mark.parametrize(("row", "verdict", "reason"), TABLE, ids=range(len(TABLE)))
def test_table(row, verdict, reason):
    evidence = pl.DataFrame({k: [v] for k, v in row.items()})
    got = verdicts(evidence).row(0)
    assert got[0] == verdict
    assert reason in got[1]
    assert "None" not in got[1]
    assert "nan" not in got[1]


def test_every_verdict_is_in_the_table():
    assert {verdict for _, verdict, _ in TABLE} == set(VERDICTS)


def test_all_at_once_and_the_number_of_curves():
    evidence = pl.DataFrame([{**dict.fromkeys(EVIDENCE), **row} for row, _, _ in TABLE],
                            schema=EVIDENCE)  # fmt: skip
    found = verdicts(evidence)
    assert found["verdict"].to_list() == [verdict for _, verdict, _ in TABLE]
    assert f"among {evidence['q_sharp'].count():,} curves" in found["reason"][8]


def test_level():
    evidence = pl.DataFrame({k: [v] for k, v in SHARP.items()})
    assert verdicts(evidence, alpha=0.01)["verdict"].to_list() == ["smooth"]
    with pytest.raises(UsageError, match=r"--alpha 1\.5"):
        verdicts(evidence, alpha=1.5)
