"""Autoencoders: gradients by finite differences, Adam's steps, the floor, threads, bad input."""

import math

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.images.synthetic import synthetic_images
from simlab.simulators.training import autoencoder
from simlab.simulators.training.autoencoder import reconstruct, train_autoencoders
from simlab.simulators.training.blas import single_thread_products
from simlab.simulators.training.hidden_layer import initial_params
from simlab.simulators.training.principal_components import principal_floor
from simlab.streams import seed_key
from tests.naive import training as naive

IMAGES = synthetic_images(60, side=4).values


def gradient(x, params, width):
    rows, n = x.shape
    z, back = np.empty((rows, width), np.float32), np.empty((rows, width), np.float32)
    out, grads = np.empty((rows, n), np.float32), np.full(params.size, np.nan, np.float32)
    with single_thread_products():
        loss = autoencoder._gradient(x, params, z, out, back, grads)
    return float(loss), grads


@pytest.mark.parametrize("width", [1, 3, 20])
def test_the_gradient_is_that_of_finite_differences(width):
    x = IMAGES[:7]
    params = initial_params(16, width, 16, key=seed_key(width, "test"))
    loss, grads = gradient(x, params, width)
    start = params.astype(np.float64)
    assert loss == pytest.approx(naive.autoencoder_loss(start, x.tolist(), width), rel=1e-5)
    rng = np.random.default_rng(0)
    for i in rng.choice(start.size, min(start.size, 80), replace=False):
        ahead, behind = start.copy(), start.copy()
        ahead[i] += 1e-6
        behind[i] -= 1e-6
        ends = [naive.autoencoder_loss(p, x.tolist(), width) for p in (ahead, behind)]
        assert grads[i] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=2e-3, abs=1e-6)


def test_training_is_adam_on_the_images_in_the_drawn_order():
    """Two epochs of three batches, the last of which is short, in double precision."""
    width, x = 3, IMAGES[:10]
    found = train_autoencoders(x, [width], epochs=2, batch=4, lr=0.01, seed=5)[0]
    params = initial_params(16, width, 16, key=seed_key(5, "autoencoder", "start", 16, width))
    p, m, v, t = params.astype(np.float64), 0.0, 0.0, 0
    losses = []
    for epoch in range(2):
        key = int(seed_key(5, "autoencoder", "order", 10, epoch))
        order, total = naive.permutation(key, 10), 0.0
        for start in range(0, 10, 4):
            rows = x[order[start : start + 4]]
            loss, g = gradient(rows, p.astype(np.float32), width)
            total += loss * len(rows) / 10
            t += 1
            g = g.astype(np.float64)
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            p = p - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        losses.append(total)
    np.testing.assert_allclose(found.params, p, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found.loss, losses, rtol=1e-4)


def test_no_width_beats_principal_components_and_wide_ones_reconstruct():
    widths = (1, 2, 5, 12, 16, 24)
    floor = principal_floor(IMAGES, widths)
    found = train_autoencoders(IMAGES, widths, epochs=400, batch=20)
    errors = [((reconstruct(IMAGES, one) - IMAGES) ** 2).mean() for one in found]
    assert all(e >= f - 1e-7 for e, f in zip(errors, floor, strict=True))
    assert naive.never_falls(errors[::-1][1:])
    assert errors[1] < 1.25 * floor[1]
    assert errors[-1] < 0.05 * errors[0]


def test_principal_floor_is_what_components_leave():
    x = np.random.default_rng(2).normal(size=(40, 6)) @ np.diag([5, 3, 2, 1, 0.5, 0.1])
    other = np.random.default_rng(3).normal(size=(9, 6))
    centred = x - x.mean(axis=0)
    _, size, axes = np.linalg.svd(centred, full_matrices=False)
    floor = principal_floor(x, range(8))
    assert floor == pytest.approx([*(np.cumsum(size[::-1] ** 2)[::-1] / x.size), 0, 0])
    shown = principal_floor(x, [2], shown=other)
    shift = other - x.mean(axis=0)
    rest = shift - shift @ axes[:2].T @ axes[:2]
    assert shown == pytest.approx([(rest**2).mean()])


def test_threads_and_other_widths_change_no_bit():
    alone = train_autoencoders(IMAGES, [3], epochs=5)[0]
    for threads in (1, 2):
        several = train_autoencoders(IMAGES, [1, 3, 20], epochs=5, threads=threads)
        assert [one.width for one in several] == [1, 3, 20]
        assert several[1].params.tolist() == alone.params.tolist()
        assert several[1].loss.tolist() == alone.loss.tolist()


def test_a_rate_that_diverges_names_its_epoch_and_keeps_the_curve():
    found = train_autoencoders(IMAGES, [2], epochs=40, lr=1e30)[0]
    assert found.diverged_at is not None
    assert len(found.loss) == found.diverged_at - 1
    assert np.isfinite(found.loss).all()


def test_progress_reaches_the_end():
    seen = []
    found = train_autoencoders(
        IMAGES, [1, 4], epochs=3, progress=lambda share, loss: seen.append((share, loss))
    )
    shares, losses = zip(*seen, strict=True)
    assert shares[-1] == 1.0
    assert naive.never_falls(shares)
    assert sorted(losses) == sorted([*found[0].loss, *found[1].loss])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"widths": [0, 4]}, "widths 0 4: give different whole numbers from 1"),
        ({"widths": [4, 4]}, "widths 4 4: "),
        ({"widths": []}, "widths : "),
        ({"epochs": 0}, "epochs 0: give at least 1"),
        ({"batch": 0}, "batch 0: give at least 1"),
        ({"lr": math.nan}, "lr nan: give a number above 0"),
        ({"images": np.zeros(4, np.float32)}, r"images: shape \(4,\)"),
    ],
)
def test_bad_input_is_one_line_that_names_it(given, message):
    with pytest.raises(UsageError, match=message):
        train_autoencoders(**{"images": IMAGES, "widths": [1], "epochs": 1, **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fitted": [1.0, 2.0]}, r"images of shapes \(2,\)"),
        ({"shown": [[1.0]]}, r"images of shapes \(2, 2\) and \(1, 1\)"),
        ({"widths": [-1]}, "widths -1: give numbers from 0"),
    ],
)
def test_bad_input_of_the_floor(given, message):
    with pytest.raises(UsageError, match=message):
        principal_floor(**{"fitted": [[1.0, 2.0], [3.0, 4.0]], "widths": [1], **given})
