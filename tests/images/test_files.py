"""Image files: IDX and CIFAR-100 as published, damaged, hostile, of the wrong kind."""

import gzip
import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest

from simlab.errors import DataError, UsageError
from simlab.images import digits as digits_module
from simlab.images.idx import read_idx
from simlab.images.load import load_images

FASHION = Path("/usr/share/datasets/fashion-mnist")


def idx(values, *, kind=8, shape=None):
    shape = values.shape if shape is None else shape
    return struct.pack(f">HBB{len(shape)}I", 0, kind, len(shape), *shape) + values.tobytes()


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (12, 5, 4), np.uint8)


@pytest.fixture
def labels():
    return np.arange(12, dtype=np.uint8) % 3


def cifar(records, *, name="cifar-100-binary/train.bin"):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for path, data in (("cifar-100-binary/test.bin", b"\0" * 3074), (name, records)):
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return archive.getvalue()


def records(n):
    rng = np.random.default_rng(1)
    fine = np.arange(n, dtype=np.uint8) % 100
    pixels = rng.integers(0, 256, (n, 3072), np.uint8)
    return np.concatenate([fine[:, None] // 5, fine[:, None], pixels], axis=1)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_folder_of_mnist_is_read_with_its_labels(tmp_path, images, labels, ending):
    pack = gzip.compress if ending else bytes
    (tmp_path / f"train-images-idx3-ubyte{ending}").write_bytes(pack(idx(images)))
    (tmp_path / f"train-labels-idx1-ubyte{ending}").write_bytes(pack(idx(labels)))
    for path in (tmp_path, tmp_path / f"train-images-idx3-ubyte{ending}"):
        found = load_images(str(path), most=10)
        assert found.shape == (5, 4)
        assert (found.values * 255).round().astype(int).tolist() == (
            images[:10].reshape(10, 20).tolist()
        )
        assert found.labels.tolist() == labels[:10].tolist()
        assert found.n_classes == 3


def test_images_without_labels_are_read(tmp_path, images):
    path = tmp_path / "other"
    path.write_bytes(idx(images))
    found = load_images(str(path), most=5)
    assert found.labels is None
    assert found.n_classes == 0
    assert len(found.values) == 5


def test_fashion_mnist_as_debian_ships_it():
    if not FASHION.is_dir():
        pytest.skip(f"no {FASHION}: it comes with Debian's package dataset-fashion-mnist")
    found = load_images(str(FASHION), most=1000)
    assert found.values.shape == (1000, 784)
    assert found.shape == (28, 28)
    assert found.labels[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    assert found.n_classes == 10
    assert read_idx(FASHION / "t10k-images-idx3-ubyte.gz", dimensions=3).shape == (10_000, 28, 28)
    assert read_idx(FASHION / "t10k-labels-idx1-ubyte.gz", dimensions=1).shape == (10_000,)


def test_digits_are_those_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets")
    found = load_images("digits", most=100)
    assert (found.values * 16 == datasets.load_digits().data[:100]).all()
    assert found.shape == (8, 8)
    assert found.n_classes == 10


def test_digits_without_scikit_learn_are_one_clear_line(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(digits_module, "import_module", missing)
    with pytest.raises(DataError, match=r"digits: .* not installed; install scikit-learn, or"):
        load_images("digits")


def damaged(images):
    whole = idx(images)
    packed = gzip.compress(whole)
    return {
        "short": (whole[:-1], "fewer values than the 240 that its header states"),
        "long": (whole + b"\0", "more values than the 240"),
        "header": (whole[:9], "it ends inside its header"),
        "empty": (b"", "it does not begin as IDX does"),
        "magic": (b"\x89PNG" + whole, "it does not begin as IDX does"),
        "floats": (idx(images, kind=0x0D), "values of type 0x0d; give one of unsigned bytes"),
        "labels": (idx(images[0, 0]), "1 dimensions, images have 3; give the other file"),
        "colour": (idx(images[None]), "4 dimensions, images have 3"),
        "none": (idx(images, shape=(0, 5, 4)), "its header states 0 values"),
        "bomb": (idx(images, shape=(2**31, 2**31, 9)), "its header states 41,5"),
        "column": (idx(images[:, :, :1]), r"images of shape \(5, 1\); give at least 2 x 2"),
        "cut": (packed[:-9], "damaged gzip data"),
        "flipped": (
            packed[:20] + bytes([packed[20] ^ 255]) + packed[21:],
            "damaged gzip|fewer|IDX",
        ),
        "checksum": (packed[:-8] + b"\0" * 8, "damaged gzip data"),
    }


@pytest.mark.parametrize("which", sorted(damaged(np.zeros((12, 5, 4), np.uint8))))
def test_damaged_idx_is_one_line_that_names_file_and_remedy(tmp_path, images, which):
    data, message = damaged(images)[which]
    path = tmp_path / which
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        load_images(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_labels_of_another_set_are_refused(tmp_path, images, labels):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(images))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(labels[:-1]))
    with pytest.raises(DataError, match="11 labels for 12 images of train-images-idx3-ubyte"):
        load_images(str(tmp_path))


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="no file train-images-idx3-ubyte"):
        load_images(str(tmp_path))
    with pytest.raises(DataError, match="No such file or directory; give synthetic, digits"):
        load_images(str(tmp_path / "nothing"))
    with pytest.raises(UsageError, match="images 0: give at least 1"):
        load_images("digits", most=0)


def test_cifar_100_is_read_from_its_archive(tmp_path):
    path = tmp_path / "cifar-100-binary.tar.gz"
    held = records(7)
    path.write_bytes(cifar(held.tobytes()))
    found = load_images(str(path), most=5)
    assert found.shape == (3, 32, 32)
    assert found.labels.tolist() == [0, 1, 2, 3, 4]
    assert ((found.values * 255).round() == held[:5, 2:]).all()


class Marker:
    """Unpickling it would write a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.write_text, (self.path, "run"))


def test_pickles_are_refused_and_never_run(tmp_path):
    ran = tmp_path / "ran"
    harmful = pickle.dumps(Marker(ran))
    archive, alone = tmp_path / "cifar-100-python.tar.gz", tmp_path / "train"
    archive.write_bytes(cifar(harmful, name="cifar-100-python/train"))
    alone.write_bytes(harmful)
    for path in (archive, alone):
        with pytest.raises(DataError, match=r"pickle.*take cifar-100-binary\.tar\.gz"):
            load_images(str(path))
    assert not ran.exists()


def broken_archives():
    good = records(3).tobytes()
    packed = cifar(good)
    bad_label = bytearray(good)
    bad_label[3074 + 1] = 100
    return {
        "record": (cifar(good[:-1]), "train.bin has 9,221 bytes, which is no number of records"),
        "empty": (cifar(b""), "train.bin has 0 bytes"),
        "label": (cifar(bytes(bad_label)), "image 1 has label 100, above 99"),
        "other": (cifar(good, name="mnist.bin"), "no cifar-100-binary/train.bin in it"),
        "cut": (packed[: len(packed) // 2], "cut.tar.gz"),
        "text": (b"\x1f\x8bno archive at all", "text.tar.gz"),
    }


@pytest.mark.parametrize("which", sorted(broken_archives()))
def test_a_broken_archive_is_one_line_that_names_it(tmp_path, which):
    data, message = broken_archives()[which]
    path = tmp_path / f"{which}.tar.gz"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        load_images(str(path))
    assert "\n" not in str(caught.value)
