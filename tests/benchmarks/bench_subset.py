"""A family of classifiers on scikit-learn's digits, against PyTorch width by width."""

from typing import Any

import numpy as np

from simlab.images.digits import digits
from simlab.simulators.training.classifier import (
    Classifier,
    standardised,
    train_classifiers,
)
from simlab.simulators.training.hidden_layer import SLOPE, initial_params
from simlab.simulators.training.starts import shuffle
from simlab.streams import seed_key
from tests.benchmarks.measure import Limit, SideBySide

WIDTHS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)
LR, BATCH, CLASSES = 3e-3, 64, 10


def torch_family(
    images: np.ndarray, labels: np.ndarray, epochs: int, *, same_order: bool = False
) -> list[np.ndarray]:
    """One module a width, `torch.optim.Adam`; first layers of all, as (n_values, width)."""
    import torch

    torch.set_num_threads(1)
    x, y = torch.from_numpy(images), torch.from_numpy(labels)
    n_images, n = images.shape
    found = []
    for width in WIDTHS:
        key = seed_key(0, "classifier", "start", n, width, CLASSES)
        start = initial_params(n, width, CLASSES, key=key)
        first, b, second, c = np.split(start, np.cumsum([n * width, width, width * CLASSES]))
        values = (first.reshape(n, width).T, b, second.reshape(width, CLASSES).T, c)
        model = torch.nn.Sequential(
            torch.nn.Linear(n, width),
            torch.nn.LeakyReLU(float(SLOPE)),
            torch.nn.Linear(width, CLASSES),
        )
        with torch.no_grad():
            for p, value in zip(model.parameters(), values, strict=True):
                p.copy_(torch.from_numpy(np.ascontiguousarray(value)))
        optimiser = torch.optim.Adam(model.parameters(), lr=LR)
        loss_fn = torch.nn.CrossEntropyLoss()
        for epoch in range(epochs):
            if same_order:
                held = np.arange(n_images, dtype=np.int32)
                shuffle(seed_key(0, "classifier", "order", n_images, epoch), held)
                order = torch.from_numpy(held.astype(np.int64))
            else:
                order = torch.randperm(n_images)
            for at in range(0, n_images, BATCH):
                rows = order[at : at + BATCH]
                optimiser.zero_grad()
                loss_fn(model(x[rows]), y[rows]).backward()
                optimiser.step()
        found.append(next(model.parameters()).detach().numpy().T.copy())
    return found


def benchmarks(quick: bool) -> list[SideBySide | Limit]:
    epochs = 10 if quick else 60
    n_peer = epochs // 5
    state: dict[str, Any] = {}

    def data() -> tuple[np.ndarray, np.ndarray]:
        if not state:
            found = digits()
            state["x"] = standardised(found.values, like=found.values)
            state["y"] = found.labels
        return state["x"], state["y"]

    def ours(n: int = epochs, rows: int | None = None) -> list[Classifier]:
        x, y = data()
        return train_classifiers(x[:rows], y[:rows], WIDTHS, epochs=n, lr=LR, batch=BATCH)

    def same_steps(*_: Any) -> None:
        """Twenty steps from one start on the same batches leave the same weights, to 1e-5."""
        x, y = data()
        rows = 20 * BATCH
        theirs = torch_family(x[:rows], y[:rows], 1, same_order=True)
        for one, w in zip(ours(1, rows), theirs, strict=True):
            own = one.params[: w.size].reshape(w.shape)
            assert np.abs(own - w).max() < 1e-5 * np.abs(w).max(), one.width

    return [
        SideBySide(
            name=f"classifiers of {len(WIDTHS)} widths on digits, PyTorch",
            unit="epoch",
            ours=ours,
            work=epochs,
            peer=lambda: torch_family(*data(), n_peer),
            peer_name="PyTorch",
            peer_work=n_peer,
            check=same_steps,
        )
    ]
