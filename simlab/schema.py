"""The columns of a ScoreTable: types, defaults, and the rules that every row must keep."""

import difflib
from typing import Any, NamedTuple

import polars as pl

from simlab.cells import cast, listed, shown
from simlab.errors import DataError
from simlab.formatted import formatted

SCALE_KINDS = ("params", "flops", "tokens", "steps", "loss", "width", "items")

COLUMNS: dict[str, Any] = {
    "family": pl.String,
    "model": pl.String,
    "scale": pl.Float64,
    "scale_kind": pl.String,
    "task": pl.String,
    "subtask": pl.String,
    "shots": pl.Int64,
    "metric": pl.String,
    "score": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "chance": pl.Float64,
    "higher_is_better": pl.Boolean,
    "n_items": pl.Int64,
    "stderr": pl.Float64,
    "seed": pl.Int64,
    "source": pl.String,
}
"""Column names and types, in the order in which a table is written."""

CURVE_KEY = ("family", "task", "subtask", "shots", "metric", "seed", "scale_kind")
"""One curve is all rows that agree in these; null is a value like any other."""

UNIT_METRICS = frozenset(
    [
        "accuracy",
        "acc",
        "acc_norm",
        "exact_match",
        "exact_str_match",
        "multiple_choice_grade",
        "step_accuracy",
        "digit_accuracy",
        "token_accuracy",
        "pass_at_1",
        "f1",
    ]
)
"""Metrics whose score is a share: a value above 1 means that percentages were given."""

REQUIRED = ("scale", "metric", "score")
_NEVER_NULL = ("family", "scale", "model", "scale_kind", "task", "metric", "source")
_MAY_BE_ZERO = ("steps", "tokens", "flops")


def conform(frame: pl.DataFrame, *, source: str, origin: str) -> pl.DataFrame:
    """Return ``frame`` with every schema column, typed and in order; other columns follow.

    ``origin`` names the data in error messages. Defaults: see `simlab.table.ScoreTable`.
    """
    missing = [c for c in REQUIRED if c not in frame.columns]
    if "family" not in frame.columns and "model" not in frame.columns:
        missing.insert(0, "family (or model)")
    if missing:
        wanted = missing[0].split(" ")[0]
        by_lower = {c.lower(): c for c in frame.columns if c not in COLUMNS}
        near = difflib.get_close_matches(wanted, by_lower, n=1)
        hint = f"; did you mean {shown(by_lower[near[0]])}?" if near else ""
        raise DataError(
            f"{origin}: header: no column {', '.join(missing)}{hint}; it has "
            f"{listed(frame.columns)}; rename one, or read it by "
            f"'simlab replay table --column {wanted}=NAME'"
        )
    if frame.is_empty():
        raise DataError(f"{origin}: it has a header and no row; give at least one score")
    frame = frame.with_columns(
        cast(frame[name], dtype, origin=origin) for name, dtype in COLUMNS.items() if name in frame
    )
    nameless = [pl.col(c).is_null() for c in ("family", "model") if c in frame.columns]
    name = "family" if "family" in frame.columns else "model"
    remedy = "every row needs a family or a model"
    _hold(frame, (Rule(name, pl.all_horizontal(nameless), "is empty", remedy),), origin)
    defaults: dict[str, pl.Expr] = {
        "family": pl.lit("all"),
        "scale_kind": pl.lit("params"),
        "task": pl.lit("all"),
        "source": pl.lit(source),
    }
    for name, default in defaults.items():
        held = pl.col(name).fill_null(default) if name in frame.columns else default
        frame = frame.with_columns(held.alias(name))
    named = formatted("{} {}", "family", pl.col("scale").cast(pl.String))
    held = pl.col("model").fill_null(named) if "model" in frame.columns else named
    frame = frame.with_columns(held.alias("model"))
    frame = frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in COLUMNS.items() if name not in frame
    )
    extra = [c for c in frame.columns if c not in COLUMNS]
    return frame.select(*COLUMNS, *extra)


class Rule(NamedTuple):
    """What no row may do."""

    column: str
    bad: pl.Expr
    what: str
    remedy: str


