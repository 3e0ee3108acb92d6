"""CIFAR-100 in the binary version of its archive.

Krizhevsky 2009, "Learning multiple layers of features from tiny images". A record is two bytes of
labels, coarse and fine, and 3,072 of pixels: three channels of 32 x 32. The Python version of the
archive holds pickles, which run what they say when they are read, so it is refused.
"""

from pathlib import Path

import numpy as np

from simlab.data.tar_stream import Limits, TarStream
from simlab.errors import DataError
from simlab.images.image_set import ImageSet

_PIXELS = 3 * 32 * 32
_RECORD = 2 + _PIXELS
_TRAIN = "cifar-100-binary/train.bin"
_PICKLES = ("cifar-100-python", "cifar-10-batches-py")
_ADVICE = "take cifar-100-binary.tar.gz"
_LIMITS = Limits(members=1000, unpacked_bytes=1 << 30)


def cifar_images(path: Path, *, most: int) -> ImageSet:
    """Return the first images of the training set, with their fine labels.

    Parameters
    ----------
    path : Path
        cifar-100-binary.tar.gz as published.
    most : int
        Images that are kept.

    Raises
    ------
    DataError
        The archive cannot be read, is damaged, is the Python version, or holds no such file.
    """
    try:
        with path.open("rb") as file:
            archive = TarStream(file, origin=str(path), limits=_LIMITS)
            data, size = _train_bytes(archive, path, most * _RECORD)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}; {_ADVICE}") from None
    if not size or size % _RECORD:
        raise DataError(
            f"{path}: {_TRAIN} has {size:,} bytes, which is no number of records of "
            f"{_RECORD:,}; fetch it again"
        )
    records = np.frombuffer(data, np.uint8).reshape(-1, _RECORD)
    labels = records[:, 1].astype(np.int64)
    bad = np.flatnonzero(labels > 99)
    if len(bad):
        raise DataError(f"{path}: {_TRAIN}: image {bad[0]} has label {labels[bad[0]]}, above 99")
    values = records[:, 2:].astype(np.float32) / np.float32(255)
    return ImageSet(path.name, values, labels, (3, 32, 32))


def _train_bytes(archive: TarStream, path: Path, most: int) -> tuple[bytearray, int]:
    """Return the first bytes of the training file, and its size.

    The archive is read to its end, so that its checksum is tested.
    """
    found, size = bytearray(), -1
    for member in archive:
        name = member.path.removeprefix("./")
        if name.split("/")[0] in _PICKLES:
            raise DataError(
                f"{path}: {name.split('/')[0]} is the Python version, which holds pickles, and "
                f"reading a pickle runs what it says; {_ADVICE}"
            )
        if name == _TRAIN and member.is_file and size < 0:
            size = member.size
            for piece in archive.pieces(member):
                found += piece[: max(most - len(found), 0)]
    if size < 0:
        raise DataError(f"{path}: no {_TRAIN} in it; {_ADVICE}")
    return found, size
