"""Example files of two evaluation harnesses, which come with simlab: nothing is downloaded."""

import shutil
import tempfile
from pathlib import Path

import simlab
from simlab.errors import DataError, UsageError

_PACKAGE = Path(simlab.__file__).parent
_PLACES = (_PACKAGE / "examples", _PACKAGE.parent / "examples")
"""In an installed wheel, and in a checkout."""


def examples_folder() -> Path:
    """Return the folder of the examples; raises DataError if this installation has none.

    >>> (examples_folder() / "README.md").is_file()
    True
    """
    for place in _PLACES:
        if (place / "lm_eval").is_dir():
            return place
    raise DataError(f"no examples in {_PLACES[0]}; install simlab from its wheel or its sources")


def copy_examples(folder: Path) -> list[Path]:
    """Copy the examples and return the files; under ``folder`` stand all of them, or none.

    Raises
    ------
    UsageError
        ``folder`` is there already.
    DataError
        This installation has no examples.
    OSError
        The folder cannot be written.
    """
    origin = examples_folder()
    if folder.exists():
        raise UsageError(f"{folder}: is here already; give another FOLDER, or delete it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".examples.") as held:
        whole = Path(held) / "examples"
        whole.mkdir()
        for file in origin.rglob("*"):  # not copytree, which goes on after the first error
            if file.is_file():
                copy = whole / file.relative_to(origin)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
        whole.rename(folder)
    return sorted(path for path in folder.rglob("*") if path.is_file())
