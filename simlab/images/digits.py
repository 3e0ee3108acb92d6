"""The handwritten digits that come with scikit-learn: 1,797 images of 8 x 8 pixels."""

from importlib import import_module

import numpy as np

from simlab.errors import DataError
from simlab.images.image_set import ImageSet


def digits() -> ImageSet:
    """Return the digits, pixels over 16; raise DataError where scikit-learn is not installed."""
    try:
        datasets = import_module("sklearn.datasets")
    except ImportError:
        raise DataError(
            "digits: they come with scikit-learn, which is not installed; install scikit-learn, "
            "or take --data synthetic"
        ) from None
    values, labels = datasets.load_digits(return_X_y=True)
    return ImageSet("digits", (values / 16.0).astype(np.float32), labels.astype(np.int64), (8, 8))
