"""A function of the user's, by the name of its module or of its file."""

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from simlab.errors import UsageError, did_you_mean

_FORM = "give package.module:function or path/to/file.py:function"


def load_function(reference: str) -> Callable[..., Any]:
    """Import and return a function; its module's code runs, and what that prints is dropped.

    Parameters
    ----------
    reference : str
        "package.module:function", looked for in the working folder too, or
        "path/to/file.py:function"; "function" may be "Class.method" or any dotted name.

    Raises
    ------
    UsageError
        There is no such module, file or function, it cannot be called, or importing it raises.

    >>> load_function("math:sqrt")(4.0)
    2.0
    """
    place, colon, name = reference.rpartition(":")
    if not colon or not place or not name:
        raise UsageError(f"metric {reference!r}: {_FORM}")
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        module = _from_file(Path(place)) if place.endswith(".py") else _from_module(place)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            known = [n for n, value in vars(found).items() if callable(value) and n[0] != "_"]
            raise UsageError(
                f"metric {reference!r}: no {part!r} in {place}{did_you_mean(part, known)}"
            )
        found = getattr(found, part)
    if not callable(found):
        raise UsageError(f"metric {reference!r}: a {type(found).__name__}, which cannot be called")
    return found  # type: ignore[no-any-return]


def _from_module(name: str) -> ModuleType:
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # as `python -m` has it
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise UsageError(f"metric: no module {error.name!r}; {_FORM}") from None
        raise UsageError(_import_line(name, error)) from error
    except (Exception, SystemExit) as error:
        raise UsageError(_import_line(name, error)) from error


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"metric: no file {path}; {_FORM}")
    name = f"_simlab_metric_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"metric: {path} is no Python file; {_FORM}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise UsageError(_import_line(str(path), error)) from error
    finally:
        sys.path.remove(str(path.resolve().parent))
    return module


def _import_line(place: str, error: BaseException) -> str:
    what = " ".join(str(error).split())
    return f"metric: importing {place} raises {type(error).__name__}: {what}"
