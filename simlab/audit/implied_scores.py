"""What an accuracy curve implies for gentler metrics, and whether what is observed agrees.

If the L tokens of an answer succeed independently with probability p each, exact match is p^L, so
that p = accuracy^(1/L); the expected token edit distance is L (1 - p) and the binary Brier score of
one token is (1 - p)^2 (Schaeffer et al. 2023, arXiv 2304.15004, appendix A, where the error
probability is misprinted). Where both metrics are known on the same outputs, the edit distance
beside L (1 - accuracy^(1/L)) is a test of that independence: wrong tokens that come together leave
more distance, or less, than the accuracy implies.
"""

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from simlab.audit.count_curves import AUDIT_KEY
from simlab.audit.same_outputs import OUTPUTS
from simlab.errors import UsageError
from simlab.intervals import wilson
from simlab.metrics.kinds import ALL_OR_NOTHING, kind_of
from simlab.table import ScoreTable

Floats = NDArray[np.float64]

DISTANCE = "token_edit_distance"


def implied_edit_distance(accuracy: ArrayLike, length: ArrayLike) -> Floats:
    """Return the expected token edit distance that an accuracy on ``length`` tokens implies.

    Raises UsageError for an accuracy outside 0 .. 1 or a length below 1.

    >>> implied_edit_distance([0.0, 0.9586, 1.0], 5).round(3).tolist()
    [5.0, 0.042, 0.0]
    """
    p, n = _token_success(accuracy, length)
    return np.asarray(n * (1.0 - p))


def implied_brier(accuracy: ArrayLike, length: ArrayLike) -> Floats:
    """Return the binary Brier score of a token that an accuracy on ``length`` tokens implies.

    >>> implied_brier([0.25, 1.0], 2).tolist()
    [0.25, 0.0]
    """
    p, _ = _token_success(accuracy, length)
    return np.asarray((1.0 - p) ** 2)


def _token_success(accuracy: ArrayLike, length: ArrayLike) -> tuple[Floats, Floats]:
    share, n = np.broadcast_arrays(np.asarray(accuracy, np.float64), np.asarray(length, np.float64))
    bad = (share < 0) | (share > 1)
    if bad.any():
        raise UsageError(f"accuracy {share[bad][0]:g}: give shares between 0 and 1")
    if (n < 1).any():
        raise UsageError(f"target length {n[n < 1][0]:g}: give at least 1 token")
    return share ** (1.0 / n), n


def independence(
    table: ScoreTable, *, length: float | None = None, level: float = 0.95
) -> pl.DataFrame:
    """Return observed edit distances beside those that the accuracies imply.

    Parameters
    ----------
    table : ScoreTable
        With all-or-nothing scores and ``token_edit_distance`` on the same outputs; a column
        ``target_length`` gives the tokens of an answer.
    length : float, optional
        Tokens of an answer where there is no such column.
    level : float
        Coverage of the intervals, all scales of a curve together (Bonferroni).

    Returns
    -------
    polars.DataFrame
        The accuracy's `AUDIT_KEY`, ``scale``, ``model``, ``seed``, ``target_length``,
        ``accuracy``, ``observed`` and ``implied`` distance, the ``implied_brier``; ``low`` and
        ``high`` of the implied distance, from the Wilson interval of the accuracy and widened by
        the standard error of the observed distance (null without n_items); and ``outside``,
        whether the observed distance lies outside.
    """
    from statistics import NormalDist

    if length is not None and length < 1:
        raise UsageError(f"target length {length:g}: give at least 1 token")
    frame = table.frame.filter(pl.col("score").is_not_null())
    held = "target_length" in frame.columns
    tokens = pl.col("target_length").cast(pl.Float64) if held else pl.lit(None, pl.Float64)
    frame = frame.with_columns(tokens.fill_null(pl.lit(length, pl.Float64)).alias("target_length"))
    harsh = [m for m in frame["metric"].unique().sort() if kind_of(m) == ALL_OR_NOTHING]
    on = [*OUTPUTS, "scale", "model", "seed"]
    a = frame.filter(
        pl.col("metric").is_in(harsh)
        & pl.col("target_length").ge(1)
        & pl.col("score").is_between(0.0, 1.0)
    ).select(*AUDIT_KEY, "scale", "model", "seed", "target_length", "n_items",
             pl.col("score").alias("accuracy"))  # fmt: skip
    b = frame.filter(pl.col("metric").str.replace(",.*", "") == DISTANCE).select(
        *on, pl.col("score").alias("observed"), pl.col("stderr").alias("error")
    )
    both = a.join(b, on=on, nulls_equal=True, maintain_order="left")
    share, n = both["accuracy"].to_numpy(), both["target_length"].to_numpy()
    items = both["n_items"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    error = both["error"].fill_null(0.0).to_numpy()
    n_scales = both.select(pl.len().over(AUDIT_KEY)).to_series().to_numpy()
    low, high = np.full(len(share), np.nan), np.full(len(share), np.nan)
    for k in np.unique(n_scales):
        each = 1.0 - (1.0 - level) / k
        some = (n_scales == k) & ~np.isnan(items)
        ends = wilson(share[some] * items[some], items[some], level=each) if some.any() else None
        if ends is not None:
            slack = NormalDist().inv_cdf(0.5 + each / 2) * error[some]
            low[some] = np.maximum(0.0, implied_edit_distance(ends[1], n[some]) - slack)
            high[some] = implied_edit_distance(ends[0], n[some]) + slack
    found = both.drop("n_items", "error").with_columns(
        pl.Series("implied", implied_edit_distance(share, n)),
        pl.Series("implied_brier", implied_brier(share, n)),
        pl.Series("low", low).fill_nan(None),
        pl.Series("high", high).fill_nan(None),
    )
    outside = (pl.col("observed") < pl.col("low")) | (pl.col("observed") > pl.col("high"))
    return found.with_columns(outside.alias("outside")).sort(*AUDIT_KEY, "scale", "model", "seed")
