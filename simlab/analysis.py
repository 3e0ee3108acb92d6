"""The contract of an analysis: tables of scores in, conclusions over all of them out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simlab.parameters import Parameters


class Findings(NamedTuple):
    """What an analysis returns."""

    result: Any
    """`simlab.result.Result` of the run that was written; its ``tables`` are printed in order."""
    parts: dict[str, Any]
    """What ``--format json`` prints beside the run: lists and dicts of plain values, or frames."""


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """One analysis. To add one: a file with these, and a line under ``simlab.analyses``.

    Parameters
    ----------
    name, title, summary : str
        The word on the command line, a title, and two or three sentences.
    run : callable
        ``run(words, options, seed=..., out=..., charts=..., passed=..., progress=...) ->
        Findings``, ``words`` as the user gave them; raises UsageError or DataError.
    options : type
        A frozen `Parameters` struct; a field never becomes an axis here.
    citations : tuple of str
        What to cite besides the sources of the tables.
    """

    name: str
    title: str
    summary: str
    run: Callable[..., Findings]
    options: type[Parameters] = field(default=Parameters)
    citations: tuple[str, ...] = ()
