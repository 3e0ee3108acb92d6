"""Which metrics lie between two bounds, and which of them are means over test items.

A mean over n items of a score between 0 and 1 has a variance of at most s (1 - s) / n, with
equality for right and wrong. So the binomial distribution serves every such metric: exactly for
counts, and with an effective number of items, s (1 - s) / stderr^2, for partial credit.
"""

from typing import NamedTuple

from simlab.metrics.declared import all_properties
from simlab.metrics.kinds import ALL_OR_NOTHING, kind_of
from simlab.schema import UNIT_METRICS

COUNT, MEAN, NO_MEAN, UNBOUNDED, UNKNOWN = "count", "mean", "no mean", "unbounded", "unknown"


class Bounds(NamedTuple):
    """What the audit knows of a metric from its name."""

    kind: str
    """"count" (right or wrong per item), "mean" (partial credit per item), "no mean" (bounded, but
    not a mean over items), "unbounded", or "unknown"."""
    low: float = 0.0
    high: float = 1.0
    higher_is_better: bool | None = None
    """None: not known from the name."""


_UP, _DOWN = True, False
_PUBLISHED = {
    **dict.fromkeys(
        ("f1", "sequence_f1", "digit_accuracy", "step_accuracy", "token_accuracy", "rouge1",
         "rouge2", "rougeL", "rougeLsum", "mc2", "bert_score", "correct_prob_mass",
         "carry_digit_accuracy"),
        Bounds(MEAN, higher_is_better=_UP),
    ),
    "calibration_multiple_choice_brier_score": Bounds(MEAN, higher_is_better=_DOWN),
    **dict.fromkeys(("chrf", "macro_f1"), Bounds(NO_MEAN, higher_is_better=_UP)),
    **dict.fromkeys(
        ("bits_per_byte", "byte_perplexity", "word_perplexity", "ppl", "ter", "edit_distance",
         "loss", "log_loss", "nll", "bpb", "negative_log_likelihood", "hinge_loss",
         "squared_error", "-log_pass_at_k"),
        Bounds(UNBOUNDED, higher_is_better=_DOWN),
    ),
    **dict.fromkeys(
        ("log_likelihood", "bleurt", "steps_to_first_error"),
        Bounds(UNBOUNDED, higher_is_better=_UP),
    ),
    "likelihood_difference": Bounds(UNBOUNDED),
    "normalized_aggregate_score": Bounds(UNBOUNDED, higher_is_better=_UP),
}  # fmt: skip


def bounds_of(metric: str) -> Bounds:
    """Return the bounds and the kind of a metric; what follows a comma does not count.

    >>> bounds_of("exact_match,none")
    Bounds(kind='count', low=0.0, high=1.0, higher_is_better=True)
    >>> bounds_of("brier_score_sum").high, bounds_of("perplexity").kind, bounds_of("zest").kind
    (2.0, 'unbounded', 'unknown')
    """
    name = metric.partition(",")[0]
    if name in _PUBLISHED:
        return _PUBLISHED[name]
    declared = all_properties().get(name)
    if declared is not None:
        kind = COUNT if kind_of(name) == ALL_OR_NOTHING else MEAN
        if not declared.decomposes:
            kind = NO_MEAN
        if declared.high == float("inf"):
            kind = UNBOUNDED
        return Bounds(kind, declared.low, declared.high, declared.higher_is_better)
    if name in UNIT_METRICS or kind_of(name) == ALL_OR_NOTHING:
        return Bounds(COUNT, higher_is_better=_UP)
    return Bounds(UNKNOWN)
