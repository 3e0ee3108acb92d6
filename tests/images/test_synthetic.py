"""Synthetic images: their spectrum, classes, seeds; and how a set is split."""

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.images.image_set import split
from simlab.images.synthetic import one_over_f_fields, synthetic_images
from simlab.streams import seed_key


def test_fields_have_the_stated_spectrum_and_variance():
    side, n = 16, 4000
    fields = one_over_f_fields(n, side=side, key=seed_key(0, "spectrum"))
    power = (np.abs(np.fft.fft2(fields)) ** 2).mean(axis=0)
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    flat = (power * f**2)[f > 0]
    # a power of a mode has the mean's size as its deviation (sqrt 2 of it for real modes)
    assert np.abs(flat / flat.mean() - 1).max() < 6 * np.sqrt(2 / n)
    assert power[0, 0] < 1e-20
    slope = np.polyfit(np.log(f[f > 0]), np.log(power[f > 0]), 1)[0]
    assert slope == pytest.approx(-2, abs=0.05)
    assert fields.var() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("side", [5, 8])
def test_values_are_shares_of_one_and_more_images_leave_the_first_as_they_were(side):
    few, many = (synthetic_images(n, side=side, seed=3) for n in (5, 40))
    assert few.values.tolist() == many.values[:5].tolist()
    assert few.values.dtype == np.float32
    assert 0 <= many.values.min() < 0.5 < many.values.max() <= 1
    assert few.values.tolist() != synthetic_images(5, side=side, seed=4).values.tolist()


def test_classes_share_as_much_as_stated():
    images = synthetic_images(6000, side=6, n_classes=3, class_share=0.5)
    assert images.n_classes == 3
    assert np.bincount(images.labels).tolist() == [2000] * 3
    x = images.values.astype(np.float64)
    means = np.stack([x[images.labels == k].mean(axis=0) for k in range(3)])
    within = np.mean([x[images.labels == k].var(axis=0).mean() for k in range(3)])
    assert within == pytest.approx(0.5 * 0.2**2, rel=0.1)
    assert means.var(axis=0).mean() > 0.2 * 0.2**2  # of three draws
    whole = synthetic_images(30, side=6, n_classes=3, class_share=1.0)
    assert (whole.values[0] == whole.values[3]).all()


def test_a_split_holds_each_image_once():
    images = synthetic_images(101, side=4, n_classes=4)
    train, test = split(images, seed=1)
    assert (len(train.values), len(test.values)) == (81, 20)
    both = np.concatenate([train.values, test.values])
    assert sorted(map(tuple, both.tolist())) == sorted(map(tuple, images.values.tolist()))
    again = split(images, seed=1)
    assert (again.test.values == test.values).all()
    assert (split(images, seed=2).test.values != test.values).any()
    at = {tuple(v): k for v, k in zip(images.values.tolist(), images.labels, strict=True)}
    assert [at[tuple(v)] for v in test.values.tolist()] == test.labels.tolist()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_images": 0}, "images 0: give at least 1"),
        ({"side": 1}, "side 1: give 2 to 256 pixels"),
        ({"n_classes": 0}, "classes 0: "),
        ({"class_share": 1.5}, "class_share 1.5: "),
    ],
)
def test_bad_input_is_one_line_that_names_it(given, message):
    with pytest.raises(UsageError, match=message):
        synthetic_images(**{"n_images": 10, **given})


def test_a_split_with_an_empty_side_is_refused():
    with pytest.raises(UsageError, match="of 2 images, 0 would be the test set"):
        split(synthetic_images(2, side=4))
