"""Tables of scores that keep every rule of `simlab.table.ScoreTable`."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from simlab.errors import UsageError
from simlab.table import ScoreTable
from simlab.testing.families import log_spaced_sizes
from simlab.testing.probabilities import probabilities

_ITEMS = [100, 10, 1000, 64]


def score_tables(
    *,
    max_curves: int = 3,
    min_scales: int = 3,
    max_scales: int = 8,
    missing: bool = False,
    seeds: bool = False,
) -> SearchStrategy[ScoreTable]:
    """Return a strategy of valid tables: several tasks, right answers counted out of n_items.

    Parameters
    ----------
    max_curves : int
        Largest number of tasks, at least 1; all share the scales, as one family's do.
    min_scales, max_scales : int
        Number of scales, at least 1.
    missing : bool
        Let scores be null.
    seeds : bool
        Give each task one to three seeds, each a curve of its own.

    Raises
    ------
    UsageError
        A number is out of its range.

    >>> from hypothesis import find
    >>> find(score_tables(), lambda table: True).frame["score"].to_list()
    [0.0, 0.0, 0.0]
    """
    if max_curves < 1:
        raise UsageError(f"score_tables: {max_curves} curves; give at least 1")
    share: SearchStrategy[float | None] = probabilities()
    if missing:
        share |= st.none()
    shares = st.lists(share, min_size=max_scales, max_size=max_scales)
    replicates = st.lists(
        st.tuples(st.sampled_from(_ITEMS), shares), min_size=1, max_size=3 if seeds else 1
    )
    return st.builds(
        lambda sizes, tasks: _table(sizes, tasks, seeds),
        log_spaced_sizes(min_models=min_scales, max_models=max_scales),
        st.lists(replicates, min_size=1, max_size=max_curves),
    )


def _table(sizes: tuple[float, ...], tasks: list[Any], seeds: bool) -> ScoreTable:
    rows = [
        (size, f"task {t + 1}", seed if seeds else None, n_items,
         None if share is None else int(share * n_items) / n_items)
        for t, replicates in enumerate(tasks)
        for seed, (n_items, shares) in enumerate(replicates)
        for size, share in zip(sizes, shares, strict=False)
    ]  # fmt: skip
    scale, task, seed, n_items, score = (list(column) for column in zip(*rows, strict=True))
    return ScoreTable.from_columns(
        {"family": "drawn", "scale": scale, "task": task, "metric": "accuracy", "score": score,
         "seed": seed, "n_items": n_items, "higher_is_better": True, "source": "drawn"}
    )  # fmt: skip
