"""One verdict a curve, with the sentence that justifies it.

undecided
    The audit says what is missing.
no_improvement
    No rise beyond a flat line with scatter between models, or not above chance at the largest
    scale.
metric_artefact
    The curve looks like a jump, or is one, and a gentler metric on the same outputs has none.
survives
    Sharper than any smooth curve at its scales and items, after correction for all curves, and no
    gentler metric takes that away.
resolution_limited
    It looks like a jump from zero, but too few items stand behind the zeros to tell.
smooth
    It improves, and a smooth curve is enough to explain how.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from simlab.errors import UsageError

VERDICTS = (
    "survives",
    "metric_artefact",
    "resolution_limited",
    "smooth",
    "no_improvement",
    "undecided",
)
RETAINED = 0.5
"""Part of a jump that a partner must keep to be said to keep it."""
_MOST_ITEMS, _NO_TEST = 1e6, "no test of a size that exists"
MOST_SCATTER = 0.1
"""Scatter beyond which no curve through single models means much: one standard deviation is a
third of the way between 0 and 1 at most, and bimodal runs lie above it."""
STRAIGHT = 2.0
"""Emergence score per step from which a curve looks like a jump: a straight line has 1."""

EVIDENCE: dict[str, Any] = {
    "reason": pl.String,
    "n_scales": pl.Int64,
    "items": pl.Float64,
    "emergence_score": pl.Float64,
    "status": pl.String,
    "first": pl.Float64,
    "last": pl.Float64,
    "chance": pl.Float64,
    "p_improvement": pl.Float64,
    "p_flat": pl.Float64,
    "p_chance": pl.Float64,
    "p_sharp": pl.Float64,
    "q_sharp": pl.Float64,
    "slope": pl.Float64,
    "slope_error": pl.Float64,
    "scatter": pl.Float64,
    "break_kind": pl.String,
    "breakpoint": pl.Float64,
    "breakpoint_low": pl.Float64,
    "breakpoint_high": pl.Float64,
    "floor_scales": pl.Int64,
    "resolution_p": pl.Float64,
    "items_needed": pl.Float64,
    "graded": pl.Boolean,
    "partner": pl.String,
    "retained": pl.Float64,
    "retained_low": pl.Float64,
    "retained_high": pl.Float64,
    "partner_p": pl.Float64,
}
"""What a verdict rests on; any of it may be null.

reason
    Why the curve cannot be decided on.
first, last, chance
    Shares at the smallest and largest scale, and of guessing; more is better.
scatter
    Correlation of two items of one model, beyond the best break.
break_kind, breakpoint
    Of the best break, in units of the scale.
floor_scales, resolution_p, items_needed
    Smallest scales in a row that are at the floor, the p that a smooth curve leaves them there
    with these items, and the items that would tell.
graded
    Whether the curve's own metric gives partial credit.
partner_p
    The sharpness of the partner's own curve.
