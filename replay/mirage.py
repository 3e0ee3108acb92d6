"""Figure 3 of Schaeffer et al. 2023: two metrics on the same outputs of GPT-3 and InstructGPT.

The figure shows accuracy and the negative of token edit distance, for two tasks, targets of
length 1 to 5, and sampling at temperature 0 and 1. Both score the same answers, so a curve that
is sharp in one and smooth in the other owes its shape to the metric. The smooth model of the
paper (section 2: independent tokens, cross-entropy a power law in the parameters N) says more:
ln(-ln accuracy) is a straight line in ln N, and the edit distance of a target of length L is
L (1 - accuracy^(1/L)). The figure's own values keep neither, as the tables here show.
"""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from replay.published import load
from simlab.claims.claim import Claim, holds, within
from simlab.emergence.score import emergence_scores
from simlab.formatted import formatted
from simlab.parameters import Parameters
from simlab.source import Reading, Source
from simlab.table import ScoreTable

PAPER = "Schaeffer et al. 2023, figure 3"
DIGITISATION = 1e-4
"""Error of a digitised accuracy: 1e-4 of an axis that runs from 0 to 1."""

_MODELS = {
    350_000_000: "350M",
    1_300_000_000: "1.3B",
    6_700_000_000: "6.7B",
    175_000_000_000: "175B",
}
_LINE = ["task", "target_length", "temperature"]
_SAME_OUTPUTS = "Emergence score on the same outputs"
_SLOPES = "Fall of ln(-ln accuracy) per e-fold of parameters (the smooth model: one number a row)"
_INDEPENDENCE = "Token edit distance at 175B: observed, and if tokens erred independently"
_FIGURE_5A = "Largest emergence score per preferred metric of BIG-bench (figure 5A)"


def read(path: Path | None, options: Parameters) -> Reading:
    """Return the figure's 144 values as a table, and what they say about the smooth model.

    A cell's subtask is "L=4, T=0.0"; the columns ``target_length`` and ``temperature`` hold the
    two numbers.

    >>> len(read(None, Parameters()).table)
    144
    """
    cells = figure3()
    rows = cells.unpivot(
        ["accuracy", "token_edit_distance"],
        index=[*_LINE, "subtask", "model", "n_params"],
        variable_name="metric",
        value_name="score",
    ).with_columns(
        family=pl.lit("GPT-3/InstructGPT"), higher_is_better=pl.col("metric") == "accuracy"
    )
    table = ScoreTable.from_frame(
        rows.rename({"n_params": "scale"}), source=f"{PAPER} (digitised)", origin="figure 3"
    )
    figure5a = load("mirage_figure5a")
    above = figure5a.drop_nulls("maximum").sort("maximum", descending=True)
    longer = cells.filter(pl.col("token_edit_distance") > pl.col("target_length")).height
    distances = independence(cells)
    forgiving = distances.filter(pl.col("edits_per_wrong_answer") > 10)["target_length"]
    return Reading(
        table,
        notes=(
            "the figure plots the negative of token_edit_distance; here the distance is positive "
            "and lower is better",
            f"values are read off the figure, to about {DIGITISATION:g} of an axis's range: "
            "an accuracy of that size may be 0",
            f"in {longer} of {cells.height} cells the mean edit distance exceeds the target's "
            "length: some outputs are longer than their targets",
            f"at 175B, {len(forgiving)} lines (L={', '.join(map(str, forgiving.unique()))}) have "
            "more than 10 edits per wrong answer: accuracy must forgive what the distance counts",
            f"figure 5A names {figure5a.height} preferred metrics; the {len(figure5a) - len(above)}"
            " that are not listed stay below 50",
        ),
        tables={
            _SAME_OUTPUTS: same_outputs(table),
            _SLOPES: link_slopes(cells).pivot("between", index=_LINE, values="slope"),
            _INDEPENDENCE: distances,
            _FIGURE_5A: above.rename({"maximum": "largest_emergence_score"}),
        },
    )


def figure3() -> pl.DataFrame:
    """Return one row per line and model of figure 3, with both metrics, in the figure's order.

    A distance that the digitisation puts below 0 is set to 0.
    """
    return load("mirage_figure3").with_columns(
        pl.col("token_edit_distance").clip(lower_bound=0.0),
        subtask=formatted("L={}, T={}", "target_length", "temperature"),
        model=pl.col("n_params").replace_strict(_MODELS, return_dtype=pl.String),
    )


def same_outputs(table: ScoreTable) -> pl.DataFrame:
    """Return the emergence score of accuracy beside that of token edit distance, per panel line."""
    scores = emergence_scores(table)
    columns = ["task", "subtask", "emergence_score", "status"]
    accuracy, distance = (
        scores.filter(pl.col("metric") == metric)
        .select(columns)
        .rename({"emergence_score": metric, "status": f"{metric}_status"})
        for metric in ("accuracy", "token_edit_distance")
    )
    return accuracy.join(
        distance, on=["task", "subtask"], maintain_order="left", validate="1:1"
    ).with_columns(ratio=pl.col("accuracy") / pl.col("token_edit_distance"))


