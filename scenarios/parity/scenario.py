"""Scenario ``parity``: accuracy on parities of a few bits jumps, and the weights do not."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from scenarios.parity.claims import claims
from scenarios.parity.parameters import ParityParameters, name
from simlab.intervals import wilson
from simlab.scenario import Context, Scenario
from simlab.simulators.training.parity import ParityRun, train_parity
from simlab.table import ScoreTable
from simlab.threads import map_ordered


def run(p: ParityParameters, context: Context) -> ScoreTable:
    """Return the curves of each network of a cell: accuracy, hinge loss, and ratio of weights."""
    done = [0.0] * p.networks

    def train(network: int) -> ParityRun:
        def progress(share: float, loss: float) -> None:
            done[network] = share
            context.status(f"{name(p)}: hinge loss {loss:.3f}")
            context.progress(sum(done) / p.networks)

        return train_parity(
            p.n,
            p.k,
            width=p.width,
            steps=p.steps,
            every=p.every,
            lr=p.lr,
            batch=p.batch,
            weight_decay=p.weight_decay,
            test_items=p.items,
            network=network,
            seed=context.seed,
            progress=progress,
        )

    runs = map_ordered(train, range(p.networks), threads=context.threads)
    frames = [_curves(p, context.seed, i, found) for i, found in enumerate(runs)]
    return ScoreTable.from_frame(pl.concat(frames, how="diagonal_relaxed"))


def _curves(p: ParityParameters, seed: int, network: int, found: ParityRun) -> pl.DataFrame:
    """Return the rows of one network."""
    learned = np.flatnonzero(found.accuracy >= 0.99)
    low, high = wilson(found.accuracy * p.items, p.items)
    shared: dict[str, Any] = {
        "family": f"network {network}",
        "scale": found.steps.astype(np.float64),
        "scale_kind": "steps",
        "task": "parity",
        "subtask": name(p),
        "n_items": p.items,
        "seed": seed,
        "source": "simulated",
        "n": p.n,
        "k": p.k,
        "batch": p.batch,
        "steps_to_99": int(found.steps[learned[0]]) if len(learned) else None,
        "diverged_at": found.diverged_at,
    }
    metrics: dict[str, dict[str, Any]] = {
        "accuracy": {
            "score": found.accuracy,
            "low": low,
            "high": high,
            "chance": 0.5,
            "higher_is_better": True,
        },
        "hinge_loss": {"score": found.loss, "higher_is_better": False},
        "relevant_weight_ratio": {"score": found.weight_ratio, "n_items": None},
    }
    types = {"n_items": pl.Int64, "steps_to_99": pl.Int64, "diverged_at": pl.Int64}
    return pl.concat(
        [
            pl.DataFrame(shared | columns | {"metric": metric}, schema_overrides=types)
            for metric, columns in metrics.items()
        ],
        how="diagonal_relaxed",
    )


def charts(cells: Sequence[ParityParameters], table: ScoreTable) -> list[Any]:
    """Return the scenario's figures."""
    from scenarios.parity.chart import jump_figure, steps_figure  # altair is slow to import

    return [jump_figure(table), *steps_figure(table)]


SCENARIO = Scenario(
    name="parity",
    title="Sparse parity: hidden progress",
    summary=(
        "A network with one hidden layer learns, by SGD on fresh inputs, the product of k of n "
        "bits. Its accuracy stays at that of guessing for most of the training and then jumps; "
        "the weights of the k bits grow all along. Look at the ratio of weights while accuracy is "
        "flat, and at how many inputs are used against how few would tell the k bits apart."
    ),
    citations=(
        "Barak, Edelman, Goel, Kakade, Malach & Zhang 2022, Hidden progress in deep learning: SGD "
        "learns parities near the computational limit, arXiv 2207.08799",
    ),
    parameters=ParityParameters,
    run=run,
    claims=claims,
    charts=charts,
    grid={"n": (20, 30, 40, 50), "k": (2, 3, 4)},
)
