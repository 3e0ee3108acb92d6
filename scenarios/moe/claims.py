"""Claims of the scenario ``moe``: drops of an even router, and what the balance loss does."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from msgspec.structs import replace

from scenarios.moe.parameters import MoeParameters, name, router_of
from simlab.claims.claim import Claim, holds, within
from simlab.planning.moe_size import MIXTRAL_8X7B, moe_size
from simlab.table import ScoreTable

FEDUS = "Fedus et al. 2021, section 2.2"
_ERRORS = 5.0  # standard errors of 64 batches


def claims(cells: Sequence[MoeParameters], table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow."""
    frame = table.frame
    return [
        *_even(cells, frame),
        *_nothing_drops(cells, frame),
        *_balance(cells, frame),
        *_mixtral_size(cells),
    ]


def _even(cells: Sequence[MoeParameters], frame: pl.DataFrame) -> Iterator[Claim]:
    """Hold what an even router drops against the binomial closed form, all cells at once."""
    held = frame.filter(pl.col("metric") == "dropped_share_even")
    off = (held["score"] - held["expected"]).abs() / held["stderr"]
    worst = float(off.max())  # type: ignore[arg-type]
    yield within(
        "even-router-drops",
        "At a capacity of the even load, a router that picks at random drops what the binomial "
        f"law of its loads says, in all {held.height} cells and seeds (largest distance in "
        "standard errors)",
        observed=worst,
        expected=0.0,
        tolerance=_ERRORS,
        source="closed form: n E[max(0, X - capacity)] / (k T), X ~ B(T, k / n)",
    )


def _nothing_drops(cells: Sequence[MoeParameters], frame: pl.DataFrame) -> Iterator[Claim]:
    free = [name(cell) for cell in cells if router_of(cell).capacity_factor is None]
    if not free:
        return
    drops = frame.filter(pl.col("subtask").is_in(free), pl.col("metric") == "dropped_share")
    yield within(
        "no-limit-no-drops",
        "Without a capacity no token drops (largest share)",
        observed=float(drops["score"].max()),  # type: ignore[arg-type]
        expected=0.0,
        tolerance=0.0,
        source="Jiang et al. 2024",
    )


def _balance(cells: Sequence[MoeParameters], frame: pl.DataFrame) -> Iterator[Claim]:
    """Compare cells that differ in alpha only: 0 with .01, and .1 with .01 while it settles."""
    for cell in cells:
        if cell.alpha != 0.01 or cell.steps < 200:
            continue
        label = cell.preset + _rest(cell)
        without, large = (replace(cell, alpha=alpha) for alpha in (0.0, 0.1))
        if without in cells:
            yield _less(
                f"balance-evens-load-{label}",
                f"{cell.preset}: with the balance loss the busiest expert has fewer tokens, after "
                "the first 100 updates",
                _late(frame, cell, "busiest_expert"),
                _late(frame, without, "busiest_expert"),
            )
            yield _less(
                f"balance-pays-{label}",
                f"{cell.preset}: the router earns more with the balance loss than without: no "
                "expert falls out of use",
                _late(frame, without, "earned"),
                _late(frame, cell, "earned"),
            )
            if router_of(cell).capacity_factor is not None:
                yield _less(
                    f"balance-saves-tokens-{label}",
                    f"{cell.preset}: fewer tokens drop with the balance loss",
                    _late(frame, cell, "dropped_share"),
                    _late(frame, without, "dropped_share"),
                )
        if large in cells:
            yield _less(
                f"too-much-balance-{label}",
                f"{cell.preset}: ten times the balance loss makes the busiest expert busier "
                "over the first 20 updates, since the loss swings faster than loads can follow",
                _early(frame, cell, "busiest_expert"),
                _early(frame, large, "busiest_expert"),
            )


def _less(id: str, statement: str, smaller: float, larger: float) -> Claim:
    return holds(
        id,
        f"{statement} (means over seeds)",
        passed=smaller < larger,
        observed=f"{smaller:.4g} and {larger:.4g}",
        expected="the first below the second",
        source=f"simulated; {FEDUS}",
    )


def _late(frame: pl.DataFrame, cell: MoeParameters, metric: str) -> float:
    return _mean(frame, cell, metric, pl.col("scale") >= 100)


def _early(frame: pl.DataFrame, cell: MoeParameters, metric: str) -> float:
    return _mean(frame, cell, metric, pl.col("scale").is_between(1, 20))


def _mean(frame: pl.DataFrame, cell: MoeParameters, metric: str, when: pl.Expr) -> float:
    own = (pl.col("subtask") == name(cell)) & (pl.col("metric") == metric)
    return float(np.mean(frame.filter(own & when)["score"].to_numpy()))


def _rest(cell: MoeParameters) -> str:
    """Return what tells a cell from others beside preset and alpha, for the claim's id."""
    rest = name(cell).split(", ")[2:]
    return "".join("-" + part.replace("=", "-").replace("_", "-").lower() for part in rest)


def _mixtral_size(cells: Sequence[MoeParameters]) -> Iterator[Claim]:
    if not any(cell.preset == "mixtral" for cell in cells):
        return
    size = moe_size(MIXTRAL_8X7B)
    for what, value, published in (
        ("stored", size.n_params, 46.7), ("active", size.n_active, 12.9),
    ):  # fmt: skip
        yield within(
            f"mixtral-{what}",
            f"Mixtral 8x7B has {published}B {what} parameters, by its configuration (billions)",
            observed=value / 1e9,
            expected=published,
            tolerance=0.05,
            source="Jiang et al. 2024, table 1",
        )
