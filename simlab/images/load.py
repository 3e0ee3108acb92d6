"""The images that a name or a path on the command line stands for."""

from pathlib import Path

from simlab.errors import DataError, UsageError
from simlab.images.cifar import cifar_images
from simlab.images.digits import digits
from simlab.images.idx import idx_files, idx_images
from simlab.images.image_set import ImageSet
from simlab.images.synthetic import synthetic_images

_GZIP, _PICKLE = b"\x1f\x8b", b"\x80"


def image_files(data: str) -> list[Path]:
    """Return the files that `load_images` reads for ``data``, as far as they are there.

    >>> image_files("digits")
    []
    """
    path = Path(data)
    if data in ("synthetic", "digits") or not path.exists():
        return []
    if path.is_file() and path.name.lower().endswith((".tar.gz", ".tgz")):
        return [path]
    return idx_files(path)


def load_images(
    data: str,
    *,
    most: int = 2000,
    side: int = 8,
    n_classes: int = 1,
    class_share: float = 0.0,
    seed: int = 0,
) -> ImageSet:
    """Return a set of images.

    Parameters
    ----------
    data : str
        "synthetic"; "digits", scikit-learn's; or a path: a file of images in IDX format or a folder
        with MNIST's files, cifar-100-binary.tar.gz.
    most : int
        Images that are kept at most.
    side, n_classes, class_share, seed
        Of synthetic images; see `simlab.images.synthetic.synthetic_images`.

    Raises
    ------
    DataError
        There is no such file, or it is not such a set.
    UsageError
        A number is out of its range.

    >>> load_images("synthetic", most=10).values.shape
    (10, 64)
    """
    if most < 1:
        raise UsageError(f"images {most}: give at least 1")
    if data == "synthetic":
        return synthetic_images(
            most, side=side, n_classes=n_classes, class_share=class_share, seed=seed
        )
    if data == "digits":
        found = digits()
        labels = None if found.labels is None else found.labels[:most]
        return found._replace(values=found.values[:most], labels=labels)
    path = Path(data)
    if path.is_dir():
        return idx_images(path, most=most)
    try:
        with path.open("rb") as file:
            head = file.read(2)
    except OSError as error:
        raise DataError(
            f"{data}: {error.strerror or error}; give synthetic, digits, an IDX file, a folder of "
            "MNIST's, or cifar-100-binary.tar.gz"
        ) from None
    if head[:1] == _PICKLE:
        raise DataError(
            f"{data}: it looks like a pickle, and reading a pickle runs what it says; take "
            "cifar-100-binary.tar.gz or an IDX file"
        )
    if head == _GZIP and path.name.lower().endswith((".tar.gz", ".tgz")):
        return cifar_images(path, most=most)
    return idx_images(path, most=most)
