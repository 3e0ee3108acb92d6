"""The JavaScript of Vega, Vega-Lite and Vega-Embed, made once and kept."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from simlab.atomic import write_atomic
from simlab.cache import cache_root

_GLOBALS = "window.vegaEmbed = vegaEmbed;"
_ahead: list[subprocess.Popen[bytes]] = []


def start_bundle() -> None:
    """Make the bundle in a process beside this one if it is not there yet.

    Making it holds Python's lock for a second, so a thread would not do. With -P the process
    imports nothing from the folder that the user stands in, which may be anybody's.
    """
    if not _ahead and not _path().is_file():
        words = [sys.executable, "-P", "-c", f"import {__name__} as b; b.javascript_bundle()"]
        quiet = subprocess.DEVNULL
        _ahead.append(subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet))


def javascript_bundle() -> str:
    """Return the JavaScript that defines ``vegaEmbed``; about 0.9 MB.

    It is bundled out of vl-convert, without any download. That takes a second, so the result is
    kept in simlab's cache folder, under vl-convert's version.
    """
    path = _path()
    while _ahead:
        _ahead.pop().wait()
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        pass
    import vl_convert

    # What ends a script element, or hides its end, may not stand inside one.
    bundle = vl_convert.javascript_bundle(_GLOBALS).replace("</script", "<\\/script")
    bundle = bundle.replace("<!--", "<\\!--")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, bundle)
    except OSError:  # a read-only home: it is then made anew each time
        pass
    return bundle


def _path() -> Path:
    return cache_root() / "js" / f"vega-{version('vl-convert-python')}.js"
