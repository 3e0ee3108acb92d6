"""Scenario ``autoencoder``: errors that fall smoothly, counted by a metric that jumps."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scenarios.autoencoder.claims import claims
from scenarios.autoencoder.parameters import (
    DEFAULT_SHARES,
    TEST,
    TRAINING,
    AutoencoderParameters,
    name,
)
from simlab.images.image_set import split
from simlab.images.load import image_files, load_images
from simlab.intervals import wilson
from simlab.scenario import Context, Scenario
from simlab.simulators.training.autoencoder import Autoencoder, reconstruct, train_autoencoders
from simlab.simulators.training.principal_components import principal_floor
from simlab.table import ScoreTable

Floats = NDArray[np.float64]


def run(p: AutoencoderParameters, context: Context) -> ScoreTable:
    """Return, for each width, errors on training and test images and the share below each c."""
    images = load_images(p.data, most=p.images, side=p.side, seed=context.seed)
    train, test = split(images, seed=context.seed)

    def progress(share: float, loss: float) -> None:
        context.status(f"squared error {loss:.4f}")
        context.progress(share)

    found = train_autoencoders(
        train.values,
        p.widths,
        epochs=p.epochs,
        lr=p.lr,
        batch=p.batch,
        seed=context.seed,
        threads=context.threads,
        progress=progress,
    )
    variance = float(train.values.astype(np.float64).var(axis=0).mean())
    n_values = images.values.shape[1]
    shared: dict[str, Any] = {
        "family": f"autoencoder, {images.name}",
        "model": [f"width {w}" for w in p.widths],
        "scale": [float(w) for w in p.widths],
        "scale_kind": "width",
        "subtask": name(p),
        "seed": context.seed,
        "source": "simulated",
        "n_params": [(2 * n_values + 1) * w + n_values for w in p.widths],
        "diverged_at": pl.Series([one.diverged_at for one in found], dtype=pl.Int64),
        "variance": variance,
    }
    frames = []
    errors: dict[str, list[Floats]] = {}
    for task, part in ((TRAINING, train), (TEST, test)):
        errors[task] = [_errors(part.values, one) for one in found]
        held = errors[task]
        columns = {
            "task": task,
            "metric": "mse",
            "score": [_finite(float(e.mean())) for e in held],
            "stderr": [_finite(float(e.std() / np.sqrt(len(e)))) for e in held],
            "higher_is_better": False,
            "n_items": len(part.values),
            "floor": principal_floor(train.values, p.widths, shown=part.values),
        }
        frames.append(pl.DataFrame(shared | columns))
    for c in p.c or tuple(share * variance for share in DEFAULT_SHARES):
        below = np.array([float((e < c).sum()) for e in errors[TEST]])
        n = len(test.values)
        low, high = wilson(below, n)
        lost = [one.diverged_at is not None for one in found]
        columns = {
            "task": TEST,
            "metric": f"reconstruction,c={c:.3g}",
            "score": [None if x else b / n for x, b in zip(lost, below, strict=True)],
            "low": [None if x else b for x, b in zip(lost, low.tolist(), strict=True)],
            "high": [None if x else b for x, b in zip(lost, high.tolist(), strict=True)],
            "higher_is_better": True,
            "n_items": n,
            "c": c,
        }
        frames.append(pl.DataFrame(shared | columns))
    return ScoreTable.from_frame(pl.concat(frames, how="diagonal_relaxed"))


def _errors(images: NDArray[np.float32], one: Autoencoder) -> Floats:
    """Return the mean squared error of each image's values; NaN of a width that diverged."""
    if one.diverged_at is not None:
        return np.full(len(images), np.nan)
    miss = reconstruct(images, one).astype(np.float64) - images
    return np.asarray((miss**2).mean(axis=1))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def charts(cells: Sequence[AutoencoderParameters], table: ScoreTable) -> list[Any]:
    """Return the scenario's figures."""
    from scenarios.autoencoder.chart import autoencoder_figures  # altair is slow to import

    return autoencoder_figures(table)


SCENARIO = Scenario(
    name="autoencoder",
    title="Autoencoders: a smooth error, a metric that jumps",
    summary=(
        "Shallow autoencoders of growing width are trained on the same images. Their mean squared "
        "error falls smoothly with width, along that of principal components. Reconstruction_c "
        "counts an image only if its error is below c: it stays at 0 while the error falls, then "
        "jumps, at a width that c decides. Look at both on the same reconstructions."
    ),
    citations=(
        "Schaeffer, Miranda & Koyejo 2023, Are emergent abilities of large language models a "
        "mirage?, arXiv 2304.15004",
    ),
    parameters=AutoencoderParameters,
    run=run,
    files=lambda p: image_files(p.data),
    claims=claims,
    charts=charts,
)
