"""Claims of the scenario ``autoencoder``: what falls, what bounds it, and what jumps."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scenarios.autoencoder.parameters import TEST, TRAINING, AutoencoderParameters
from scenarios.autoencoder.published import PAPER, published_size
from scenarios.loss_stays_finite import loss_stays_finite
from simlab.claims.claim import Claim, holds, within
from simlab.emergence.scale_at import scale_at
from simlab.simulators.training.hidden_layer import initial_params
from simlab.table import ScoreTable

Floats = NDArray[np.float64]

MODEL = "Schaeffer et al. 2023, arXiv 2304.15004, section 5"
_ENOUGH_WIDTHS = 6
_PUBLISHED_VALUES = 3 * 32 * 32


def claims(cells: Sequence[AutoencoderParameters], table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow."""
    return [
        loss_stays_finite(table.frame, network="width", named=["model"], when="in epoch"),
        *_floor(table.frame),
        *_falls(table.frame),
        *_jumps(table.frame),
        _size(),
    ]


def _curves(frame: pl.DataFrame, task: str, metric: str) -> Iterator[dict[str, Any]]:
    """Yield each curve of a metric that has enough points, as arrays with its first row."""
    rows = frame.filter(
        pl.col("task") == task,
        pl.col("metric").str.starts_with(metric),
        pl.col("score").is_not_null(),
    )
    for _, held in rows.group_by("subtask", "seed", "metric", maintain_order=True):
        held = held.sort("scale")
        if held.height >= _ENOUGH_WIDTHS:
            first = held.row(0, named=True)
            yield first | {c: held[c].to_numpy() for c in ("scale", "score", "floor")}


def _floor(frame: pl.DataFrame) -> Iterator[Claim]:
    """No width beats principal components on what it was trained on, and it comes near them."""
    below, ratios = [], []
    for curve in _curves(frame, TRAINING, "mse"):
        score, floor, variance = curve["score"], curve["floor"], curve["variance"]
        below.append(float(np.max(floor - score)) / variance)
        far = floor > 0.2 * variance
        if far.any():
            ratios.append(float(np.max(score[far] / floor[far])))
    if not below:
        return
    yield holds(
        "not-below-the-floor",
        "On the training images no width has a smaller error than as many principal components "
        "(largest undercut over the variance of a value)",
        passed=max(below) <= 1e-5,
        observed=max(max(below), 0.0),
        expected="0, up to single precision (1e-5)",
        source="Eckart & Young 1936, doi:10.1007/BF02288367",
    )
    if ratios:
        yield holds(
            "near-the-floor",
            "On the training images the error stays within 25% of that of principal components, "
            "wherever these leave more than 20% of the variance (largest ratio)",
            passed=max(ratios) <= 1.25,
            observed=max(ratios),
            expected="at most 1.25",
            source="a prototype on scikit-learn's digits: within 3% at widths 1 and 16",
        )


def _falls(frame: pl.DataFrame) -> Iterator[Claim]:
    rises = [
        float(np.max(np.diff(curve["score"]), initial=0.0)) / curve["variance"]
        for curve in _curves(frame, TEST, "mse")
    ]
    if rises:
        yield within(
            "mse-falls",
            "On the test images the error falls from width to width, up to 1% of the variance "
            "(largest rise over the variance)",
            observed=max(rises),
            expected=0.0,
            tolerance=0.01,
            source=MODEL,
        )


def _jumps(frame: pl.DataFrame) -> Iterator[Claim]:
    """Reconstruction_c against the error of the same reconstructions."""
    errors = {(e["seed"], e["subtask"]): e for e in _curves(frame, TEST, "mse")}
    half, spans, middles = [], [], []
    for curve in _curves(frame, TEST, "reconstruction"):
        cell = str(curve["subtask"])
        error = errors.get((curve["seed"], cell))
        if error is None or curve["c"] > 0.2000001 * curve["variance"]:
            continue
        fall = _fall(error["score"])
        if curve["c"] <= 0.1000001 * curve["variance"]:
            half.append(float(curve["score"][int(np.argmax(fall >= 0.5))]))
        width, own = _span(curve["scale"], curve["score"]), _span(error["scale"], fall)
        if math.isfinite(width):
            spans.append((width, own))
            middles.append((curve["seed"], cell, curve["c"], _reaches(curve, 0.5)))
    if half:
        yield holds(
            "zero-half-way",
            "Where the error has come half of its way down, hardly an image is within c (largest "
            "share; c up to 10% of the variance)",
            passed=max(half) <= 0.15,
            observed=max(half),
            expected="at most 0.15",
            source=MODEL,
        )
    if spans:
        yield holds(
            "jump-in-width",
            "From a tenth to nine tenths, Reconstruction_c takes a smaller factor of width than "
            "the error (largest factor for c, the same for the error)",
            passed=all(width < own for width, own in spans),
            observed=f"{max(spans)[0]:.2f} against {max(spans)[1]:.1f}",
            expected="smaller",
            source=MODEL,
        )
    groups = [[m for m in middles if m[:2] == key] for key in dict.fromkeys(m[:2] for m in middles)]
    ordered = [sorted(group, key=lambda m: m[2]) for group in groups if len(group) >= 2]
    if ordered:
        reached = [[m[3] for m in group] for group in ordered]
        yield holds(
            "c-decides-where",
            "The larger c, the smaller the width at which half of the images are within it",
            passed=all(r == sorted(r, reverse=True) and r[0] > r[-1] for r in reached),
            observed="; ".join(
                ", ".join(f"c={m[2]:.3g}: {m[3]:.1f}" for m in group) for group in ordered
            ),
            expected="descending",
            source=MODEL,
        )


def _fall(score: Floats) -> Floats:
    """Return how much of its way down an error has made, 0 to 1."""
    return np.asarray((score[0] - score) / (score[0] - score.min()))


def _span(width: Floats, rise: Floats) -> float:
    """Return the factor of width from a tenth to nine tenths of a rise; NaN if it has no such."""
    if rise.min() > 0.1 or rise.max() < 0.9:
        return math.nan
    ends = [scale_at(width, rise, level) for level in (0.1, 0.9)]
    return ends[1] / ends[0]


def _reaches(curve: dict[str, Any], level: float) -> float:
    return scale_at(curve["scale"], curve["score"], level)


def _size() -> Claim:
    """The architecture is the published one: it has as many parameters."""
    n = _PUBLISHED_VALUES
    ours = [initial_params(n, h, n, key=np.uint64(0)).size for h in (1, 32)]
    theirs = [published_size(h) for h in (1, 32)]
    return holds(
        "published-size",
        "On 3 x 32 x 32 values the model has the published 6145 H + 3072 parameters (H = 1, 32)",
        passed=ours == theirs,
        observed=", ".join(f"{n:,}" for n in ours),
        expected=", ".join(f"{n:,}" for n in theirs),
        source=PAPER,
    )
