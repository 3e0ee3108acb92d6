"""Error 5 of Schaeffer et al. 2023: independence of tokens, against the paper's own figure 3."""

from functools import cache

import polars as pl
from hypothesis import strategies as st

from replay.mirage import PAPER, figure3
from simlab.claims.property_claim import Comparison, PropertyClaim, at_least, equals

_READ_OFF = 1e-3  # 1e-4 of an axis of up to 5 edits, and of accuracy's own


@cache
def _cells() -> dict[str, tuple[int, float, float]]:
    """Return target length, accuracy and edit distance of each cell that is not wholly right.

    The cell that is quoted most, the largest model's longest sums at temperature 0, is first.
    """
    order = ["task", "n_params", "target_length", "temperature"]
    cells = figure3().filter(pl.col("accuracy") < 1)
    rows = cells.sort(order, descending=[False, True, True, False]).iter_rows(named=True)
    return {
        f"{row['task']}, {row['model']}, {row['subtask']}": (
            row["target_length"],
            row["accuracy"],
            row["token_edit_distance"],
        )
        for row in rows
    }


def _independent(cell: str) -> Comparison:
    L, accuracy, distance = _cells()[cell]
    return equals(distance, L * (1 - accuracy ** (1 / L)), tolerance=_READ_OFF)


def _one_edit_at_least(cell: str) -> Comparison:
    _, accuracy, distance = _cells()[cell]
    return at_least(distance, 1 - accuracy, slack=_READ_OFF)


_CELLS = st.deferred(lambda: st.sampled_from(list(_cells())))

CLAIMS = (
    PropertyClaim(
        id="mirage-error-5-independence-as-printed",
        statement="Tokens err independently: where accuracy on L tokens is A, the edit distance of "
        "the same outputs is L (1 - A^(1/L)).",
        source=f"section 2's assumption, held against {PAPER} (digitised)",
        given={"cell": _CELLS},
        compare=_independent,
        expected="fails",
        reason="Errors come in clusters: wrong answers are wrong in several places at once.",
    ),
    PropertyClaim(
        id="mirage-error-5-independence-corrected",
        statement="Whatever the dependence, a wrong answer costs at least one edit: the edit "
        "distance is at least 1 - accuracy.",
        source=f"{PAPER} (digitised), with no assumption",
        given={"cell": _CELLS},
        compare=_one_edit_at_least,
        reason="Only an exact match has distance 0.",
        examples=500,
    ),
)
