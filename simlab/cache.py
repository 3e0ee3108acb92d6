"""Where simlab keeps what it can make again: compiled kernels, the JavaScript of its pages."""

import os
import sys
from pathlib import Path


def cache_root() -> Path:
    """Return simlab's cache folder: ``$SIMLAB_CACHE``, else the system's place for caches.

    That is ``$XDG_CACHE_HOME``, else ``~/Library/Caches`` on macOS and ``~/.cache`` elsewhere.
    """
    own = os.environ.get("SIMLAB_CACHE")
    if own:
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME")
    if shared:
        return Path(shared) / "simlab"
    place = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
    return Path.home().joinpath(*place, "simlab")
