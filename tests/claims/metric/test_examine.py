"""What the search says of metrics whose properties are known."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from simlab.claims.metric.examine import examine
from simlab.claims.metric.outcome_metric import outcome_metric
from simlab.claims.metric.probability_metric import probability_metric
from simlab.claims.metric.report import MetricReport
from simlab.claims.metric.token_metric import token_metric
from simlab.emergence.score import emergence_score
from simlab.errors import UsageError

Tokens = list[int]


def exact(predicted: Tokens, reference: Tokens) -> float:
    return float(predicted == reference)


def distance(predicted: Tokens, reference: Tokens) -> int:
    """Wagner and Fischer, as a user would write it."""
    row = list(range(len(reference) + 1))
    for i, token in enumerate(predicted, 1):
        diagonal, row[0] = row[0], i
        for j, wanted in enumerate(reference, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (token != wanted))
    return row[-1]


def clipped(predicted: Tokens, reference: Tokens) -> float:
    return max(0.0, 1 - 2 * distance(predicted, reference) / len(reference))


def forgets_what_is_missing(predicted: Tokens, reference: Tokens) -> float:
    """zip stops at the shorter one: the bug."""
    return sum(a == b for a, b in zip(predicted, reference, strict=False)) / len(predicted)


def search(
    function: Callable[..., Any], make: Any = token_metric, *, examples: int = 40, **more: Any
) -> MetricReport:
    return examine(make(function.__name__, function, **more), examples=examples)


def verdicts(report: MetricReport) -> dict[str, str]:
    return {finding.property: finding.verdict for finding in report.properties}


EXACT, DISTANCE, CLIPPED, BUGGY = (
    search(function, examples=150)
    for function in (exact, distance, clipped, forgets_what_is_missing)
)


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (
            EXACT,
            ["yes", "yes", "yes", "0 .. 1", "higher is better", "yes", "yes",
             "no: all or nothing", "yes", "no", "does not apply", "yes", "yes",
             "1/k among k answers", "143, a linear metric 6.55",
             "1 |alpha|/e of its range, a linear metric 1"],
        ),
        (
            DISTANCE,
            ["yes", "yes", "yes", "0 .. 8 seen; grows with the length", "lower is better", "yes",
             "yes", "yes", "yes", "yes", "does not apply", "no", "yes",
             "depends on the answers (1 - 1/k if they share nothing)",
             "10.4, a linear metric 10.4", "1 |alpha|/e of its range, a linear metric 1"],
        ),
        (
            CLIPPED,
            ["yes", "yes", "yes", "0 .. 1", "higher is better", "yes", "yes", "yes", "yes", "no",
             "does not apply", "no", "yes",
             "depends on the answers (1/k if they share nothing)",
             "19.2, a linear metric 6.76", "1.22 |alpha|/e of its range, a linear metric 1"],
        ),
        (
            BUGGY,
            ["no", "yes", "yes", "0 .. 1", "higher is better", "yes", "no", "yes", "yes", "yes",
             "does not apply", "yes", "yes",
             "depends on the answers (1/k if they share nothing)",
             "10.4, a linear metric 10.4", "1 |alpha|/e of its range, a linear metric 1"],
        ),
    ],
    ids=["exact match", "token edit distance", "clipped", "buggy"],
)  # fmt: skip
def test_the_table_of_a_metric(report: MetricReport, expected: list[str]) -> None:
    names = [
        "gives a finite number", "deterministic", "leaves its input alone", "range", "direction",
        "no repair makes it worse", "best score only if all is right", "gives part of a score",
        "continuous in p", "linear in p", "adds up over items", "blind to the order of tokens",
        "blind to token names", "chance level", "largest emergence score at 8 scales",
        "steepest slope",
    ]  # fmt: skip
    assert verdicts(report) == dict(zip(names, expected, strict=True))


def test_counterexamples_are_the_smallest_and_true() -> None:
    assert BUGGY.finding("gives a finite").counterexample == (
        "predicted = [], reference = [0]: raises ZeroDivisionError: division by zero"
    )
    assert BUGGY.broken == [f"forgets_what_is_missing: {BUGGY.properties[0].counterexample}"]
    assert BUGGY.finding("best score").counterexample == (
        "predicted = [0], reference = [0, 0]: scores 1, as much as the right answer"
    )
    assert EXACT.finding("linear").counterexample == (
        "L = 2: 0.25 at p = 0.5, where the line from p = 0 to 1 has 0.5"
    )
    moved = DISTANCE.finding("blind to the order of tokens").counterexample
    assert moved is not None
    calls = [part.rsplit(": scores ", 1) for part in moved.split("; ")]
    scores = []
    for call, score in calls:
        arguments = eval(f"dict({call})", {"dict": dict})
        assert distance(**arguments) == int(score)
        scores.append(int(score))
    assert scores[0] != scores[1]


def test_bending_is_what_the_curve_itself_scores() -> None:
    for report, expected in (
        (EXACT, lambda p, L: p**L),
        (DISTANCE, lambda p, L: -L * (1 - p)),
    ):
        numbers = report.finding("largest emergence score").numbers
        first, last = float(numbers["p_first"]), float(numbers["p_last"])  # type: ignore[arg-type]
        p = np.exp(-np.geomspace(-math.log(first), -math.log(last), 8))
        curve = expected(p, numbers["size"])
        assert emergence_score(range(8), curve).score == pytest.approx(numbers["score"], rel=1e-9)
        assert emergence_score(range(8), p).score == pytest.approx(numbers["linear"], rel=1e-9)


def test_slopes_have_closed_forms() -> None:
    """Of p^L the slope against ln N is |alpha| / e at most, of a Brier score 1.4 times that."""
    loss = np.linspace(0.01, 8, 200_001)
    for function, expected in (
        (exact, 1.0),
        (lambda predicted, reference: -distance(predicted, reference), 1.0),
    ):
        slope = examine(token_metric("m", function), examples=1).finding("steepest").numbers
        assert slope["slope"] == pytest.approx(expected, abs=1e-4)

    def brier(probabilities: Sequence[float], target: int) -> float:
        return (1 - probabilities[target]) ** 2

    found = examine(probability_metric("brier", brier), examples=1).finding("steepest").numbers
    p = np.exp(-loss)
    assert found["slope"] == pytest.approx(np.max(2 * loss * p * (1 - p)) * math.e, abs=1e-3)


def brier(probabilities: list[float], target: int) -> float:
    return (1 - probabilities[target]) ** 2


def first_of_the_largest(probabilities: list[float], target: int) -> float:
    return float(probabilities.index(max(probabilities)) == target)


def surprise(probabilities: list[float], target: int) -> float:
    p = probabilities[target]
    return -math.log(p) if p else math.inf


def threshold(probabilities: list[float], target: int) -> float:
    return 0.0 if probabilities[target] < 0.3 else probabilities[target]


def test_probabilities() -> None:
    report = search(brier, probability_metric)
    found = verdicts(report)
    assert found["range"] == "0 .. 1"
    assert found["direction"] == "lower is better"
    assert found["continuous in p"] == found["no repair makes it worse"] == "yes"
    assert found["linear in p"] == "no"
    assert found["chance level"] == "(1 - 1/k)^2 among k answers"
    assert found["blind to the order of options"] == "yes"


def test_a_toss_that_is_no_toss_is_found() -> None:
    """An argmax takes the first of two equal options, wherever the right one stands."""
    report = search(first_of_the_largest, probability_metric)
    assert report.finding("blind to the order of options").holds is False
    jump = report.finding("continuous")
    assert jump.holds is False
    assert jump.numbers["at"] == pytest.approx(0.5)
    assert jump.numbers["jump"] == 1.0
    assert verdicts(report)["steepest slope"] == "no limit: it jumps"
    assert verdicts(report)["largest emergence score at 8 scales"].startswith("no limit")


def test_a_small_jump_is_found_where_it_is() -> None:
    jump = search(threshold, probability_metric).finding("continuous")
    assert jump.holds is False
    assert jump.numbers["at"] == pytest.approx(0.3, abs=1e-9)
    assert jump.numbers["jump"] == pytest.approx(0.3, abs=1e-9)
    steep = search(lambda probabilities, target: math.sqrt(probabilities[target]),
                   probability_metric)  # fmt: skip
    assert steep.finding("continuous").holds is True


def test_a_hole_is_no_jump() -> None:
    def holed(probabilities: list[float], target: int) -> float:
        p = probabilities[target]
        return math.nan if 0.501 < p < 0.502 else 2 * p if p > 0.5015 else p

    report = search(holed, probability_metric)
    assert report.finding("continuous").holds is True  # wherever it is a number
    found = search(lambda probabilities, target: math.nan, probability_metric)
    assert found.finding("continuous").verdict == "undecided"


def test_the_ends_of_the_range_are_shown() -> None:
    ends = [end.split(" at ") for end in str(EXACT.finding("range").counterexample).split("; ")]
    assert [float(score) for score, _ in ends] == [0.0, 1.0]
    for score, call in ends:
        assert exact(**eval(f"dict({call})", {"dict": dict})) == float(score)
    assert str(DISTANCE.finding("range").counterexample).startswith("0 at predicted = ")


def test_a_score_without_an_end() -> None:
    report = search(surprise, probability_metric)
    assert "grows as p falls to 0" in verdicts(report)["range"]
    assert verdicts(report)["chance level"] == "ln k among k answers"
    assert "over p = .05 to .99" in verdicts(report)["steepest slope"]


def share(outcomes: list[bool]) -> float:
    return sum(outcomes) / len(outcomes)


def mostly(outcomes: list[bool]) -> float:
    return float(sum(outcomes) > len(outcomes) / 2)


def streak(outcomes: list[bool]) -> float:
    """Right answers at the start: depends on their order."""
    return float((*outcomes, False).index(False))


def test_outcomes() -> None:
    found = verdicts(search(share, outcome_metric))
    assert found["adds up over items"] == "yes: the mean of its items"
    assert found["linear in p"] == found["blind to the order of items"] == "yes"
    assert found["chance level"] == "1/k among k answers"
    report = search(mostly, outcome_metric)
    assert verdicts(report)["gives part of a score"] == "no: all or nothing"
    assert report.finding("adds up").counterexample == (
        "outcomes = [False, True]: scores 0; the mean of its items is 0.5"
    )
    slope = report.finding("steepest").numbers["slope"]
    assert isinstance(slope, float)
    assert slope > 2
    assert search(sum_of, outcome_metric).finding("adds up").verdict == "yes: the sum of its items"
    assert search(streak, outcome_metric).finding("blind to the order of items").holds is False


def sum_of(outcomes: list[bool]) -> int:
    return sum(outcomes)


def test_batches_may_be_weighed_by_tokens() -> None:
    def rate(predicted: list[Tokens], reference: list[Tokens]) -> float:
        edits = sum(distance(a, b) for a, b in zip(predicted, reference, strict=True))
        return edits / sum(map(len, reference))

    def items(predicted: list[Tokens], reference: list[Tokens]) -> list[float]:
        return [exact(a, b) for a, b in zip(predicted, reference, strict=True)]

    report = search(rate, batch=True, examples=25)
    weighted = "yes: the mean of its items, weighted by tokens"
    assert report.finding("adds up").verdict == weighted
    assert report.finding("blind to the order of items").holds is True
    plain = search(items, batch=True, examples=25)
    assert plain.finding("adds up").verdict == "yes: the mean of its items"


def test_a_metric_that_punishes_repairs() -> None:
    def uneven(predicted: Tokens, reference: Tokens) -> float:
        right = sum(a == b for a, b in zip(predicted, reference, strict=False))
        return {0: 0.1, 1: 0.0}.get(right, float(right)) if len(reference) > 1 else float(right)

    report = search(uneven, examples=200)
    assert report.finding("no repair").holds is False
    assert "repaired" in str(report.finding("no repair").counterexample)
    assert verdicts(report)["direction"] == "higher is better"


def test_token_ids_used_as_numbers_are_found() -> None:
    def near(predicted: Tokens, reference: Tokens) -> float:
        return -abs(sum(predicted) - sum(reference))

    assert search(near).finding("blind to token names").holds is False


def constant(predicted: Tokens, reference: Tokens) -> float:
    return 0.25


def raises(predicted: Tokens, reference: Tokens) -> float:
    raise ValueError("no\nway")


@pytest.mark.parametrize("function", [constant, raises])
def test_nothing_is_concluded_from_nothing(function: Callable[..., float]) -> None:
    found = verdicts(search(function))
    for name in ("direction", "no repair makes it worse", "gives part of a score",
                 "largest emergence score at 8 scales", "steepest slope"):  # fmt: skip
        assert found[name] == "undecided"
    assert found["linear in p"] == ("yes" if function is constant else "undecided")


def test_one_seed_gives_one_report_whatever_the_name() -> None:
    first = examine(token_metric("a", clipped), examples=15, seed=5)
    second = examine(token_metric("b/c.py:d", clipped), examples=15, seed=5)
    assert first.properties == second.properties


def test_more_scales_more_score() -> None:
    few = examine(token_metric("m", exact), examples=1, n_scales=4).finding("largest").numbers
    many = examine(token_metric("m", exact), examples=1, n_scales=24).finding("largest").numbers
    assert float(many["score"]) > 3 * float(few["score"])  # type: ignore[arg-type]


def test_arguments_out_of_range() -> None:
    with pytest.raises(UsageError, match="examples: 0"):
        examine(token_metric("m", exact), examples=0)
    with pytest.raises(UsageError, match="scales: 2; give 3 to 100"):
        examine(token_metric("m", exact), n_scales=2)


def test_what_a_metric_prints_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    def talks(predicted: Tokens, reference: Tokens) -> float:
        print("hello")
        return exact(predicted, reference)

    examine(token_metric("m", talks), examples=5)
    assert capsys.readouterr().out == ""
