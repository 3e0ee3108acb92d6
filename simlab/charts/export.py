"""Figures as files: Vega-Lite JSON, PNG, SVG, or a page that opens offline."""

import html
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from simlab.atomic import write_atomic
from simlab.charts.bundle import javascript_bundle
from simlab.charts.figure import Figure
from simlab.charts.printable import printable, printable_values
from simlab.errors import DataError, UsageError, did_you_mean

FORMATS = ("json", "png", "svg", "html")

_PNG_SCALE = 2.0
_NAME_LENGTH = 80

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body {{ font-family: system-ui, sans-serif; margin: 1rem; }}
svg {{ max-width: 100%; height: auto; }}</style>
<h1>{title}</h1>
<figure><div id="chart"></div><figcaption>{caption}</figcaption></figure>
<script>{bundle}</script>
<script>vegaEmbed("#chart", {spec}, {{
  mode: "vega-lite", renderer: "svg", ast: true, actions: {{ export: true, source: false,
  compiled: false, editor: false }} }});</script>
</html>
"""


def write_figures(
    figures: Sequence[Figure], folder: str | Path, *, formats: Sequence[str] = ("json",)
) -> list[Path]:
    """Write each figure in each format to ``folder`` and return the paths.

    A file is named by its figure, with anything but letters, digits, ``.``, ``-`` and ``_``
    replaced; equal names are numbered. It appears whole or not at all.

    Raises
    ------
    UsageError
        A format is none of "json", "png", "svg", "html".
    DataError
        The folder cannot be written.
    """
    for wanted in formats:
        if wanted not in FORMATS:
            raise UsageError(
                f"chart format {wanted!r}: use one of {', '.join(FORMATS)}"
                f"{did_you_mean(wanted, list(FORMATS))}"
            )
    folder = Path(folder)
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for figure, name in zip(figures, file_names([f.name for f in figures]), strict=True):
            spec = figure.spec()
            for wanted in dict.fromkeys(formats):
                path = folder / f"{name}.{wanted}"
                write_atomic(path, _render(figure, spec, wanted))
                paths.append(path)
    except OSError as error:
        raise DataError(
            f"{error.filename or folder}: cannot be written: {error.strerror}; "
            "free the disk or give another folder"
        ) from None
    return paths


def file_names(names: Sequence[str]) -> list[str]:
    """Return names that are safe as file names on any system, and different, case aside.

    >>> file_names(["scores", "../a b", "Scores", ""])
    ['scores', 'a-b', 'Scores-2', 'figure']
    """
    taken: set[str] = set()
    safe = []
    for name in names:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:_NAME_LENGTH] or "figure"
        held, n = stem, 1
        while held.lower() in taken:
            n += 1
            held = f"{stem}-{n}"
        taken.add(held.lower())
        safe.append(held)
    return safe


def json_for_script(value: Any) -> str:
    """Return JSON that may stand in a script element: no character ends it or starts a comment.

    >>> json_for_script({"task": "</script>"})
    '{"task":"\\\\u003c/script\\\\u003e"}'
    """
    text = msgspec.json.encode(value).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _render(figure: Figure, spec: dict[str, Any], wanted: str) -> bytes | str:
    """Return the content of one file."""
    if wanted == "json":
        return msgspec.json.format(msgspec.json.encode(spec), indent=1)
    if wanted == "html":
        return _PAGE.format(
            title=html.escape(printable(figure.title)),
            caption=html.escape(printable(figure.caption)),
            bundle=javascript_bundle(),
            spec=json_for_script(printable_values(spec)),
        )
    import vl_convert

    spec = printable_values(spec)  # a control character would abort the whole process there
    if wanted == "svg":
        return vl_convert.vegalite_to_svg(spec)
    return vl_convert.vegalite_to_png(spec, scale=_PNG_SCALE)
