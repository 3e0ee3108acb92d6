"""Which published metrics give an item all or nothing, and which give it part of a score.

The distinction of Schaeffer et al. 2023: a metric under which one wrong token costs the whole item
(or under which only the largest probability counts) bends a smooth curve; one that counts tokens,
edits or probability mass does not.
"""

ALL_OR_NOTHING, GRADED, UNKNOWN = "all-or-nothing", "graded", "unknown"

_ALL_OR_NOTHING = frozenset(
    [
        "accuracy",
        "acc",
        "acc_norm",
        "acc_norm_nospace",
        "acc_bytes",
        "acc_mutual_info",
        "all_correct",
        "bert_score_accuracy",
        "case_insensitive_str_match",
        "em",
        "exact",
        "exact_match",
        "exact_str_match",
        "mc1",
        "multiple_choice_grade",
        "numeric_match",
        "numeric_match_with_0_1_relative_error",
        "pass@1",
        "pass_at_1",
        "reconstruction",
        "subset_accuracy",
    ]
)
_GRADED = frozenset(
    [
        "bert_score",
        "bits_per_byte",
        "bleu",
        "bleurt",
        "brier_score",
        "brier_score_sum",
        "byte_perplexity",
        "calibration_multiple_choice_brier_score",
        "chrf",
        "correct_prob_mass",
        "cross_entropy",
        "digit_accuracy",
        "edit_distance",
        "f1",
        "hinge_loss",
        "log_likelihood",
        "mc2",
        "mse",
        "perplexity",
        "ppl",
        "rouge1",
        "rouge2",
        "rougeL",
        "rougeLsum",
        "rouge_l",
        "sequence_f1",
        "step_accuracy",
        "ter",
        "token_accuracy",
        "token_edit_distance",
        "word_perplexity",
    ]
)


_PARTS = ("HasAns_", "NoAns_")
"""Prefixes of the metrics of SQuAD 2.0 (Rajpurkar et al. 2018) over a part of its questions."""


def part_of(metric: str) -> str:
    """Return the part of a task's items that a metric is over; empty for all of them.

    Two metrics over different parts are not about the same outputs.

    >>> part_of("HasAns_exact,none"), part_of("NoAns_f1"), part_of("exact")
    ('HasAns', 'NoAns', '')
    """
    return next((part[:-1] for part in _PARTS if metric.startswith(part)), "")


def kind_of(metric: str) -> str:
    """Return whether a metric scores items "all-or-nothing", "graded", or "unknown".

    A mixture of other metrics (normalized_aggregate_score) is unknown. What follows a comma, the
    filter of lm-evaluation-harness, does not count, and neither does a part of the items.

    >>> [kind_of(m) for m in ("exact_match,none", "edit_distance", "normalized_aggregate_score")]
    ['all-or-nothing', 'graded', 'unknown']
    """
    part = part_of(metric)
    name = metric.partition(",")[0].removeprefix(f"{part}_")
    if name in _ALL_OR_NOTHING or (part, name) == ("NoAns", "f1"):  # no answer has no words
        return ALL_OR_NOTHING
    return GRADED if name in _GRADED else UNKNOWN
