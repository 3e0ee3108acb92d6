"""SGD on sparse parities: PyTorch, PyTorch compiled, and NumPy, on the same network and loss."""

from collections.abc import Callable
from typing import Any

import numpy as np

from simlab.simulators.training import parity
from simlab.simulators.training.parity import initial_network, parity_inputs
from simlab.streams import seed_key
from tests.benchmarks.measure import Limit, SideBySide

N, K, WIDTH, BATCH, LR, DECAY = 50, 3, 100, 32, 0.1, 0.01
F32 = np.float32
START = initial_network(N, WIDTH, key=seed_key(0, "benchmark", "start"))
INPUTS = seed_key(0, "benchmark", "inputs")


def ours(steps: int) -> np.ndarray:
    """Train for ``steps`` steps; return the first layer."""
    net = [p.copy() for p in START]
    x, y, z = np.empty((BATCH, N), F32), np.empty(BATCH, F32), np.empty((BATCH, WIDTH), F32)
    out, slope, step = np.empty(BATCH, F32), np.empty(WIDTH, F32), np.empty((N, WIDTH), F32)
    keep = F32(1.0 - LR * DECAY)
    parity._train(INPUTS, 0, steps, K, *net, F32(LR), keep, x, y, z, out, slope, step)
    return net[0]


def numpy_sgd(steps: int, *, same_inputs: bool = False) -> np.ndarray:
    """The same in NumPy, single precision throughout, updates in place."""
    w, b, u, beta = (p.copy() for p in START)
    rng = np.random.Generator(np.random.SFC64(0))
    keep = F32(1.0 - LR * DECAY)
    for t in range(steps):
        if same_inputs:
            x, y = parity_inputs(N, K, BATCH, key=INPUTS, first=t * BATCH)
        else:
            bits = np.unpackbits(rng.integers(0, 256, (BATCH, -(-N // 8)), np.uint8), axis=1)
            x = F32(1) - F32(2) * bits[:, :N].astype(F32)
            y = x[:, :K].prod(axis=1)
        z = np.maximum(x @ w + b, 0)
        out = z @ u + beta
        g = np.where(y * out < 1, y, 0).astype(F32) * F32(LR / BATCH)
        back = np.outer(g, u)
        back *= z > 0
        slope = g @ z
        w *= keep
        w += x.T @ back
        u *= keep
        u += slope
        b *= keep
        b += back.sum(axis=0)
        beta *= keep
        beta += g.sum()
    return w


def torch_sgd(steps: int, *, compiled: bool, same_inputs: bool = False) -> Callable[[], np.ndarray]:
    """The same as a module and `torch.optim.SGD`; made outside of the timing."""
    import torch

    torch.set_num_threads(1)
    model = torch.nn.Sequential(
        torch.nn.Linear(N, WIDTH), torch.nn.ReLU(), torch.nn.Linear(WIDTH, 1)
    )

    def loss_of(x: Any, y: Any) -> Any:
        return torch.clamp(1.0 - y * model(x)[:, 0], min=0.0).mean()

    loss_fn = torch.compile(loss_of) if compiled else loss_of

    def train() -> np.ndarray:
        with torch.no_grad():
            for p, value in zip(
                model.parameters(),
                (START.w.T, START.b, START.u[None], START.beta),
                strict=True,
            ):
                p.copy_(torch.from_numpy(np.ascontiguousarray(value)))
        optimiser = torch.optim.SGD(model.parameters(), lr=LR, weight_decay=DECAY)
        torch.manual_seed(0)
        for t in range(steps):
            if same_inputs:
                x, y = map(
                    torch.from_numpy, parity_inputs(N, K, BATCH, key=INPUTS, first=t * BATCH)
                )
            else:
                x = torch.randint(0, 2, (BATCH, N)).float() * 2.0 - 1.0
                y = x[:, :K].prod(dim=1)
            optimiser.zero_grad()
            loss_fn(x, y).backward()
            optimiser.step()
        return next(model.parameters()).detach().numpy().T.copy()

    return train


def agree(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Twenty steps on the same inputs leave the same weights, to 1e-5 of the largest."""
    assert np.abs(ours - theirs).max() < 1e-5 * np.abs(ours).max()


def benchmarks(quick: bool) -> list[SideBySide | Limit]:
    steps = 500 if quick else 3000
    peers: dict[str, tuple[Callable[[int, bool], Callable[[], np.ndarray]], float | None]] = {
        "PyTorch": (lambda m, s: torch_sgd(m, compiled=False, same_inputs=s), 30.0),
        "torch.compile": (lambda m, s: torch_sgd(m, compiled=True, same_inputs=s), None),
        "NumPy": (lambda m, s: lambda: numpy_sgd(m, same_inputs=s), 6.0),
    }

    def side(name: str) -> SideBySide:
        make, goal = peers[name]
        train: list[Callable[[], np.ndarray]] = []

        def peer() -> np.ndarray:
            if not train:
                train.append(make(steps // 10, False))
            return train[0]()

        def check(_: Any, __: Any) -> None:
            agree(ours(20), make(20, True)())

        return SideBySide(
            name=f"sparse parity, n {N}, k {K}, width {WIDTH}, {name}",
            unit="step",
            ours=lambda: ours(steps),
            work=steps,
            peer=peer,
            peer_name=name,
            peer_work=steps // 10,
            goal=goal,
            check=check,
        )

    return [side(name) for name in peers]
