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
            data = _train_bytes(TarStream(file, origin=str(path), limits=_LIMITS), path)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}; {_ADVICE}") from None
    if not data or len(data) % _RECORD:
        raise DataError(
            f"{path}: {_TRAIN} has {len(data):,} bytes, which is no number of records of "
            f"{_RECORD:,}; fetch it again"
        )
    records = np.frombuffer(data, np.uint8).reshape(-1, _RECORD)[:most]
    labels = records[:, 1].astype(np.int64)
    bad = np.flatnonzero(labels > 99)
    if len(bad):
        raise DataError(f"{path}: {_TRAIN}: image {bad[0]} has label {labels[bad[0]]}, above 99")
    values = records[:, 2:].astype(np.float32) / np.float32(255)
    return ImageSet(path.name, values, labels, (3, 32, 32))


def _train_bytes(archive: TarStream, path: Path) -> bytes:
    """Return the training file; the archive is read to its end, so that its checksum is tested."""
    found: bytes | None = None
    for member in archive:
        name = member.path.removeprefix("./")
        if name.split("/")[0] in _PICKLES:
            raise DataError(
                f"{path}: {name.split('/')[0]} is the Python version, which holds pickles, and "
                f"reading a pickle runs what it says; {_ADVICE}"
            )
        if name == _TRAIN and member.is_file:
            found = b"".join(archive.pieces(member))
    if found is None:
        raise DataError(f"{path}: no {_TRAIN} in it; {_ADVICE}")
    return found
