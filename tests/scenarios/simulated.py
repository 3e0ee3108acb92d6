"""Scenarios run in the test's process, and their claims."""

from collections.abc import Mapping, Sequence
from typing import Any

from simlab.claims.claim import Claim
from simlab.parameters import grid
from simlab.scenario import Context, Scenario
from simlab.table import ScoreTable


def simulated(
    scenario: Scenario, given: Mapping[str, Sequence[Any]], *, seeds=(0,), threads=2
) -> tuple[list[Any], ScoreTable]:
    """Return the cells of a grid, and the table of all of them under each seed."""
    cells = grid(scenario.parameters, given)
    contexts = [Context(seed=seed, threads=threads) for seed in seeds]
    return cells, ScoreTable.concat(
        [scenario.run(c, context) for context in contexts for c in cells]
    )


def by_id(scenario: Scenario, cells: Sequence[Any], table: ScoreTable) -> dict[str, Claim]:
    """Return the claims of a run by their names, each of which stands once."""
    found = scenario.claims(cells, table)
    assert len({claim.id for claim in found}) == len(found)
    return {claim.id: claim for claim in found}
