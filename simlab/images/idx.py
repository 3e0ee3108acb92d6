"""Images and labels in the IDX format of MNIST and its kin, gzipped or plain.

A header of big-endian numbers (two zero bytes, the type of a value, the number of dimensions,
their sizes) and the values behind it; LeCun, Cortes & Burges 1998, "The MNIST database of
handwritten digits". Nothing in the file is believed: sizes are bounded, and what follows must be
exactly what the header says.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from simlab.errors import DataError
from simlab.images.image_set import ImageSet

_UNSIGNED_BYTE = 0x08
_MOST_BYTES = 1 << 30
_PAIRS = (("images-idx3", "labels-idx1"), ("images.idx3", "labels.idx1"))
_FIRST = ("train-images-idx3-ubyte", "train-images.idx3-ubyte")


def read_idx(path: Path, *, dimensions: int) -> NDArray[np.uint8]:
    """Return the array that a file holds.

    Parameters
    ----------
    path : Path
        A file in IDX format, gzipped or not.
    dimensions : int
        How many it must have: 3 for images, 1 for labels.

    Raises
    ------
    DataError
        The file cannot be read, is damaged, or is not such an array of bytes.
    """
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            if not packed:
                return _read(plain, str(path), dimensions)
            with gzip.GzipFile(fileobj=plain) as file:
                return _read(file, str(path), dimensions)  # type: ignore[arg-type]
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged gzip data ({error}); fetch it again") from None
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}; give a file in IDX format") from None


def _read(file: IO[bytes], origin: str, dimensions: int) -> NDArray[np.uint8]:
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0":
        raise DataError(
            f"{origin}: it does not begin as IDX does; give an IDX file such as MNIST's"
        )
    kind, found = head[2], head[3]
    if kind != _UNSIGNED_BYTE:
        raise DataError(f"{origin}: values of type 0x{kind:02x}; give one of unsigned bytes, 0x08")
    if found != dimensions:
        what = {1: "labels have 1", 3: "images have 3"}.get(dimensions, f"give {dimensions}")
        raise DataError(f"{origin}: {found} dimensions, {what}; give the other file of the pair")
    sizes = file.read(4 * found)
    if len(sizes) < 4 * found:
        raise DataError(f"{origin}: it ends inside its header; fetch it again")
    shape = struct.unpack(f">{found}I", sizes)
    n = math.prod(shape)
    if not 0 < n <= _MOST_BYTES:
        raise DataError(f"{origin}: its header states {n:,} values; 1 to {_MOST_BYTES:,} are read")
    values = file.read(n + 1)
    if len(values) != n:
        less = "fewer" if len(values) < n else "more"
        raise DataError(
            f"{origin}: {less} values than the {n:,} that its header states; fetch it again"
        )
    return np.frombuffer(values, np.uint8).reshape(shape)


def idx_images(path: Path, *, most: int) -> ImageSet:
    """Return the images of a file, or of a folder with MNIST's files, with labels if there are any.

    Parameters
    ----------
    path : Path
        A file of images, or a folder with ``train-images-idx3-ubyte``, ``.gz`` or not. Labels are
        read from the file beside it whose name has ``labels-idx1`` for ``images-idx3``.
    most : int
        Images that are kept, the first ones.

    Raises
    ------
    DataError
        There is no such file, it is damaged, or labels and images differ in number.
    """
    file = _images_of(path) if path.is_dir() else path
    images = read_idx(file, dimensions=3)
    if min(images.shape[1:]) < 2:
        raise DataError(f"{file}: images of shape {images.shape[1:]}; give at least 2 x 2 pixels")
    beside = _labels_of(file)
    labels = None
    if beside is not None:
        found = read_idx(beside, dimensions=1)
        if len(found) != len(images):
            raise DataError(
                f"{beside}: {len(found):,} labels for {len(images):,} images of {file.name}; "
                "give files of one set"
            )
        labels = found[:most].astype(np.int64)
    values = images[:most].reshape(min(most, len(images)), -1).astype(np.float32) / np.float32(255)
    return ImageSet(file.name, values, labels, images.shape[1:])


def idx_files(path: Path) -> list[Path]:
    """Return the files that `idx_images` reads; raise DataError if a folder holds no such file."""
    file = _images_of(path) if path.is_dir() else path
    beside = _labels_of(file)
    return [file] if beside is None else [file, beside]


def _images_of(folder: Path) -> Path:
    for name in _FIRST:
        for ending in ("", ".gz"):
            if (folder / (name + ending)).is_file():
                return folder / (name + ending)
    raise DataError(f"{folder}: no file {_FIRST[0]} or {_FIRST[0]}.gz; give the file of images")


def _labels_of(images: Path) -> Path | None:
    for old, new in _PAIRS:
        if old in images.name:
            beside = images.with_name(images.name.replace(old, new))
            others = (beside, beside.with_suffix(""), beside.with_name(beside.name + ".gz"))
            return next((p for p in others if p != images and p.is_file()), None)
    return None
