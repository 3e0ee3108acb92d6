"""A family of autoencoders on scikit-learn's digits: PyTorch width by width, and scikit-learn."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from simlab.images.digits import digits
from simlab.simulators.training.autoencoder import Autoencoder, train_autoencoders
from simlab.simulators.training.hidden_layer import SLOPE, initial_params
from simlab.simulators.training.starts import shuffle
from simlab.streams import seed_key
from tests.benchmarks.measure import Limit, SideBySide

WIDTHS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128)
LR, BATCH = 3e-3, 64


def torch_family(images: np.ndarray, epochs: int, *, same_order: bool = False) -> list[np.ndarray]:
    """One module a width, `torch.optim.Adam`; first layers of all, as (n_values, width)."""
    import torch

    torch.set_num_threads(1)
    x = torch.from_numpy(images)
    n_images, n = images.shape
    found = []
    for width in WIDTHS:
        start = initial_params(n, width, n, key=seed_key(0, "autoencoder", "start", n, width))
        first, b, second, c = np.split(start, np.cumsum([n * width, width, n * width]))
        values = (first.reshape(n, width).T, b, second.reshape(width, n).T, c)
        model = torch.nn.Sequential(
            torch.nn.Linear(n, width), torch.nn.LeakyReLU(float(SLOPE)), torch.nn.Linear(width, n)
        )
        with torch.no_grad():
            for p, value in zip(model.parameters(), values, strict=True):
                p.copy_(torch.from_numpy(np.ascontiguousarray(value)))
        optimiser = torch.optim.Adam(model.parameters(), lr=LR)
        loss_fn = torch.nn.MSELoss()
        for epoch in range(epochs):
            if same_order:
                held = np.arange(n_images, dtype=np.int32)
                shuffle(seed_key(0, "autoencoder", "order", n_images, epoch), held)
                order = torch.from_numpy(held.astype(np.int64))
            else:
                order = torch.randperm(n_images)
            for at in range(0, n_images, BATCH):
                rows = x[order[at : at + BATCH]]
                optimiser.zero_grad()
                loss_fn(model(rows), rows).backward()
                optimiser.step()
        found.append(next(model.parameters()).detach().numpy().T.copy())
    return found


def sklearn_family(images: np.ndarray, epochs: int) -> list[Any]:
    """`MLPRegressor` from the images to themselves, width by width."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    def fit(width: int) -> Any:
        model = MLPRegressor(
            hidden_layer_sizes=(width,),
            solver="adam",
            alpha=0.0,
            batch_size=BATCH,
            learning_rate_init=LR,
            max_iter=epochs,
            tol=0.0,
            n_iter_no_change=epochs + 1,
            random_state=0,
        )
        with warnings.catch_warnings():  # it is told when to stop
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(images, images)

    return [fit(width) for width in WIDTHS]


def benchmarks(quick: bool) -> list[SideBySide | Limit]:
    epochs = 6 if quick else 60
    state: dict[str, np.ndarray] = {}

    def images() -> np.ndarray:
        if not state:
            state["images"] = digits().values
        return state["images"]

    def ours(n: int = epochs, rows: int | None = None) -> list[Autoencoder]:
        return train_autoencoders(images()[:rows], WIDTHS, epochs=n, lr=LR, batch=BATCH)

    def same_steps(*_: Any) -> None:
        """Twenty steps from one start on the same batches leave the same weights, to 1e-5."""
        mine, theirs = ours(1, 20 * BATCH), torch_family(images()[: 20 * BATCH], 1, same_order=True)
        for one, w in zip(mine, theirs, strict=True):
            own = one.params[: w.size].reshape(w.shape)
            assert np.abs(own - w).max() < 1e-5 * np.abs(w).max(), one.width

    def same_quality(_: Any, theirs: list[Any]) -> None:
        """As many epochs leave an error of the same size; its ReLU dies in the narrow ones."""
        for one, model in zip(ours(n_peer), theirs, strict=True):
            if one.width >= 12:
                assert 0.5 < one.loss[-1] / (2.0 * model.loss_) < 2.0, one.width

    sides: tuple[tuple[str, Callable[[int], Any], float, Callable[[Any, Any], None]], ...] = (
        ("PyTorch", lambda n: torch_family(images(), n), 8.0, same_steps),
        ("scikit-learn", lambda n: sklearn_family(images(), n), 6.0, same_quality),
    )
    n_peer = epochs if quick else epochs // 6
    return [
        SideBySide(
            name=f"autoencoders of {len(WIDTHS)} widths on digits, {peer_name}",
            unit="epoch",
            ours=ours,
            work=epochs,
            peer=lambda family=family: family(n_peer),
            peer_name=peer_name,
            peer_work=n_peer,
            goal=goal,
            check=check,
        )
        for peer_name, family, goal, check in sides
    ]
