"""Images whose amplitude falls as 1/f with spatial frequency, as that of natural scenes does.

Field 1987, doi:10.1364/JOSAA.4.002379. An image is a Gaussian random field with that spectrum,
0.5 + contrast * field, cut to 0 .. 1. With classes, each has a field of its own, of which every
image of the class holds a share.
"""

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.images.image_set import ImageSet
from simlab.streams import normal, seed_key

Floats = NDArray[np.float64]

CONTRAST = 0.2
_MOST_SIDE = 256


@kernel
def _white(key: np.uint64, noise: Floats) -> None:
    flat = noise.reshape(-1)
    for i in range(len(flat)):
        flat[i] = normal(key, np.uint64(i))


def one_over_f_fields(n_fields: int, *, side: int, key: np.uint64) -> Floats:
    """Return Gaussian fields of mean 0 and variance 1 whose amplitude falls as 1/f.

    Returns
    -------
    ndarray
        (n_fields, side, side) float64; the constant part is 0, and opposite edges meet.

    >>> one_over_f_fields(2, side=8, key=np.uint64(1)).shape
    (2, 8, 8)
    """
    noise = np.empty((n_fields, side, side))
    _white(key, noise)
    x, y = np.fft.rfftfreq(side), np.fft.fftfreq(side)
    f = np.hypot(x[np.newaxis], y[:, np.newaxis])
    gain = np.where(f > 0, 1.0 / np.maximum(f, 1e-9), 0.0)
    full = np.hypot(y[np.newaxis], y[:, np.newaxis])
    power = float(np.sum(1.0 / full[full > 0] ** 2)) / side**2
    fields = np.fft.irfft2(np.fft.rfft2(noise) * gain, s=(side, side))
    return np.asarray(fields / np.sqrt(power))


def synthetic_images(
    n_images: int,
    *,
    side: int = 8,
    n_classes: int = 1,
    class_share: float = 0.0,
    seed: int = 0,
) -> ImageSet:
    """Return images with a 1/f spectrum, and the classes that they belong to.

    Parameters
    ----------
    n_images, side : int
        Number of images, and pixels along an edge, 2 to 256.
    n_classes : int
        Classes, which take turns.
    class_share : float
        Share of an image's variance that its class decides, 0 to 1.
    seed : int
        Names the draws; image i is the same however many there are.

    Raises
    ------
    UsageError
        A number is out of its range.

    >>> images = synthetic_images(20, side=4, n_classes=10, class_share=0.5)
    >>> images.values.shape, images.n_classes
    ((20, 16), 10)
    """
    if n_images < 1:
        raise UsageError(f"images {n_images}: give at least 1")
    if not 2 <= side <= _MOST_SIDE:
        raise UsageError(f"side {side}: give 2 to {_MOST_SIDE} pixels")
    if n_classes < 1:
        raise UsageError(f"classes {n_classes}: give at least 1")
    if not 0.0 <= class_share <= 1.0:
        raise UsageError(f"class_share {class_share:g}: give a share from 0 to 1")
    own = one_over_f_fields(n_images, side=side, key=seed_key(seed, "1/f images", side))
    common = one_over_f_fields(n_classes, side=side, key=seed_key(seed, "1/f classes", side))
    labels = np.arange(n_images, dtype=np.int64) % n_classes
    field = np.sqrt(1.0 - class_share) * own + np.sqrt(class_share) * common[labels]
    values = np.clip(0.5 + CONTRAST * field, 0.0, 1.0).reshape(n_images, side * side)
    return ImageSet("synthetic 1/f", values.astype(np.float32), labels, (side, side))
