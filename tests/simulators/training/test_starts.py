"""Where a run starts: weights by counter, and every order equally likely."""

from collections import Counter

import numpy as np

from simlab.simulators.training.starts import fill_normal, shuffle
from simlab.streams import normal


def test_weights_are_draws_by_counter():
    out = np.empty(100, np.float32)
    fill_normal(np.uint64(5), 0.5, out)
    expected = [np.float32(0.5 * normal(np.uint64(5), np.uint64(i))) for i in range(100)]
    assert out.tolist() == expected


def test_all_orders_of_four_are_as_likely():
    seen = Counter()
    for key in range(24_000):
        items = np.arange(4, dtype=np.int32)
        shuffle(np.uint64(key), items)
        seen[tuple(items.tolist())] += 1
    assert len(seen) == 24
    statistic = sum((n - 1000) ** 2 / 1000 for n in seen.values())
    assert statistic < 49.7  # 99.9% point of chi-squared with 23 degrees of freedom
