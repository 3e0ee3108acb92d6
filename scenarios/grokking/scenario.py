"""Scenario ``grokking``: networks that know the training pairs long before they know the rest."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from scenarios.grokking.claims import claims
from scenarios.grokking.parameters import GrokkingParameters, name
from scenarios.grokking.rows import rows_of_run
from simlab.scenario import Context, Scenario
from simlab.simulators.modular_training import ModularRun, train_modular
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
    shared = {
        "family": f"network {network}",
        "subtask": name(p),
        "seed": seed,
        "p": p.p,
        "weight_decay": p.weight_decay,
        "fraction": p.fraction,
        "width": p.width,
    }
    weights = {"fourier_concentration": found.concentration, "weight_norm": found.weight_norm}
    return rows_of_run(found, shared, weights, chance=1.0 / p.p)


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
