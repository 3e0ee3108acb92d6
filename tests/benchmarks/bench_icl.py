"""Ridge regression at every prefix of a prompt, against NumPy's batched solver."""

from typing import Any

import numpy as np

from simlab.simulators.in_context.comparison import BLOCK
from simlab.simulators.in_context.recursive import ridge
from simlab.simulators.in_context.tasks import draw_tasks
from simlab.streams import seed_key
from tests.benchmarks.measure import Limit, SideBySide, count

POINTS, SIGMA = 41, 0.25
PENALTY = SIGMA * SIGMA


def ours(blocks: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Predictions of all tasks, (n_points, n_tasks)."""
    found = [np.empty_like(y) for _, y in blocks]
    for (x, y), prediction in zip(blocks, found, strict=True):
        ridge(x, y, PENALTY, prediction)
    return np.concatenate(found, axis=1)


def batched_solve(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The same for x (n_tasks, n_points, d): at each prefix, the normal equations of all tasks.

    Sums kept from prefix to prefix, and one call for all prefixes, were tried and are slower.
    """
    n_tasks, n_points, d = x.shape
    found, penalty = np.zeros((n_points, n_tasks)), PENALTY * np.eye(d)
    for i in range(1, n_points):
        seen = x[:, :i]
        turned = seen.transpose(0, 2, 1)
        w = np.linalg.solve(turned @ seen + penalty, turned @ y[:, :i, None])[..., 0]
        found[i] = (w * x[:, i]).sum(axis=1)
    return found


def benchmarks(quick: bool) -> list[SideBySide | Limit]:
    found: list[SideBySide | Limit] = []
    for d, n_tasks in ((8, 100_000), (20, 25_000)):
        n_tasks = n_tasks // 50 if quick else n_tasks
        n_peer = max(n_tasks // 5, 100)
        key = seed_key(0, "benchmark", d)
        blocks = [
            draw_tasks("gaussian", d, POINTS, min(BLOCK, n_tasks - i), key=key, first=i)[::2]
            for i in range(0, n_tasks, BLOCK)
        ]
        points, _, values = draw_tasks("gaussian", d, POINTS, n_peer, key=key)
        x, y = np.ascontiguousarray(points.transpose(2, 0, 1)), np.ascontiguousarray(values.T)

        def run(blocks: Any = blocks) -> np.ndarray:
            return ours(blocks)

        def peer(x: Any = x, y: Any = y) -> np.ndarray:
            return batched_solve(x, y)

        def check(a: np.ndarray, b: np.ndarray) -> None:
            np.testing.assert_allclose(a[:, : b.shape[1]], b, rtol=1e-8, atol=1e-8)

        found.append(
            SideBySide(
                name=f"ridge at {POINTS} prefixes, d = {d}, {count(n_tasks)} tasks",
                unit="task",
                ours=run,
                work=n_tasks,
                peer=peer,
                peer_name="numpy.linalg.solve",
                peer_work=n_peer,
                goal=50.0,
                check=check,
            )
        )
    return found
