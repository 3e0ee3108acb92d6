"""Classifiers: gradients by finite differences, Adam's steps, threads, bad input."""

import math

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.images.synthetic import synthetic_images
from simlab.simulators.training import classifier
from simlab.simulators.training.blas import single_thread_products
from simlab.simulators.training.classifier import (
    predicted_classes,
    standardised,
    train_classifiers,
)
from simlab.simulators.training.hidden_layer import initial_params
from simlab.streams import seed_key
from tests.naive import training as naive

SET = synthetic_images(60, side=4, n_classes=3, class_share=0.5)
IMAGES, LABELS = standardised(SET.values, like=SET.values), SET.labels


def gradient(x, labels, params, width):
    rows = len(x)
    z, back = np.empty((rows, width), np.float32), np.empty((rows, width), np.float32)
    out, grads = np.empty((rows, 3), np.float32), np.full(params.size, np.nan, np.float32)
    with single_thread_products():
        loss = classifier._gradient(x, labels, params, z, out, back, grads)
    return loss, grads


@pytest.mark.parametrize("width", [1, 4, 20])
def test_the_gradient_is_that_of_finite_differences(width):
    x, labels = IMAGES[:7], LABELS[:7]
    params = 3 * initial_params(16, width, 3, key=seed_key(width, "test"))
    loss, grads = gradient(x, labels, params, width)
    start = params.astype(np.float64)

    def of(p):
        return naive.classifier_loss(p, x.tolist(), labels.tolist(), width, 3)

    assert loss == pytest.approx(of(start), rel=1e-5)
    rng = np.random.default_rng(0)
    for i in rng.choice(start.size, min(start.size, 80), replace=False):
        ahead, behind = start.copy(), start.copy()
        ahead[i] += 1e-6
        behind[i] -= 1e-6
        slope = (of(ahead) - of(behind)) / 2e-6
        assert grads[i] == pytest.approx(slope, rel=2e-3, abs=2e-6)


def test_training_is_adam_on_the_images_in_the_drawn_order():
    """Two epochs of three batches, the last of which is short, in double precision."""
    width, x, labels = 3, IMAGES[:10], LABELS[:10]
    found = train_classifiers(x, labels, [width], epochs=2, batch=4, lr=0.01, seed=5)[0]
    key = seed_key(5, "classifier", "start", 16, width, 3)
    p, m, v, t = initial_params(16, width, 3, key=key).astype(np.float64), 0.0, 0.0, 0
    losses = []
    for epoch in range(2):
        order = naive.permutation(int(seed_key(5, "classifier", "order", 10, epoch)), 10)
        total = 0.0
        for start in range(0, 10, 4):
            rows = order[start : start + 4]
            loss, g = gradient(x[rows], labels[rows], p.astype(np.float32), width)
            total += loss * len(rows) / 10
            t += 1
            g = g.astype(np.float64)
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            p = p - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        losses.append(total)
    np.testing.assert_allclose(found.params, p, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found.loss, losses, rtol=1e-4)


def test_a_start_knows_nothing_and_a_wide_one_learns():
    found = train_classifiers(IMAGES, LABELS, [16], epochs=150)[0]
    assert found.loss[0] == pytest.approx(math.log(3), rel=0.4)
    assert found.loss[-1] < 0.05
    assert (predicted_classes(IMAGES, found) == LABELS).all()


def test_standardised_images_have_mean_zero_and_deviation_one():
    found = standardised(IMAGES[:9] * 4 + 7, like=IMAGES * 4 + 7)
    np.testing.assert_allclose(found, standardised(IMAGES[:9], like=IMAGES), atol=1e-5)
    whole = standardised(IMAGES, like=IMAGES).astype(np.float64)
    assert np.abs(whole.mean(axis=0)).max() < 1e-6
    assert (whole**2).mean() == pytest.approx(1, abs=1e-5)
    assert np.isfinite(standardised(np.ones((3, 2)), like=np.ones((3, 2)))).all()


def test_threads_and_other_widths_change_no_bit():
    alone = train_classifiers(IMAGES, LABELS, [3], epochs=5)[0]
    for threads in (1, 2):
        several = train_classifiers(IMAGES, LABELS, [1, 3, 20], epochs=5, threads=threads)
        assert [one.width for one in several] == [1, 3, 20]
        assert several[1].params.tolist() == alone.params.tolist()


def test_a_rate_that_diverges_names_its_epoch_and_keeps_the_curve():
    found = train_classifiers(IMAGES, LABELS, [2], epochs=40, lr=1e30)[0]
    assert found.diverged_at is not None
    assert len(found.loss) == found.diverged_at - 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"widths": [0]}, "widths 0: give different whole numbers from 1"),
        ({"labels": LABELS[:-1]}, "labels: give 60 classes, whole numbers from 0"),
        ({"labels": LABELS - 1}, "labels: give 60 classes"),
        ({"labels": LABELS * 1.0}, "labels: give 60 classes"),
        ({"labels": LABELS * 0}, "labels: all of one class"),
        ({"images": IMAGES[0]}, r"images: shape \(16,\)"),
        ({"lr": 0.0}, "lr 0: give a number above 0"),
    ],
)
def test_bad_input_is_one_line_that_names_it(given, message):
    with pytest.raises(UsageError, match=message):
        train_classifiers(
            **{"images": IMAGES, "labels": LABELS, "widths": [1], "epochs": 1, **given}
        )
