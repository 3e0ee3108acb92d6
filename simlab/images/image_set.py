"""What every set of images is, wherever it comes from."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.streams import seed_key, word


class ImageSet(NamedTuple):
    """Images as rows of values from 0 to 1."""

    name: str
    values: NDArray[np.float32]
    """(n_images, n_values) float32, an image's values flattened."""
    labels: NDArray[np.int64] | None
    """(n_images,) int64, classes from 0; None where they have none."""
    shape: tuple[int, ...]
    """Of one image, such as (28, 28) or (3, 32, 32)."""

    @property
    def n_classes(self) -> int:
        """Number of classes, up to the largest label; 0 without labels."""
        return 0 if self.labels is None else int(self.labels.max()) + 1


class Split(NamedTuple):
    """A set of images in two: what is trained on, and what is tested on."""

    train: ImageSet
    test: ImageSet


def split(images: ImageSet, *, test_share: float = 0.2, seed: int = 0) -> Split:
    """Return a training and a test set, drawn without replacement.

    Raises UsageError where either would be empty.

    >>> from simlab.images.synthetic import synthetic_images
    >>> parts = split(synthetic_images(50, side=4))
    >>> len(parts.train.values), len(parts.test.values)
    (40, 10)
    """
    n = len(images.values)
    n_test = round(n * test_share)
    if not 0 < n_test < n:
        raise UsageError(
            f"{images.name}: of {n} images, {n_test} would be the test set; give more images"
        )
    key = seed_key(seed, "image split", n)
    order = np.argsort([int(word(key, np.uint64(i))) for i in range(n)], kind="stable")
    return Split(_chosen(images, order[n_test:]), _chosen(images, order[:n_test]))


def _chosen(images: ImageSet, rows: NDArray[np.int64]) -> ImageSet:
    labels = None if images.labels is None else images.labels[rows]
    return images._replace(values=np.ascontiguousarray(images.values[rows]), labels=labels)