"""


def verdicts(evidence: pl.DataFrame, *, alpha: float = 0.05) -> pl.DataFrame:
    """Return ``verdict`` and ``reason`` of each curve.

    Parameters
    ----------
    evidence : polars.DataFrame
        One row a curve with the columns of `EVIDENCE`; absent ones are null.
    alpha : float
        Level of the tests of improvement, and false discovery rate of the sharp ones.

    Raises
    ------
    UsageError
        ``alpha`` outside (0, 1).

    >>> verdicts(pl.DataFrame({"reason": ["no n_items and no stderr"]})).rows()
    [('undecided', 'no n_items and no stderr')]
    """
    if not 0 < alpha < 1:
        raise UsageError(f"--alpha {alpha}: give a level between 0 and 1, such as 0.05")
    held = evidence.select(
        (pl.col(name) if name in evidence.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in EVIDENCE.items()
    )
    held = held.with_columns(pl.col(pl.Float64).fill_nan(None))
    tested = held["q_sharp"].count()
    rows = [decide(row, alpha, tested) for row in held.iter_rows(named=True)]
    return pl.DataFrame(rows, {"verdict": pl.String, "reason": pl.String}, orient="row")


def decide(row: Mapping[str, Any], alpha: float, tested: int) -> tuple[str, str]:
    """Return verdict and reason of one row of evidence; ``tested`` curves share the correction."""
    if row["reason"]:
        return "undecided", row["reason"] + _bare_swap(row)
    if row["p_improvement"] is None:
        return "undecided", "its improvement cannot be tested"
    if row["p_improvement"] > alpha:
        return "no_improvement", _no_improvement(row, alpha)
    rise = f"{_share(row['first'])} to {_share(row['last'])} (p {_p(row['p_improvement'])})"
    if row["p_sharp"] is None or row["q_sharp"] is None:
        return "undecided", f"it rises from {rise}, but its sharpness cannot be tested"
    if row["scatter"] is not None and row["scatter"] > MOST_SCATTER:
        return "undecided", f"it rises from {rise}, but {_luck(row)}"
    sharp = row["q_sharp"] <= alpha
    levels = f"p {_p(row['p_sharp'])}, q {_p(row['q_sharp'])} among {tested:,} curves"
    gone = _jump_is_gone(row, alpha)
    if gone and (sharp or _looks_like_a_jump(row)):
        look = f"sharper than a smooth curve ({levels})" if sharp else _look(row)
        return "metric_artefact", f"{look}, but {gone}"
    if sharp:
        return "survives", f"sharper than any smooth curve ({levels}){_break(row)}; {_swap(row)}"
    limited = _resolution(row, alpha)
    if limited and _looks_like_a_jump(row):
        return "resolution_limited", f"{_look(row)}, but {limited}"
    if row["p_sharp"] <= alpha:
        text = f"sharper than a smooth curve if it were alone, but not among all ({levels})"
    else:
        text = f"no sharper than a smooth curve ({levels})"
    return "smooth", f"rises from {rise}, {text}{_slope(row)}"


def _luck(row: Mapping[str, Any]) -> str:
    return (
        f"its models scatter so much about any curve (rho = {row['scatter']:.2g}) that a single "
        "one is up to luck, as where some runs learn and others do not; several seeds would tell"
    )


def _no_improvement(row: Mapping[str, Any], alpha: float) -> str:
    ends = f"{_share(row['first'])} at the smallest scale, {_share(row['last'])} at the largest"
    if row["p_flat"] is not None and row["p_flat"] <= alpha:
        return (
            f"it rises (p {_p(row['p_flat'])}), but {_share(row['last'])} at the largest scale "
            f"is not above chance, {_share(row['chance'])} (p {_p(row['p_chance'])})"
        )
    return f"no rise beyond a flat line with scatter (p {_p(row['p_flat'])}): {ends}"


def _looks_like_a_jump(row: Mapping[str, Any]) -> bool:
    """Whether the emergence score would be read as one."""
    if row["status"] == "zero_median":
        return True
    score, n_scales = row["emergence_score"], row["n_scales"]
    return score is not None and n_scales is not None and score > STRAIGHT * (n_scales - 1)


def _look(row: Mapping[str, Any]) -> str:
    if row["emergence_score"] is None:
        return "looks like a jump (most steps are 0, so the emergence score has no value)"
    return (
        f"looks like a jump (emergence score {row['emergence_score']:.3g}, a straight line has "
        f"{row['n_scales'] - 1})"
    )


def _jump_is_gone(row: Mapping[str, Any], alpha: float) -> str:
    """Return the sentence on a partner that has no jump, or ""."""
    if row["partner"] is None or row["retained"] is None or row["retained"] >= RETAINED:
        return ""
    if row["partner_p"] is not None and row["partner_p"] <= alpha:
        return ""
    if row["retained_high"] is not None and row["retained_high"] >= 1.0:
        return ""
    if row["retained_low"] is not None and row["retained_high"] is None:
        return ""  # the interval has no upper end
    return f"{row['partner']} on the same outputs keeps {_retained(row)} of the jump"


def _retained(row: Mapping[str, Any]) -> str:
    kept = f"{100 * row['retained']:.0f}%" if row["retained"] > 0 else "none"
    if row["retained_low"] is None and row["retained_high"] is None:
        return f"{kept} (no interval: its noise is unknown)"
    ends = ("?" if row[e] is None else f"{100 * row[e]:.0f}" for e in _ENDS)
    return f"{kept} [{', '.join(ends)}]"


_ENDS = ("retained_low", "retained_high")


def _swap(row: Mapping[str, Any]) -> str:
    """Return the sentence of a survivor on its partner."""
    if row["partner"] is None or row["retained"] is None:
        if row["graded"]:
            return "the metric itself gives partial credit"
        return "there is no gentler metric on the same outputs to hold against it"
    own = ""
    if row["partner_p"] is not None:
        own = f", whose own sharpness has p {_p(row['partner_p'])}"
    return f"{row['partner']} on the same outputs keeps {_retained(row)} of the jump{own}"


def _bare_swap(row: Mapping[str, Any]) -> str:
    """Return what an undecided curve's partner says all the same."""
    if row["partner"] is None or row["retained"] is None or not _looks_like_a_jump(row):
        return ""
    return f"; {row['partner']} on the same outputs keeps {_retained(row)} of its largest step"


def _break(row: Mapping[str, Any]) -> str:
    kind = row["break_kind"] or "break"
    if row["breakpoint"] is None:
        return f", a {kind} whose place cannot be told"
    ends = [row["breakpoint_low"], row["breakpoint_high"]]
    interval = "" if None in ends else f" [{ends[0]:.2g}, {ends[1]:.2g}]"
    return f", a {kind} at {row['breakpoint']:.2g}{interval}"


def _slope(row: Mapping[str, Any]) -> str:
    if row["slope"] is None:
        return ""
    slope, error = row["slope"], row["slope_error"]
    if error is None:
        return f"; slope {slope:.2g} per e-fold"
    if error > max(slope, 1.0):
        return "; its slope is not determined"
    return f"; slope {slope:.2g} ± {error:.2g} per e-fold"


def _resolution(row: Mapping[str, Any], alpha: float) -> str:
    """Return the sentence on zeros that say nothing, or ""."""
    p, needed, floor = row["resolution_p"], row["items_needed"], row["floor_scales"]
    if p is None or p <= alpha or not floor:
        return ""
    if needed is not None and row["items"] is not None and needed <= row["items"]:
        return ""
    scales = "smallest scale" if floor == 1 else f"{floor} smallest scales"
    text = f"at {row['items']:.0f} items a smooth curve leaves the {scales} at the floor as well"
    tell = ""
    if needed is not None:
        few = needed <= _MOST_ITEMS
        tell = (
            f"; about {needed:,.0f} items would tell"
            if few
            else "; no test of a size that exists would tell"
        )
    return f"{text} (p {_p(p)}){tell}"


def _p(value: float | None) -> str:
    """Return a relation and a p-value as people read them; one beyond all digits is no 0."""
    if value is None:
        return "= ?"
    if value < 1e-300:
        return "< 1e-300"
    return f"= {value:.2g}" if value >= 1e-4 else f"= {value:.0e}"


def _share(value: float | None) -> str:
    return "?" if value is None else f"{value:.3g}"
