"""How many cells go into the next batch: enough that scheduling costs little, few at the end."""

import math

SHARE = 0.05
"""Scheduling may cost at most this share of a batch."""
LONGEST = 0.5
"""Seconds that a batch should take at most: so much is lost with a worker, or waits at Ctrl-C."""
_GROWTH = 8


class BatchSizes:
    """Sizes of batches from the measured time of a cell.

    The first batches are single cells. Their time may hold the compilation of kernels, so a size
    follows the batch that was measured last. Towards the end batches become smaller, so that all
    workers end together.

    Parameters
    ----------
    overhead : float
        Seconds that scheduling one batch costs.
    slots : int
        Batches that are computed at once.
    """

    def __init__(self, *, overhead: float, slots: int) -> None:
        self.overhead, self.slots = overhead, slots
        self._cell_seconds = math.inf
        self._last = 1

    def measured(self, n_cells: int, seconds: float) -> None:
        """Note that a batch of ``n_cells`` took ``seconds`` on its worker."""
        if n_cells:
            self._cell_seconds = max(seconds / n_cells, 1e-7)

    def next(self, remaining: int) -> int:
        """Return the size of the next batch, of ``remaining`` cells.

        >>> sizes = BatchSizes(overhead=0.001, slots=2)
        >>> sizes.next(1000)
        1
        >>> sizes.measured(1, 0.0005)
        >>> [sizes.next(n) for n in (1000, 900, 800, 100)]
        [8, 64, 100, 40]
        """
        least = math.ceil(self.overhead / SHARE / self._cell_seconds)
        most = int(LONGEST / self._cell_seconds)
        fair = math.ceil(remaining / (4 * self.slots))
        size = max(min(fair, most), least, 1)
        self._last = min(size, _GROWTH * self._last, remaining)
        return self._last
