"""Claims of the scenario ``training-runs``: recovery of the truth, and coverage of intervals."""

import re
from collections.abc import Iterator, Sequence

import polars as pl

from scenarios.training_runs.parameters import TrainingRunsParameters, name
from scenarios.training_runs.study import APPROACHES
from simlab.claims.claim import Claim, holds, within
from simlab.intervals import clopper_pearson
from simlab.table import ScoreTable

COVERED = (0.87, 0.93)
"""Coverage of a 90% interval that is right."""

_ERROR = 1e-3  # chance that right intervals fail a claim
_BIAS = 0.01  # of the exponent, which an approach may have by its nature
_SOURCE = "known truth: beta / (alpha + beta) of Besiroglu et al. 2024, arXiv 2404.10102"


def claims(cells: Sequence[TrainingRunsParameters], table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow, over all replicates."""
    found: list[Claim] = []
    for cell in cells:
        rows = table.frame.filter(pl.col("subtask") == name(cell))
        if cell.as_the_law_says:
            found += [*_recovery(cell, rows), *_coverage(cell, rows)]
        elif abs(cell.lr_drift) >= 0.25:
            found += _drift(cell, rows)
    return found


def _one(rows: pl.DataFrame, metric: str, approach: str) -> tuple[float, float, int]:
    """Return the mean score over replicates, its standard error, and the number of studies."""
    here = rows.filter(pl.col("metric") == metric, pl.col("family") == approach)
    n = int(here["n_items"].sum())
    score = float((here["score"] * here["n_items"]).sum()) / n if n else float("nan")
    spread = here["spread"].mean()
    return score, float(spread if isinstance(spread, float) else 0.0) / max(n, 1) ** 0.5, n


def _id(what: str, approach: str, cell: TrainingRunsParameters) -> str:
    return f"{what}-{approach[-1]}-" + re.sub("[^a-z0-9.]+", "-", name(cell).lower()).strip("-")


def _recovery(cell: TrainingRunsParameters, rows: pl.DataFrame) -> Iterator[Claim]:
    truth = rows.filter(pl.col("metric") == "exponent_a")["expected"][0]
    for approach in APPROACHES:
        mean, error, n = _one(rows, "exponent_a", approach)
        yield within(
            _id("recovers", approach, cell),
            f"Over {n} studies the mean exponent a of {approach} is the truth within {_BIAS} and "
            f"its error ({name(cell)})",
            observed=mean,
            expected=float(truth),
            tolerance=_BIAS + 4 * error,
            source=_SOURCE,
        )


def _coverage(cell: TrainingRunsParameters, rows: pl.DataFrame) -> Iterator[Claim]:
    for approach in APPROACHES:
        share, _, n = _one(rows, "exponent_coverage", approach)
        low, high = (float(x) for x in clopper_pearson(round(share * n), n, level=1 - _ERROR))
        said = f"90% intervals of a by {approach} hold the truth in "
        if approach == "approach 1":
            yield holds(
                _id("covers", approach, cell),
                f"{said}at least {COVERED[0]:.0%} of {n} studies; they are too wide, as a resample "
                f"without a winning run moves the envelope by more than noise ({name(cell)})",
                passed=high >= COVERED[0],
                observed=share,
                expected=f"{COVERED[0]:g} or more",
                source="coverage by simulation, exact binomial bounds at 99.9%",
            )
            continue
        yield holds(
            _id("covers", approach, cell),
            f"{said}{COVERED[0]:.0%} to {COVERED[1]:.0%} of studies; counted in {n} ({name(cell)})",
            passed=low <= COVERED[1] and high >= COVERED[0],
            observed=share,
            expected=f"{COVERED[0]:g} to {COVERED[1]:g}, observed {low:.3f} to {high:.3f}",
            source="coverage by simulation, exact binomial bounds at 99.9%",
        )


def _drift(cell: TrainingRunsParameters, rows: pl.DataFrame) -> Iterator[Claim]:
    for approach in ("approach 2", "approach 3"):
        share, _, n = _one(rows, "exponent_coverage", approach)
        yield holds(
            _id("misses", approach, cell),
            f"With one learning rate for all sizes, 90% intervals of a by {approach} hold the "
            f"truth in fewer than half of {n} studies: a bias of the design is in no bootstrap "
            f"({name(cell)})",
            passed=share < 0.5,
            observed=share,
            expected="below 0.5",
            source="coverage by simulation; Porian et al. 2024, arXiv 2406.19146, section 3.4",
        )
