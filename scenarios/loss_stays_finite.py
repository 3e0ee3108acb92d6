"""The claim of every scenario that trains: no loss leaves the numbers."""

from collections.abc import Sequence

import polars as pl

from simlab.claims.claim import Claim, holds


def loss_stays_finite(
    frame: pl.DataFrame, *, network: str, named: Sequence[str], when: str
) -> Claim:
    """Return the claim that no network diverged; the curve of one that did ends before.

    Parameters
    ----------
    frame : polars.DataFrame
        Rows of scores with the column ``diverged_at``, null where the loss stayed a number.
    network : str
        What the loss is of.
    named : sequence of str
        Columns that name it.
    when : str
        What ``diverged_at`` counts, with its preposition: "in epoch".

    >>> frame = pl.DataFrame({"model": ["H=1", "H=2"], "diverged_at": [None, 3]})
    >>> claim = loss_stays_finite(frame, network="width", named=["model"], when="in epoch")
    >>> claim.verdict, claim.observed
    ('fail', 'H=2: no number in epoch 3; take a smaller --lr')
    """
    lost = frame.filter(pl.col("diverged_at").is_not_null()).sort("diverged_at")
    unit = when.split()[-1]
    observed = expected = f"no {unit} without"
    if lost.height:
        first = lost.row(0, named=True)
        who = ", ".join(first[column] for column in named)
        observed = f"{who}: no number {when} {first['diverged_at']}; take a smaller --lr"
    return holds(
        "finite",
        f"The loss of every {network} stays a number",
        passed=lost.is_empty(),
        observed=observed,
        expected=expected,
        source=f"every {unit} of training",
    )
