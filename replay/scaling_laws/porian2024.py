"""Porian et al. 2024: the exponent of the optimal size, recomputed from isoFLOP points."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from replay.scaling_laws.printed import rounds_to
from simlab.claims.claim import Claim, holds, within
from simlab.errors import DataError
from simlab.formatted import formatted
from simlab.parameters import Parameters
from simlab.source import Reading, Source
from simlab.table import ScoreTable, read_frame

PAPER = "Porian et al. 2024"
POINTS, PAIRS, FITS = (
    f"porian2024_{name}.csv" for name in ("isoflop_points", "optimal_pairs", "fit_results")
)
KEY = ("dataset", "hparams", "warmup", "decay", "param_count", "val")
_COLUMNS = {
    POINTS: (*KEY, "flops", "n", "tokens", "loss"),
    PAIRS: (*KEY, "flops", "n", "n_star_std"),
    FITS: (*KEY, "fit", "n_exponent"),
}
_PER_INTERVAL = 25  # points of the interpolation between two sizes, as published

_EXPONENTS = "Exponent of the optimal size: from the points, from the pairs, as published"


class Step(NamedTuple):
    """One step from the exponent of Kaplan et al. to that of Hoffmann et al."""

    exponent: str
    """Of the weighted fit on RefinedWeb, as published."""
    what: str
    series: tuple[str, ...]
    """Values of `KEY`."""


STEPS = (
    Step(".8353", "the set-up of Kaplan et al.",
         ("rw", "base", "long", "kaplan", "kaplan", "train")),
    Step(".7065", "FLOPs of the head counted",
         ("rw", "base", "long", "kaplan", "standard", "val")),
    Step(".6020", "warm-up in proportion to size",
         ("rw", "base", "short", "kaplan", "standard", "val")),
    Step(".5715", "decay of the learning rate to the end of training",
         ("rw", "base", "short", "chinchilla", "standard", "val")),
    Step(".4969", "learning rate, batch size and AdamW's beta2 tuned, no decay",
         ("rw", "tuned", "short", "const", "standard", "val")),
)  # fmt: skip


def read(path: Path | None, options: Parameters) -> Reading:
    """Return the isoFLOP points as a table, and the exponents of all series."""
    assert path is not None
    folder = path if path.is_dir() else path.parent
    points, pairs, fits = (_read(folder / name) for name in (POINTS, PAIRS, FITS))
    table = ScoreTable.from_frame(
        points.select(
            family=_series(),
            scale="n",
            task=formatted("{} FLOPs", pl.col("flops").map_elements("{:.3g}".format, pl.String)),
            metric=pl.lit("loss"),
            score="loss",
            higher_is_better=pl.lit(False),
            tokens="tokens",
        ),
        source=f"{PAPER}, published runs",
        origin=str(folder / POINTS),
    )
    return Reading(
        table,
        notes=(
            "optimal sizes are the minima of Akima's interpolation of ln loss in ln N, one a "
            "budget; a fit weighs each by its published spread under seed noise",
            "the published optima are medians over 1,000 draws of seed noise; the ones "
            "recomputed from the points have no noise added, which moves exponents by up to .004",
        ),
        tables={_EXPONENTS: exponents(points, pairs, fits)},
        files=tuple(folder / name for name in (POINTS, PAIRS, FITS)),
    )


def _read(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise DataError(
            f"{path}: no such file; PATH is the folder with {POINTS}, {PAIRS} and {FITS}"
        )
    frame = read_frame(path)
    missing = [c for c in _COLUMNS[path.name] if c not in frame.columns]
    if missing:
        raise DataError(f"{path}: header: no column {', '.join(missing)}; give the published file")
    numbers = [c for c in _COLUMNS[path.name] if c not in (*KEY, "fit")]
    try:
        return frame.with_columns(pl.col(numbers).cast(pl.Float64))
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path}: {reason}; numbers are expected in {', '.join(numbers)}") from None


def _series() -> pl.Expr:
    return pl.concat_str(KEY, separator=", ")


def exponents(points: pl.DataFrame, pairs: pl.DataFrame, fits: pl.DataFrame) -> pl.DataFrame:
    """Return one row a series: its exponents from the points, from the pairs, and as published."""
    rows = []
    for key, held in pairs.drop_nulls(["n", "n_star_std"]).group_by(KEY, maintain_order=True):
        same = pl.all_horizontal(pl.col(c) == v for c, v in zip(KEY, key, strict=True))
        c, n, spread = held.select("flops", "n", "n_star_std").to_numpy().T
        own = dict(_minima(points.filter(same)))
        known = [i for i, budget in enumerate(c) if budget in own]
        read_off = np.array([own[c[i]] for i in known])
        published = dict(fits.filter(same).select("fit", "n_exponent").iter_rows())
        rows.append(
            {
                "series": ", ".join(map(str, key)),
                "n_budgets": len(c),
                "from_points": slope(c[known], read_off, 1 / spread[known] ** 2),
                "from_pairs": slope(c, n, 1 / spread**2),
                "published": published.get("weighted"),
                "from_pairs_unweighted": slope(c, n, np.ones(len(c))),
                "published_unweighted": published.get("basic"),
            }
        )
    return pl.DataFrame(rows)


def slope(flops: Any, n_params: Any, weights: Any) -> float:
    """Return the exponent of ``n_params`` in ``flops`` by weighted least squares of logarithms.

    >>> round(slope(np.array([1e18, 1e20, 1e22]), np.array([1e8, 1e9, 1e10]), np.ones(3)), 12)
    0.5
    """
    x, y = np.log(flops), np.log(n_params)
    x = x - np.average(x, weights=weights)
    return float(np.sum(weights * x * y) / np.sum(weights * x * x))


def _minima(points: pl.DataFrame) -> Iterator[tuple[float, float]]:
    """Yield budget and size of the interpolated minimum, where it lies between two sizes."""
    from scipy.interpolate import Akima1DInterpolator

    for (budget,), held in points.group_by("flops", maintain_order=True):
        n, loss = held.sort("n").select("n", "loss").to_numpy().T
        grid = np.linspace(np.log(n[0]), np.log(n[-1]), (len(n) - 1) * _PER_INTERVAL)
        curve = Akima1DInterpolator(np.log(n), np.log(loss))(grid)
        i = int(np.argmin(curve))
        if 0 < i < len(grid) - 1:
            yield float(budget), float(np.exp(grid[i]))


def claims(reading: Reading) -> list[Claim]:
    """Return the five steps from .8353 to .4969, and every published exponent recomputed."""
    frame = reading.tables[_EXPONENTS]
    rows = {row["series"]: row for row in frame.iter_rows(named=True)}
    found: list[Claim] = []
    steps = [step for step in STEPS if ", ".join(step.series) in rows]
    for i, step in enumerate(steps):
        row = rows[", ".join(step.series)]
        found.append(
            rounds_to(
                f"step-{i + 1}",
                f"{step.what}: the optimal size grows as C^{step.exponent} (weighted fit of the "
                "published optima)",
                observed=row["from_pairs"],
                printed=step.exponent,
                source=f"{PAPER}, RefinedWeb",
            )
        )
        found.append(
            within(
                f"step-{i + 1}-points",
                f"{step.what}: the same exponent, from the isoFLOP points themselves",
                observed=row["from_points"],
                expected=float(step.exponent),
                tolerance=0.005,
                source=f"{PAPER}, RefinedWeb",
            )
        )
    if len(steps) == len(STEPS):
        falls = [rows[", ".join(step.series)]["from_points"] for step in steps]
        found.append(
            holds(
                "steps-fall",
                "Every correction lowers the exponent, from that of Kaplan et al. to that of "
                "Hoffmann et al.",
                passed=all(a > b for a, b in pairwise(falls)),
                observed=" ".join(f"{x:.4f}" for x in falls),
                expected="falling",
                source=f"{PAPER}, figure 1",
            )
        )
    for name, ours, theirs in (
        ("weighted", "from_pairs", "published"),
        ("unweighted", "from_pairs_unweighted", "published_unweighted"),
    ):
        off = frame.select((pl.col(ours) - pl.col(theirs)).abs().max()).item()
        found.append(
            within(
                f"all-{name}",
                f"The {name} exponents of all {frame.height} series are the published ones "
                "(largest difference)",
                observed=float("nan") if off is None else off,
                expected=0.0,
                tolerance=1e-9,
                source=f"{PAPER}, published outputs",
            )
        )
    return found


def charts(reading: Reading) -> list[Any]:
    """Return the exponent after each correction."""
    from replay.scaling_laws.chart import steps_figure

    kinds = {"from_points": "from the isoFLOP points", "from_pairs": "from the published optima",
             "published": "as published"}  # fmt: skip
    rows = {row["series"]: row for row in reading.tables[_EXPONENTS].iter_rows(named=True)}
    shown = [
        {"what": step.what, "kind": kind, "exponent": rows[series][column]}
        for step in STEPS
        for column, kind in kinds.items()
        if (series := ", ".join(step.series)) in rows
    ]
    return [steps_figure(shown)] if shown else []


SOURCE = Source(
    name="porian2024",
    title="From Kaplan's exponent to Chinchilla's: isoFLOP points refitted",
    summary="The exponent of the compute-optimal size as FLOPs of the head, warm-up, decay and "
    "tuning are corrected one after another: recomputed from the isoFLOP points and from the "
    "published optima.",
    citations=(
        "T. Porian, M. Wortsman, J. Jitsev, L. Schmidt, Y. Carmon (2024). Resolving discrepancies "
        "in compute-optimal scaling of language models. arXiv 2406.19146.",
    ),
    origin="formll/resolving-scaling-law-discrepancies: its isoFLOP points, optimal pairs and fits "
    f"as tables; PATH is the folder with {POINTS}, {PAIRS} and {FITS}",
    licence="MIT",
    path="required",
    read=read,
    claims=claims,
    charts=charts,
)
