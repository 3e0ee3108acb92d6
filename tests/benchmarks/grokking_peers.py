"""The training loops that everybody writes for modular arithmetic: PyTorch's and NumPy's.

Each is made from a task and first weights (A, B, W of `simlab.simulators.modular_network`), and is
a function that takes so many steps of AdamW on all training pairs and returns the weights.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from simlab.simulators.modular_arithmetic import ModularTask
from simlab.simulators.training.adamw import AdamW

Train = Callable[[int], np.ndarray]


def _torch() -> Any:
    import torch

    torch.set_num_threads(1)
    return torch


def _pairs(torch: Any, task: ModularTask) -> tuple[Any, Any, Any]:
    arrays = (task.x, task.y, task.answer)
    return tuple(torch.from_numpy(a[task.train].astype(np.int64)) for a in arrays)


def _optimiser(torch: Any, parameters: Any, c: AdamW, **more: Any) -> Any:
    return torch.optim.AdamW(
        parameters,
        lr=c.lr,
        betas=(c.beta1, c.beta2),
        eps=c.eps,
        weight_decay=c.weight_decay,
        **more,
    )


def torch_embeddings(
    task: ModularTask, first: np.ndarray, c: AdamW, *, compiled: bool = False, fused: bool = False
) -> Train:
    """Return the loop with embedding layers, as eager PyTorch or compiled."""
    torch = _torch()
    p, width = first.shape[1:]

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = torch.nn.Embedding(p, width)
            self.b = torch.nn.Embedding(p, width)
            self.w = torch.nn.Linear(width, p, bias=False)

        def forward(self, x: Any, y: Any) -> Any:
            return self.w((self.a(x) + self.b(y)).square())

    network = Network()
    weights = (network.a.weight, network.b.weight, network.w.weight)
    with torch.no_grad():
        for weight, value in zip(weights, first, strict=True):
            weight.copy_(torch.from_numpy(value))
    x, y, answer = _pairs(torch, task)
    forward = torch.compile(network) if compiled else network
    optimiser = _optimiser(torch, network.parameters(), c, **({"fused": True} if fused else {}))

    def train(steps: int) -> np.ndarray:
        for _ in range(steps):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(forward(x, y), answer).backward()
            optimiser.step()
        return np.stack([weight.detach().numpy() for weight in weights])

    return train


def torch_dense(task: ModularTask, first: np.ndarray, c: AdamW) -> Train:
    """Return the loop on one-hot inputs: two linear layers."""
    torch = _torch()
    p, width = first.shape[1:]
    one_hot = torch.nn.functional.one_hot
    x, y, answer = _pairs(torch, task)
    inputs = torch.cat([one_hot(x, p), one_hot(y, p)], 1).float()
    below = torch.nn.Linear(2 * p, width, bias=False)
    above = torch.nn.Linear(width, p, bias=False)
    with torch.no_grad():
        below.weight.copy_(torch.from_numpy(np.concatenate(first[:2]).T.copy()))
        above.weight.copy_(torch.from_numpy(first[2]))
    optimiser = _optimiser(torch, [below.weight, above.weight], c)

    def train(steps: int) -> np.ndarray:
        for _ in range(steps):
            optimiser.zero_grad()
            logits = above(below(inputs).square())
            torch.nn.functional.cross_entropy(logits, answer).backward()
            optimiser.step()
        embeddings = below.weight.detach().numpy().T.reshape(2, p, width)
        return np.concatenate([embeddings, above.weight.detach().numpy()[None]])

    return train


def torch_gradient(
    task: ModularTask, weights: np.ndarray, *, relu: bool, squared: bool
) -> np.ndarray:
    """Return PyTorch's gradient of the mean loss over the training pairs at ``weights``."""
    torch = _torch()
    a, b, w = (torch.tensor(value, requires_grad=True) for value in weights)
    x, y, answer = _pairs(torch, task)
    z = a[x] + b[y]
    logits = (z.relu() if relu else z.square()) @ w.T
    if squared:
        target = torch.nn.functional.one_hot(answer, len(w)).float()
        loss = torch.nn.functional.mse_loss(logits, target)
    else:
        loss = torch.nn.functional.cross_entropy(logits, answer)
    loss.backward()
    return np.stack([value.grad.numpy() for value in (a, b, w)])


def numpy_loop(task: ModularTask, first: np.ndarray, c: AdamW) -> Train:
    """Return the loop in NumPy: embeddings looked up, their gradients by one-hot products."""
    p = first.shape[1]
    weights = [value.copy() for value in first]
    moments = [(np.zeros_like(value), np.zeros_like(value)) for value in first]
    x, y, answer = (values[task.train] for values in (task.x, task.y, task.answer))
    unit = np.eye(p, dtype=np.float32)
    of_x, of_y, target = unit[x].T.copy(), unit[y].T.copy(), unit[answer]
    f32, step = np.float32, 0

    def train(steps: int) -> np.ndarray:
        nonlocal step
        a, b, w = weights
        for _ in range(steps):
            step += 1
            z = a[x] + b[y]
            hidden = z * z
            logits = hidden @ w.T
            logits -= logits.max(1, keepdims=True)
            np.exp(logits, out=logits)
            logits /= logits.sum(1, keepdims=True)
            logits -= target
            logits /= f32(len(x))
            back = logits @ w
            back *= z
            back *= f32(2)
            grads = (of_x @ back, of_y @ back, logits.T @ hidden)
            rate = f32(c.lr / (1 - c.beta1**step))
            root = f32(1 / np.sqrt(1 - c.beta2**step))
            for weight, grad, (m, v) in zip(weights, grads, moments, strict=True):
                m *= f32(c.beta1)
                m += f32(1 - c.beta1) * grad
                v *= f32(c.beta2)
                v += f32(1 - c.beta2) * grad * grad
                weight *= f32(1 - c.lr * c.weight_decay)
                weight -= rate * m / (np.sqrt(v) * root + f32(c.eps))
        return np.stack(weights)

    return train
