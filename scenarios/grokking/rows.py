"""Rows of a run that knows its training examples before the others."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simlab.simulators.modular_training import ModularRun, first_step
from simlab.simulators.slow_bias.curves import SlowBiasCurves

_TYPES = {
    "n_items": pl.Int64,
    "chance": pl.Float64,
    "higher_is_better": pl.Boolean,
    "train_steps_to_99": pl.Int64,
    "test_steps_to_99": pl.Int64,
    "diverged_at": pl.Int64,
}
_BETTER = {"accuracy": True, "loss": False}


def rows_of_run(
    found: ModularRun | SlowBiasCurves,
    shared: Mapping[str, Any],
    weights: Mapping[str, NDArray[np.float64]],
    *,
    chance: float | None,
) -> pl.DataFrame:
    """Return the rows of one run; the task is the set of examples that a score is of.

    Parameters
    ----------
    found : ModularRun or SlowBiasCurves
    shared : mapping
        Columns that are the same in all rows.
    weights : mapping of str to (n_looks,) float64
        Measures of the weights.
    chance : float or None
        Accuracy of a guess.
    """
    columns = {
        "scale": found.steps.astype(np.float64),
        "scale_kind": "steps",
        "source": "simulated",
        **shared,
        "train_steps_to_99": first_step(found.steps, found.train_accuracy),
        "test_steps_to_99": first_step(found.steps, found.test_accuracy),
        "diverged_at": found.diverged_at,
    }
    scores = [
        ("train", "accuracy", found.train_accuracy, found.n_train),
        ("test", "accuracy", found.test_accuracy, found.n_test),
        ("train", "loss", found.train_loss, found.n_train),
        ("test", "loss", found.test_loss, found.n_test),
        *(("weights", metric, values, None) for metric, values in weights.items()),
    ]
    frames = []
    for task, metric, score, n_items in scores:
        own = {
            "task": task,
            "metric": metric,
            "score": np.where(np.isfinite(score), score, np.nan),
            "n_items": n_items,
            "chance": chance if metric == "accuracy" else None,
            "higher_is_better": _BETTER.get(metric),
        }
        frames.append(pl.DataFrame(columns | own, schema_overrides=_TYPES))
    return pl.concat(frames).with_columns(pl.col("score").fill_nan(None))
