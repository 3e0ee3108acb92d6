"""What shared test items do to the precision of a comparison between models.

Let item j be answered right with probability p_j. The mean over n given items varies by
mean p_j (1 - p_j) / n, which is (1 - r) pbar (1 - pbar) / n, where r = Var(p_j) / (pbar (1 -
pbar)) is the correlation, over items, of the answers of two equal models. So a comparison on the
same items is as precise as one on n / (1 - r) items drawn anew for each model. r is estimated by
the mean correlation between neighbouring scales, which differ in ability and so give rather too
small an r: the estimate errs towards caution. Several answers to one item (epochs) are a cluster:
the item's mean counts, with its variance c pbar (1 - pbar), c <= 1 in the place of 1.
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from simlab.schema import CURVE_KEY

MOST = 0.95
"""Largest correlation that is believed."""

_KEY = [c for c in CURVE_KEY if c != "seed"]


class Pairing(NamedTuple):
    """Item-level numbers of curves, one row a curve of ``keys``."""

    correlation: pl.Series
    """r between neighbouring scales, clipped to [0, 0.95]; null where it is not known."""
    variance_ratio: pl.Series
    """c, the variance of an item's mean over pbar (1 - pbar): 1 for bits."""
    n_items: pl.Series
    """Distinct items; null where scales differ in their items."""


def item_pairing(items: pl.DataFrame, keys: pl.DataFrame) -> Pairing:
    """Return how the items of each curve pair its scales.

    Parameters
    ----------
    items : polars.DataFrame
        See `simlab.items.item_table`, with values between 0 and 1; other curves are left out.
    keys : polars.DataFrame
        One row a curve: family, task, subtask, shots, metric, scale_kind.

    >>> bits = [(10.0**s, str(j), float(j % 3 < s)) for s in range(4) for j in range(30)]
    >>> items = pl.DataFrame(bits, schema=["scale", "item", "value"], orient="row").with_columns(
    ...     family=pl.lit("a"), model=pl.lit("m"), scale_kind=pl.lit("params"), task=pl.lit("t"),
    ...     subtask=pl.lit(None, pl.String), shots=pl.lit(None, pl.Int64), metric=pl.lit("acc"),
    ...     seed=pl.lit(None, pl.Int64), epoch=pl.lit(None, pl.Int64))
    >>> item_pairing(items, items.select(_KEY).unique()).correlation.round(3).to_list()
    [0.5]
    """
    cells = items.group_by(*_KEY, "scale", "model", "seed", "item").agg(pl.col("value").mean())
    unit = cells.group_by(_KEY).agg(
        pl.col("value").is_between(0.0, 1.0).all() & pl.col("value").is_not_null().all()
    )
    cells = cells.join(unit.filter("value").drop("value"), on=_KEY, how="semi", nulls_equal=True)
    models = cells.group_by(*_KEY, "scale", "model", "seed").agg(
        pl.col("item").sort(), pl.col("value").sort_by("item")
    )
    models = models.sort(*_KEY, "scale", "model", "seed", nulls_last=False)
    rows = [
        (*key, *_neighbours(group)) for key, group in models.group_by(_KEY, maintain_order=True)
    ]
    schema: dict[str, Any] = {
        **{c: keys.schema[c] for c in _KEY},
        "correlation": pl.Float64,
        "variance_ratio": pl.Float64,
        "n_items": pl.Int64,
    }
    table = pl.DataFrame(rows, schema=schema, orient="row")
    held = keys.select(_KEY).join(
        table, on=_KEY, how="left", nulls_equal=True, maintain_order="left"
    )
    return Pairing(held["correlation"], held["variance_ratio"], held["n_items"])


def _neighbours(group: pl.DataFrame) -> tuple[float | None, float | None, int | None]:
    """Return r, c and the number of items of one curve, its models in the order of scale."""
    names = group["item"].to_list()
    if any(other != names[0] for other in names[1:]):
        return None, None, None
    values = np.array(group["value"].to_list(), np.float64)
    mean = values.mean(axis=1)
    spread = values.var(axis=1)
    share = float((mean * (1.0 - mean)).sum())
    bits = ((values == 0.0) | (values == 1.0)).all()
    ratio = 1.0 if bits or share == 0.0 else float(spread.sum()) / share
    centred = values - mean[:, np.newaxis]
    own = np.sqrt(spread[:-1] * spread[1:])
    known = own > 0.0
    if not known.any():
        return 0.0, ratio, len(names[0])
    r = (centred[:-1] * centred[1:]).mean(axis=1)[known] / own[known]
    return float(np.clip(r.mean(), 0.0, MOST)), ratio, len(names[0])
