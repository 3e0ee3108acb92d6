"""Scenario ``grokking``: networks that know the training pairs long before they know the rest."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from scenarios.grokking.claims import claims
from scenarios.grokking.parameters import GrokkingParameters, name
from simlab.scenario import Context, Scenario
from simlab.simulators.modular_training import ModularRun, first_step, train_modular
from simlab.table import ScoreTable


def run(p: GrokkingParameters, context: Context) -> ScoreTable:
    """Return the curves of each network of a cell."""

    def progress(share: float, loss: float) -> None:
        context.status(f"training loss {loss:.3g}")
        context.progress(share)

    runs = train_modular(
        p.setup(),
        networks=p.networks,
        seed=context.seed,
        looks=p.looks,
        threads=context.threads,
        progress=progress,
    )
    frames = [_curves(p, context.seed, i, found) for i, found in enumerate(runs)]
    return ScoreTable.from_frame(pl.concat(frames, how="diagonal_relaxed"))


def _curves(p: GrokkingParameters, seed: int, network: int, found: ModularRun) -> pl.DataFrame:
    """Return the rows of one network: its task is the set of pairs that a score is of."""
    shared: dict[str, Any] = {
        "family": f"network {network}",
        "scale": found.steps.astype(np.float64),
        "scale_kind": "steps",
        "subtask": name(p),
        "seed": seed,
        "source": "simulated",
        "p": p.p,
        "weight_decay": p.weight_decay,
        "fraction": p.fraction,
        "width": p.width,
        "train_steps_to_99": first_step(found.steps, found.train_accuracy),
        "test_steps_to_99": first_step(found.steps, found.test_accuracy),
        "diverged_at": found.diverged_at,
    }
    better = {"accuracy": True, "loss": False}
    scores = (
        ("train", "accuracy", found.train_accuracy, found.n_train),
        ("test", "accuracy", found.test_accuracy, found.n_test),
        ("train", "loss", found.train_loss, found.n_train),
        ("test", "loss", found.test_loss, found.n_test),
        ("weights", "fourier_concentration", found.concentration, None),
        ("weights", "weight_norm", found.weight_norm, None),
    )
    types = {
        "n_items": pl.Int64,
        "chance": pl.Float64,
        "higher_is_better": pl.Boolean,
        "train_steps_to_99": pl.Int64,
        "test_steps_to_99": pl.Int64,
        "diverged_at": pl.Int64,
    }
    return pl.concat(
        pl.DataFrame(
            shared
            | {
                "task": task,
                "metric": metric,
                "score": np.where(np.isfinite(score), score, np.nan),
                "n_items": n_items,
                "chance": 1.0 / p.p if metric == "accuracy" else None,
                "higher_is_better": better.get(metric),
            },
            schema_overrides=types,
        ).with_columns(pl.col("score").fill_nan(None))
        for task, metric, score, n_items in scores
    )


def charts(cells: Sequence[GrokkingParameters], table: ScoreTable) -> list[Any]:
    """Return the scenario's figures."""
    from scenarios.grokking.chart import grokking_figure
    from scenarios.grokking.delay_chart import delay_figures

    return [grokking_figure(table), *delay_figures(cells, table)]


SCENARIO = Scenario(
    name="grokking",
    title="Grokking: generalising long after memorising",
    summary=(
        "A two-layer network learns x op y mod p from a share of all pairs. It soon knows every "
        "pair that it was shown and none of the others; with weight decay, accuracy on the others "
        "rises many times later. Look at the Fourier concentration of the "
        "embeddings, which grows all the while, and at the control without weight decay. The "
        "defaults are quick; --p 97 --fraction 0.3 --width 128 --steps 1000 is the size of papers."
    ),
    citations=(
        "Power, Burda, Edwards, Babuschkin & Misra 2022, Grokking: generalization beyond "
        "overfitting on small algorithmic datasets, arXiv 2201.02177",
        "Nanda, Chan, Lieberum, Smith & Steinhardt 2023, Progress measures for grokking via "
        "mechanistic interpretability, arXiv 2301.05217",
        "Gromov 2023, Grokking modular arithmetic, arXiv 2301.02679",
    ),
    parameters=GrokkingParameters,
    run=run,
    claims=claims,
    charts=charts,
    grid={"weight_decay": (0.0, 1.0), "fraction": (0.4, 0.5, 0.7)},
)
