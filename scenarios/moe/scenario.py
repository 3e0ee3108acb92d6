"""Scenario ``moe``: a router that learns, with and without a balance loss."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from scenarios.moe.claims import claims
from scenarios.moe.parameters import MoeParameters, name, recorded, router_of
from simlab.scenario import Context, Scenario
from simlab.simulators.even_routing import even_dropped, expected_even_dropped
from simlab.simulators.moe_routing import expert_capacity, simulate_routing
from simlab.streams import seed_key
from simlab.table import ScoreTable

EVEN_BATCHES = 64
EVEN_CAPACITY = 1.0
"""At the usual 1.25, an even router hardly ever drops a token; at 1 it shows its law."""
HIGHER_IS_BETTER = ("earned", "load_entropy")


def run(p: MoeParameters, context: Context) -> ScoreTable:
    """Return load, drops, balance loss and what is earned, against the router's updates.

    The draws are those of the batch and the number of experts: cells that differ in alpha see the
    same tokens. Columns beyond the schema: ``expected`` and ``shares`` (each expert's share of the
    choices, in order, as text).
    """
    router = router_of(p)
    key = seed_key(context.seed, "moe", p.n_experts, p.tokens)
    run = simulate_routing(router, n_tokens=p.tokens, record=recorded(p.steps), key=key)
    capacity = expert_capacity(p.tokens, replace(router, capacity_factor=EVEN_CAPACITY))
    even, error = even_dropped(
        p.tokens, p.n_experts, router.top_k, capacity, batches=EVEN_BATCHES,
        key=seed_key(context.seed, "moe", "even", p.n_experts, router.top_k, p.tokens),
    )  # fmt: skip
    context.progress(1.0)
    n, n_rows = p.n_experts, len(run.steps)
    with np.errstate(divide="ignore", invalid="ignore"):
        nats = np.where(run.load > 0, -run.load * np.log(run.load), 0.0)
    columns: dict[str, Any] = {
        "busiest_expert": run.load.max(axis=1) * n,
        "load_entropy": nats.sum(axis=1) / np.log(n),
        "balance_loss": run.balance,
        "dropped_share": run.dropped,
        "earned": run.earned,
    }
    rows: dict[str, list[Any]] = {}
    shares = [" ".join(f"{x:.6g}" for x in sorted(load, reverse=True)) for load in run.load]
    for metric, values in columns.items():
        _extend(
            rows, scale=run.steps.tolist(), metric=[metric] * n_rows, score=values.tolist(),
            stderr=[None] * n_rows, higher_is_better=[metric in HIGHER_IS_BETTER] * n_rows,
            expected=[None] * n_rows, shares=shares,
        )  # fmt: skip
    _extend(
        rows, scale=[0], metric=["dropped_share_even"], score=[even], stderr=[error],
        higher_is_better=[False], shares=[None],
        expected=[expected_even_dropped(p.tokens, n, router.top_k, capacity)],
    )  # fmt: skip
    return ScoreTable.from_columns(
        rows
        | {
            "family": p.preset, "scale_kind": "steps", "task": "routing", "subtask": name(p),
            "seed": context.seed, "source": "simulated", "n_items": p.tokens,
        }
    )  # fmt: skip


def _extend(rows: dict[str, list[Any]], **columns: list[Any]) -> None:
    for column, values in columns.items():
        rows.setdefault(column, []).extend(values)


def charts(cells: Sequence[MoeParameters], table: ScoreTable) -> list[Any]:
    """Return the load of every expert, and the curves."""
    from scenarios.moe.chart import load_figure, training_figure

    return [training_figure(table), load_figure(cells, table)]


SCENARIO = Scenario(
    name="moe",
    title="Mixture of experts: routing, capacity, dropped tokens and the balance loss",
    summary=(
        "A router learns which of its experts is worth most to a token. Experts in use become more "
        "used: without a balance loss some fall out of use for good, and where capacity is "
        "limited tokens drop. A small balance loss evens the load and lets the router learn "
        "better; a large one throws the load about before it settles. Presets: Switch (one expert, "
        "capacity 1.25) and Mixtral (two of eight, nothing drops)."
    ),
    citations=(
        "Fedus, Zoph & Shazeer 2021, Switch transformers, arXiv 2101.03961",
        "Lepikhin et al. 2020, GShard, arXiv 2006.16668",
        "Jiang et al. 2024, Mixtral of experts, arXiv 2401.04088",
    ),
    parameters=MoeParameters,
    run=run,
    claims=claims,
    charts=charts,
    grid={"preset": ("switch", "mixtral"), "alpha": (0.0, 0.001, 0.01, 0.1)},
)
