"""Scenario ``subset``: the same classifiers, scored image by image and set by set."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import logsumexp

from scenarios.subset.claims import claims
from scenarios.subset.parameters import SubsetParameters, name
from simlab.errors import DataError, UsageError
from simlab.images.image_set import ImageSet, split
from simlab.images.load import image_files, load_images
from simlab.intervals import wilson
from simlab.metrics.all_correct import subset_accuracy
from simlab.metrics.clustered_sets import different_class_accuracy, same_class_accuracy
from simlab.scenario import Context, Scenario
from simlab.simulators.training.classifier import (
    logits,
    standardised,
    train_classifiers,
)
from simlab.table import ScoreTable

_CLASSES = 10


def run(p: SubsetParameters, context: Context) -> ScoreTable:
    """Return, for each width, accuracy, and the share of sets of each kind that are all right."""
    images = _labelled(p, context.seed)
    train, test = split(images, seed=context.seed)
    assert train.labels is not None
    assert test.labels is not None

    def progress(share: float, loss: float) -> None:
        context.status(f"cross-entropy {loss:.3f}")
        context.progress(share)

    found = train_classifiers(
        standardised(train.values, like=train.values),
        train.labels,
        p.widths,
        epochs=p.epochs,
        lr=p.lr,
        batch=p.batch,
        seed=context.seed,
        threads=context.threads,
        progress=progress,
    )
    shown = standardised(test.values, like=train.values)
    classes, of = np.unique(test.labels, return_inverse=True)
    n_items = np.bincount(of, minlength=len(classes))
    frames = []
    for one in found:
        lost = one.diverged_at is not None
        out = logits(shown, one).astype(np.float64)
        right = out.argmax(axis=1) == test.labels
        n_right = np.bincount(of, weights=right, minlength=len(classes)).astype(np.int64)
        with np.errstate(invalid="ignore", over="ignore"):  # of a width that diverged
            loss = logsumexp(out, axis=1) - out[np.arange(len(out)), test.labels]
        rows = [*_scores(p, n_items, n_right), _cross_entropy(p, loss)]
        frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(
            pl.lit(f"classifiers, {images.name}").alias("family"),
            pl.lit(f"width {one.width}").alias("model"),
            pl.lit(float(one.width)).alias("scale"),
            pl.lit(one.params.size).alias("n_params"),
            pl.lit(one.diverged_at, pl.Int64).alias("diverged_at"),
        )
        if lost:
            numbers = ("score", "low", "high", "stderr", "expected", "accuracy", "class_mean")
            frame = frame.with_columns(pl.lit(None, pl.Float64).alias(c) for c in numbers)
        frames.append(frame)
    shared = {
        "scale_kind": "width",
        "task": "all of L",
        "n_items": len(shown),
        "seed": context.seed,
        "source": "simulated",
    }
    frame = pl.concat(frames).with_columns(pl.lit(v).alias(c) for c, v in shared.items())
    return ScoreTable.from_frame(
        frame.sort("sets", "L", "scale", nulls_last=True, maintain_order=True)
    )


def _labelled(p: SubsetParameters, seed: int) -> ImageSet:
    images = load_images(
        p.data,
        most=p.images,
        side=p.side,
        n_classes=_CLASSES,
        class_share=p.class_share,
        seed=seed,
    )
    if images.labels is None:
        raise DataError(
            f"{p.data}: there are no labels beside it; put the file of labels into its folder "
            "(labels-idx1 for images-idx3)"
        )
    n_test = round(0.2 * len(images.values))
    if max(p.L) > n_test:
        raise UsageError(f"--L {max(p.L)}: the test holds {n_test} images; give smaller sets")
    return images


def _scores(
    p: SubsetParameters, n_items: NDArray[np.int64], n_right: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """Return a row for each kind of sets and each L that the test allows, of one classifier."""
    n, k = int(n_items.sum()), int(n_right.sum())
    accuracy, by_class = k / n, n_right / n_items
    low, high = (end.item() for end in wilson(k, n))
    spread = math.sqrt(accuracy * (1.0 - accuracy) / n)
    rows = []
    for L in p.L:
        kinds = {"random": float(subset_accuracy(n, k, L)[0])}
        if 2 <= L <= int(n_items.min()):
            kinds["one class"] = same_class_accuracy(n_items, n_right, L)
        if 2 <= L <= len(n_items):
            kinds["different classes"] = different_class_accuracy(by_class, L)
        for sets, score in kinds.items():
            own = sets == "random"  # the interval of the accuracy says nothing of single classes
            rows.append(
                {
                    "subtask": f"{name(p)}, sets={sets}",
                    "metric": f"subset_accuracy,L={L}" if L > 1 else "accuracy",
                    "higher_is_better": True,
                    "score": score,
                    # of a^L, from that of a
                    "stderr": L * accuracy ** (L - 1) * spread if own else None,
                    "low": min(low**L, score) if own else None,
                    "high": max(high**L, score) if own else None,
                    "chance": len(n_items) ** -float(L),
                    "expected": accuracy**L,
                    "accuracy": accuracy,
                    "class_mean": float(by_class.mean()),
                    "cell": name(p),
                    "sets": sets,
                    "L": L,
                }
            )
    return rows


def _cross_entropy(p: SubsetParameters, loss: NDArray[np.float64]) -> dict[str, Any]:
    """Return the row of the graded metric on the same outputs."""
    return {
        "subtask": f"{name(p)}, sets=random",
        "metric": "cross_entropy",
        "higher_is_better": False,
        "score": float(loss.mean()),
        "stderr": float(loss.std() / math.sqrt(len(loss))),
        "cell": name(p),
    }


def charts(cells: Sequence[SubsetParameters], table: ScoreTable) -> list[Any]:
    """Return the scenario's figures."""
    from scenarios.subset.chart import clusters_figure, subset_figure  # altair is slow to import

    return [subset_figure(table), *clusters_figure(table)]


SCENARIO = Scenario(
    name="subset",
    title="All of L images right",
    summary=(
        "Classifiers of growing width read the same images. Their accuracy a rises smoothly; the "
        "share of sets of L images that are right throughout stays near 0 and then jumps, the more "
        "so the larger L. For sets drawn at random it is a^L. Errors cluster by class: sets from "
        "one class succeed more often than a^L says, sets of different classes less often."
    ),
    citations=(
        "Schaeffer, Miranda & Koyejo 2023, Are emergent abilities of large language models a "
        "mirage?, arXiv 2304.15004",
    ),
    parameters=SubsetParameters,
    run=run,
    files=lambda p: image_files(p.data),
    claims=claims,
    charts=charts,
)