_INTERVAL = "low and high are the ends of the score's interval"
_UNKNOWN = "leave it empty if unknown"
_score, _low, _high, _scale = (pl.col(c) for c in ("score", "low", "high", "scale"))
_slack = 1e-9 * (1.0 + _score.abs())

RULES = (
    *(Rule(c, pl.col(c).is_null(), "is empty", "every row needs one") for c in _NEVER_NULL),
    *(
        Rule(
            c,
            ~pl.col(c).is_finite(),
            "is not finite",
            "leave it empty (null) if the value is missing",
        )
        for c, dtype in COLUMNS.items()
        if dtype == pl.Float64
    ),
    Rule(
        "scale_kind",
        ~pl.col("scale_kind").is_in(SCALE_KINDS),
        "is unknown",
        f"use one of {', '.join(SCALE_KINDS)}",
    ),
    Rule(
        "scale",
        ~((_scale > 0) | ((_scale == 0) & pl.col("scale_kind").is_in(_MAY_BE_ZERO))),
        "is not positive",
        "a scale is a count or a loss above 0 (steps, tokens, flops may be 0)",
    ),
    Rule("n_items", pl.col("n_items") < 1, "is below 1", _UNKNOWN),
    Rule("shots", pl.col("shots") < 0, "is negative", _UNKNOWN),
    Rule("stderr", pl.col("stderr") < 0, "is negative", _UNKNOWN),
    Rule("low", _low > _score + _slack, "lies above the score", _INTERVAL),
    Rule("high", _high < _score - _slack, "lies below the score", _INTERVAL),
    Rule("low", _low > _high + 1e-9 * (1.0 + _high.abs()), "lies above high", _INTERVAL),
)

SHARES = tuple(
    Rule(
        c,
        pl.col("metric").is_in(list(UNIT_METRICS)) & ~pl.col(c).is_between(-1e-9, 1.0 + 1e-9),
        "lies outside 0 .. 1 for a metric that is a share",
        "if the table holds percentages, say --percent",
    )
    for c in ("score", "chance")
)


def check(frame: pl.DataFrame, *, origin: str) -> None:
    """Raise DataError at the first row that breaks a rule; rows count from 1, below the header."""
    _hold(frame, RULES, origin)
    _reject_duplicates(frame, origin)


def check_shares(frame: pl.DataFrame, *, origin: str) -> None:
    """Raise DataError where the score or chance of a metric that is a share is not in 0 .. 1."""
    _hold(frame, SHARES, origin)


def _hold(frame: pl.DataFrame, rules: tuple[Rule, ...], origin: str) -> None:
    """Look at all rules in one pass, then for the row that breaks the first broken one."""
    broken = frame.select(
        rule.bad.fill_null(False).any().alias(str(i)) for i, rule in enumerate(rules)
    )
    for hit, rule in zip(broken.row(0), rules, strict=True):
        if hit:
            rows = frame.select(rule.bad.fill_null(False)).to_series().arg_true()
            value = frame[rule.column][rows[0]]
            more = f" (and {len(rows) - 1} more rows)" if len(rows) > 1 else ""
            raise DataError(
                f"{origin}: row {rows[0] + 1}, column {rule.column}: "
                f"{'' if value is None else shown(value) + ' '}{rule.what}{more}; {rule.remedy}"
            )


def _reject_duplicates(frame: pl.DataFrame, origin: str) -> None:
    key = [*CURVE_KEY, "model", "scale"]
    twice = frame.select(key).is_duplicated()
    if not twice.any():
        return
    second = frame.select(key).with_row_index("row").filter(twice)
    first = second.row(0, named=True)
    same = second.filter(
        pl.all_horizontal(pl.col(c).eq_missing(pl.lit(first[c], COLUMNS[c])) for c in key)
    )
    raise DataError(
        f"{origin}: rows {same['row'][0] + 1} and {same['row'][1] + 1}, column scale: "
        f"{first['scale']:g} stands twice in one curve ({shown(first['family'])}, "
        f"{shown(first['task'])}, {shown(first['metric'])}); give runs of one model a seed "
        "column, or drop one row"
    )
