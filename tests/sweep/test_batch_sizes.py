"""Batches are large enough for their overhead, and never too large."""

from hypothesis import given
from hypothesis import strategies as st

from simlab.sweep.batch_sizes import LONGEST, SHARE, BatchSizes

SECONDS = st.floats(1e-6, 1e3)


@given(
    overhead=st.floats(1e-4, 1e-2),
    slots=st.integers(1, 64),
    cells=st.integers(1, 10**6),
    times=st.lists(SECONDS, min_size=1, max_size=30),
)
def test_sizes_are_possible_and_bounded(
    overhead: float, slots: int, cells: int, times: list[float]
) -> None:
    sizes = BatchSizes(overhead=overhead, slots=slots)
    assert sizes.next(cells) == 1
    for seconds in times:
        sizes.measured(1, seconds)
        size = sizes.next(cells)
        assert 1 <= size <= cells
        assert size == 1 or (size - 1) * seconds <= max(LONGEST, overhead / SHARE)


@given(overhead=st.floats(1e-4, 1e-2), slots=st.integers(1, 8), seconds=st.floats(1e-5, 1.0))
def test_a_long_sweep_spends_little_on_scheduling(
    overhead: float, slots: int, seconds: float
) -> None:
    sizes = BatchSizes(overhead=overhead, slots=slots)
    cells = remaining = 10 * slots * int(1 + 1 / seconds)
    batches = 0
    while remaining:
        size = sizes.next(remaining)
        sizes.measured(size, size * seconds)
        remaining -= size
        batches += 1
    warm_up = 2 * slots + 8
    assert (batches - warm_up) * overhead <= 1.01 * SHARE * cells * seconds


def test_a_first_cell_that_compiles_is_forgotten() -> None:
    sizes = BatchSizes(overhead=0.001, slots=1)
    sizes.measured(1, 30.0)
    assert sizes.next(10**6) == 1
    sizes.measured(1, 1e-4)
    assert [sizes.next(10**6) for _ in range(5)] == [8, 64, 512, 4096, 5000]
