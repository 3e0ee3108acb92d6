"""Caballero et al. 2023: the broken neural scaling law, refitted and extrapolated."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from replay.scaling_laws.printed import rounds_to
from simlab.claims.claim import Claim, holds
from simlab.errors import DataError
from simlab.laws.broken_power_law import Break, broken_power_law
from simlab.parameters import Parameters
from simlab.source import Reading, Source
from simlab.table import ScoreTable, read_frame

PAPER = "Caballero et al. 2023"
POINTS = "bnsl_4digit_addition.csv"
EXAMPLES, LOSS = "train_dataset_size", "test_cross_entropy"
"""Columns: training examples, and test cross-entropy on 4-digit addition (figure 4, left)."""
FITTED = 14
"""The first points are fitted, the others extrapolated to."""

_FIT = "Constants refitted to the first 14 points, with one break and without"
_CURVE = "Loss after so many training examples"
_ERRORS = "Root mean squared error of ln loss"
_STARTS = tuple((a, b, c0, 2.0, d, f)
                for a in (0.0, 0.3) for b in (2.0, 4.0) for c0 in (0.0, 0.1)
                for d in (600.0, 700.0) for f in (0.05, 0.2))  # fmt: skip


def read(path: Path | None, options: Parameters) -> Reading:
    """Return the curve, the refitted law, and its errors on both parts."""
    assert path is not None
    file = path / POINTS if path.is_dir() else path
    x, y = _points(file)
    law, plain = _refit(x[:FITTED], y[:FITTED]), _power_law(x[:FITTED], y[:FITTED])
    a, b, c0, c1, d1, f1 = law
    curves = {
        "one_break": broken_power_law(x, b, c0, a=a, breaks=[Break(d1, c1, f1)]),
        "power_law": broken_power_law(x, plain[1], plain[2], a=plain[0]),
    }
    errors = {name: np.log(curve) - np.log(y) for name, curve in curves.items()}
    parts = {"fitted": slice(0, FITTED), "extrapolated": slice(FITTED, None)}
    table = ScoreTable.from_columns(
        {
            "family": "transformers, 4-digit addition",
            "scale": x,
            "scale_kind": "tokens",
            "task": "4-digit addition",
            "metric": "loss",
            "score": y,
            "higher_is_better": False,
            "expected": curves["one_break"],
        },
        source=f"{PAPER}, figure 4",
    )
    return Reading(
        table,
        files=(file,),
        notes=(
            "the scale counts training examples, not tokens",
            "the law is refitted here, by least squares of ln(1 + loss) as published: the "
            "published parameters are not printed",
        ),
        tables={
            _CURVE: pl.DataFrame({"x": x, "y": y}),
            _FIT: pl.DataFrame(
                {
                    "parameter": ["a", "b", "c0", "c1", "d1", "f1"],
                    "one_break": np.array(law),
                    "power_law": [*plain, None, None, None],
                }
            ),
            _ERRORS: pl.DataFrame(
                [
                    {"part": part, **{k: _rms(e[where]) for k, e in errors.items()}}
                    for part, where in parts.items()
                ]
            ),
        },
    )


def _points(file: Path) -> tuple[Any, Any]:
    """Return training examples, ascending, and losses; DataError where the file is another."""
    frame = read_frame(file)
    missing = [name for name in (EXAMPLES, LOSS) if name not in frame.columns]
    if missing:
        raise DataError(
            f"{file}: no column {', '.join(missing)}; give {POINTS}, the curve of 4-digit addition"
        )
    held = frame.select(pl.col(EXAMPLES, LOSS).cast(pl.Float64, strict=False)).sort(EXAMPLES)
    x, y = (held[name].to_numpy() for name in (EXAMPLES, LOSS))
    if held.height <= FITTED or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError(f"{file}: {held.height} rows; give more than {FITTED} points, all numbers")
    if x[0] <= 0 or y.min() <= 0 or (np.diff(x) <= 0).any():
        raise DataError(f"{file}: give positive losses at different, positive training examples")
    return x, y


def _refit(x: Any, y: Any) -> Any:
    """Return a, b, c0, c1, d1, f1 of the least sum of squares from all starts."""
    from scipy.optimize import least_squares

    target = np.log1p(y)

    def residuals(p: Any) -> Any:
        a, b, c0, c1, d1, f1 = p
        # soft where the law is not defined: the optimiser must be able to come back
        if not (d1 > 0 and f1 > 1e-3):
            return np.full(len(x), 10.0)
        curve = broken_power_law(x, b, c0, a=a, breaks=[Break(d1, c1, f1)])
        return np.log1p(np.maximum(curve, -0.9)) - target

    found = [
        least_squares(residuals, start, x_scale=(1, 1, 0.1, 1, 100, 0.1), max_nfev=400,
                      ftol=1e-15, xtol=1e-15, gtol=1e-15)
        for start in _STARTS
    ]  # fmt: skip
    return min(found, key=lambda one: one.cost).x


def _power_law(x: Any, y: Any) -> Any:
    """Return a, b, c0 of the power law that fits best with a floor of at least 0: no break."""
    from scipy.optimize import least_squares

    target = np.log1p(y)

    def residuals(p: Any) -> Any:
        return np.log1p(np.maximum(broken_power_law(x, p[1], p[2], a=p[0]), -0.9)) - target

    starts = [(a, b, c0) for a in (0.1, 1.0) for b in (1.0, 10.0) for c0 in (0.1, 0.5)]
    bounds = ([0, 0, 0], [np.inf] * 3)  # without them it becomes a logarithm, far below 0
    found = [least_squares(residuals, start, x_scale=(1, 1, 0.1), bounds=bounds)
             for start in starts]  # fmt: skip
    return min(found, key=lambda one: one.cost).x


def _rms(values: Any) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def claims(reading: Reading) -> list[Claim]:
    """Return both published errors, and that a law without a break cannot do it."""
    errors = {row["part"]: row for row in reading.tables[_ERRORS].iter_rows(named=True)}
    source = f"{PAPER}, figure 4, left: refitted"
    fit, beyond = errors["fitted"], errors["extrapolated"]
    return [
        rounds_to(
            "rmsle-fitted",
            "The law with one break, refitted to the first 14 points, has RMSLE .00059849 on them",
            observed=fit["one_break"],
            printed=".00059849",
            source=source,
        ),
        rounds_to(
            "rmsle-extrapolated",
            "The same law has RMSLE .01091574 on the three points beyond",
            observed=beyond["one_break"],
            printed=".01091574",
            units=10,  # the minimum is flat: the optimiser's last steps show from the 7th digit on
            source=source,
        ),
        holds(
            "no-break-fails",
            "A power law with a floor of at least 0, fitted to the same points, misses the three "
            "points beyond by at least ten times as much",
            passed=beyond["power_law"] > 10 * beyond["one_break"],
            observed=beyond["power_law"],
            expected=f"above {10 * beyond['one_break']:.3g}",
            source="refitted",
        ),
    ]


def charts(reading: Reading) -> list[Any]:
    """Return the points with both laws."""
    from replay.scaling_laws.chart import break_figure

    fit = reading.tables[_FIT]
    a, b, c0, c1, d1, f1 = fit["one_break"].to_list()
    plain = fit["power_law"].to_list()
    x = np.geomspace(150, 1000, 121)
    laws = {
        "one break": broken_power_law(x, b, c0, a=a, breaks=[Break(d1, c1, f1)]),
        "no break": broken_power_law(x, plain[1], plain[2], a=plain[0]),
    }
    curves = [
        {"law": law, "x": float(u), "y": float(v)}
        for law, y in laws.items()
        for u, v in zip(x, y, strict=True)
    ]
    points = reading.tables[_CURVE].to_dicts()
    edge = float(np.sqrt(points[FITTED - 1]["x"] * points[FITTED]["x"]))
    return [break_figure(points, curves, edge)]


SOURCE = Source(
    name="bnsl2022",
    title="Broken neural scaling law: 4-digit addition, refitted and extrapolated",
    summary="Test loss on 4-digit addition falls at a break that no power law has. The law with "
    "one break is refitted to the first 14 points and extrapolated to the last three.",
    citations=(
        "E. Caballero, K. Gupta, I. Rish, D. Krueger (2023). Broken neural scaling laws. ICLR "
        "2023, arXiv 2210.14891.",
    ),
    origin=f"figure 4 of the paper and its published code; PATH is {POINTS} or its folder",
    licence="facts",
    path="required",
    read=read,
    claims=claims,
    charts=charts,
)
