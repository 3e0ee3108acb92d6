"""Claims of the scenario ``subset``: a^L, where it fails, and how L makes a jump."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scenarios.loss_stays_finite import loss_stays_finite
from scenarios.subset.parameters import SubsetParameters
from simlab.claims.claim import Claim, holds, within
from simlab.emergence.scale_at import scale_at
from simlab.table import ScoreTable

Floats = NDArray[np.float64]

MODEL = "Schaeffer et al. 2023, arXiv 2304.15004, section 5"
_ENOUGH_WIDTHS = 5
_RISE = 0.3  # of accuracy over the family: less does not show how it rises


def claims(cells: Sequence[SubsetParameters], table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow."""
    rows = table.frame.filter(pl.col("score").is_not_null())
    return [
        loss_stays_finite(table.frame, network="width", named=["model"], when="in epoch"),
        *_power(rows),
        *_one_class(rows),
        *_different_classes(rows),
        *_jump(rows),
    ]


def _power(rows: pl.DataFrame) -> Iterator[Claim]:
    """Random sets: drawing with and without replacement differ by L (L - 1) / 2n at most."""
    held = rows.filter(pl.col("sets") == "random")
    if held.is_empty():
        return
    L, n = held["L"].to_numpy(), held["n_items"].to_numpy()
    allowed = np.maximum(L * (L - 1) / (2 * n), 1e-12)
    off = np.abs(held["score"].to_numpy() - held["expected"].to_numpy())
    yield within(
        "random-sets",
        f"Random sets of L are right with a^L: {held.height} points (largest difference over "
        "L (L - 1) / 2n, what drawing without replacement can make)",
        observed=float(np.max(off / allowed)),
        expected=0.0,
        tolerance=1.0,
        source=f"{MODEL}; total variation of the two ways of drawing",
    )


def _one_class(rows: pl.DataFrame) -> Iterator[Claim]:
    """Sets from one class: no less than a^L but for finite classes, and far more in places."""
    held = rows.filter(pl.col("sets") == "one class", pl.col("expected") > 0)
    if held.is_empty():
        return
    most = int(held["L"].max())  # type: ignore[arg-type]
    last = held.filter(pl.col("L") == most).sort("scale")
    score, power = last["score"].to_numpy(), last["expected"].to_numpy()
    at = int(np.argmax(score - power))
    gap = float(np.mean(score - power))
    yield holds(
        "one-class",
        f"Errors cluster by class: sets of L = {most} from one class succeed more often than a^L "
        "says (mean over widths; at the width with the largest gap)",
        passed=gap > 0.0,
        observed=f"{gap:+.3f}; {score[at]:.3f} against {power[at]:.3f} "
        f"({score[at] / power[at]:.3g} times) at {last['model'][at]}",
        expected="more often",
        source="Jensen's inequality",
    )


def _different_classes(rows: pl.DataFrame) -> Iterator[Claim]:
    held = rows.filter(pl.col("sets") == "different classes")
    if held.is_empty():
        return
    excess = held["score"] - held["class_mean"] ** held["L"]
    yield holds(
        "different-classes",
        "Sets of L different classes never succeed more often than the mean accuracy of classes to "
        "the L says (largest excess)",
        passed=float(excess.max()) <= 1e-12,  # type: ignore[arg-type]
        observed=max(float(excess.max()), 0.0),  # type: ignore[arg-type]
        expected="at most 0, up to rounding",
        source="Maclaurin's inequality",
    )


def _jump(rows: pl.DataFrame) -> Iterator[Claim]:
    """The larger L, the later the score comes to half of its height; accuracy is there first."""
    half, low = [], []
    for _, cell in rows.filter(pl.col("sets") == "random").group_by(
        "cell", "seed", maintain_order=True
    ):
        curves = {
            int(L): g.sort("scale").select("scale", "score").to_numpy().T
            for (L,), g in cell.group_by("L")
        }
        L, widths = sorted(curves), curves[min(curves)][0]
        first = curves[L[0]][1]
        if len(L) < 2 or len(widths) < _ENOUGH_WIDTHS or np.ptp(first) < _RISE or L[0] != 1:
            continue
        half.append([scale_at(widths, curves[n][1], 0.5 * curves[n][1].max()) for n in L])
        middle = int(np.argmax(first >= 0.5 * (first[0] + first.max())))
        low.append((float(curves[L[-1]][1][middle]), float(first[middle]), L[-1]))
    if not half:
        return
    yield holds(
        "l-decides-where",
        "The larger L, the larger the width at which all-of-L comes to half of its height",
        passed=all(h == sorted(h) and h[-1] > h[0] for h in half),
        observed="; ".join(f"from {h[0]:.1f} to {h[-1]:.1f}" for h in half),
        expected="ascending",
        source=MODEL,
    )
    score, accuracy, size = max(low)
    yield holds(
        "near-zero-half-way",
        "Where accuracy has made half of its rise, all-of-L of the largest L is still below 5%",
        passed=score < 0.05,
        observed=f"{score:.4f} at accuracy {accuracy:.3f}, L = {size}",
        expected="below 0.05",
        source=MODEL,
    )