def link_slopes(cells: pl.DataFrame) -> pl.DataFrame:
    """Return by how much ln(-ln accuracy) falls per e-fold of N, between neighbouring models.

    On the paper's smooth model all slopes of a line are |alpha|. ``low`` and ``high`` are the
    slopes at the ends of the digitisation error. A slope at an accuracy of 0 or 1 is null.
    """
    after = pl.col("n_params", "accuracy", "model").shift(-1).over(_LINE).name.suffix("_next")
    rows = cells.with_columns(after).drop_nulls("n_params_next")
    p, q = rows["accuracy"].to_numpy(), rows["accuracy_next"].to_numpy()
    efolds = np.log(rows["n_params_next"].to_numpy() / rows["n_params"].to_numpy())
    e = DIGITISATION
    columns = {
        "slope": (_link(p) - _link(q)) / efolds,
        "low": (_link(p + e) - _link(q - e)) / efolds,
        "high": (_link(p - e) - _link(q + e)) / efolds,
    }
    return rows.select(*_LINE, between=formatted("{} to {}", "model", "model_next")).with_columns(
        pl.Series(name, values).fill_nan(None) for name, values in columns.items()
    )


def _link(accuracy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ln(-ln accuracy); NaN outside of 0 < accuracy < 1."""
    inside = (accuracy > 0) & (accuracy < 1)
    return np.where(inside, np.log(-np.log(np.where(inside, accuracy, 0.5))), np.nan)


def independence(cells: pl.DataFrame) -> pl.DataFrame:
    """Return distances of the largest model, beside L (1 - accuracy^(1/L)) of independent tokens.

    Lines whose accuracy is 1 are left out: there both are 0.
    """
    length, accuracy = pl.col("target_length"), pl.col("accuracy")
    return cells.filter((pl.col("n_params") == pl.col("n_params").max()) & (accuracy < 1)).select(
        *_LINE,
        "accuracy",
        observed="token_edit_distance",
        independent=length * (1 - accuracy ** (1 / length)),
        edits_per_wrong_answer=pl.col("token_edit_distance") / (1 - accuracy),
    )


def claims(reading: Reading) -> list[Claim]:
    """Return what the figure says about its metrics and about the paper's smooth model."""
    same = reading.tables[_SAME_OUTPUTS].filter(~pl.col("subtask").str.starts_with("L=1,"))
    sharper = same.filter(pl.col("accuracy") > pl.col("token_edit_distance")).height
    line = "4-digit addition, L=5, T=0"
    one_line = (
        (pl.col("task") == "four_digit_addition")
        & (pl.col("target_length") == 5)
        & (pl.col("temperature") == 0.0)
    )
    _, first, second = link_slopes(figure3()).filter(one_line).to_dicts()
    largest = reading.tables[_INDEPENDENCE].row(by_predicate=one_line, named=True)
    recomputed = f"{PAPER}, read off and recomputed"
    return [
        holds(
            "metric-changes-curve",
            "On the same outputs accuracy has a larger emergence score than token edit distance, "
            "wherever the target is longer than 1",
            passed=sharper == same.height,
            observed=f"{sharper} of {same.height} lines",
            expected=f"{same.height} of {same.height} lines",
            source=PAPER,
        ),
        within(
            "slope-small-models",
            f"{line}: ln(-ln accuracy) falls by 0.057 per e-fold of parameters, 1.3B to 6.7B",
            observed=first["slope"],
            expected=0.057,
            tolerance=0.0005,
            source=recomputed,
        ),
        within(
            "slope-large-models",
            f"{line}: ln(-ln accuracy) falls by 1.61 per e-fold of parameters, 6.7B to 175B",
            observed=second["slope"],
            expected=1.61,
            tolerance=0.005,
            source=recomputed,
        ),
        holds(
            "no-straight-line",
            f"{line}: the two slopes differ by more than the digitisation, so that accuracy does "
            "not follow the paper's own smooth model",
            passed=first["high"] < second["low"],
            observed=f"at most {first['high']:.3g}, then at least {second['low']:.3g}",
            expected="the second above the first",
            source=f"{PAPER}, against section 2",
        ),
        within(
            "independent-distance",
            f"{line}, 175B: independent tokens of this accuracy have edit distance 0.042",
            observed=largest["independent"],
            expected=0.042,
            tolerance=0.0005,
            source="L (1 - accuracy^(1/L))",
        ),
        within(
            "observed-distance",
            f"{line}, 175B: the observed edit distance is 0.155: tokens do not err independently",
            observed=largest["observed"],
            expected=0.155,
            tolerance=0.0005,
            source=PAPER,
        ),
    ]


SOURCE = Source(
    name="mirage",
    title="Mirage figure 3: accuracy and token edit distance on the same outputs",
    summary="Digitised values of GPT-3 and InstructGPT on 2-digit multiplication and 4-digit "
    "addition. Look at the emergence scores of the two metrics side by side, and at the two "
    "tables that hold the figure against the paper's own smooth model.",
    citations=(
        "R. Schaeffer, B. Miranda, S. Koyejo (2023). Are emergent abilities of large language "
        "models a mirage? NeurIPS 2023, arXiv 2304.15004.",
    ),
    origin="figures 3 and 5A of the paper, embedded",
    licence="facts",
    path="none",
    read=read,
    claims=claims,
)
