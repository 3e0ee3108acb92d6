"""Options from typed parameters, and the options that commands share."""

import os
from collections.abc import Callable
from typing import Any

import click

from simlab.cli.values import Real, ValuesOption, Whole
from simlab.parameters import Field, Parameters, fields

FORMATS = ("table", "json", "csv", "md")

_TYPES: dict[type, click.ParamType[Any]] = {int: Whole(), float: Real(), str: click.STRING}


def _shown(field: Field, axes: dict[str, tuple[Any, ...]] | None) -> str:
    axis = (axes or {}).get(field.name)
    if axis is not None:
        default = " ".join(map(_short, axis))
    elif isinstance(field.default, tuple):
        default = " ".join(map(_short, field.default)) or "none"
    elif field.default is None:
        default = "none"
    else:
        default = _short(field.default)
    kind = "values; " if field.many else "an axis if several; " if axes is not None else ""
    return f"{field.help.rstrip('.')}.  [{kind}default: {default}]"


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def parameter_options(
    parameters: type[Parameters], *, axes: dict[str, tuple[Any, ...]] | None = None
) -> list[click.Option]:
    """Return one option a field.

    ``axes`` are the values that a run without options uses; None where no field becomes an axis.
    """
    options: list[click.Option] = []
    for field in fields(parameters):
        flag = "--" + field.name.replace("_", "-")
        if field.kind is bool and not field.many:
            off = "--" + (field.off or f"no-{field.name}").replace("_", "-")
            text = f"{field.help.rstrip('.')}.  [default: {'on' if field.default else 'off'}]"
            options.append(click.Option([field.name, f"{flag}/{off}"], default=None, help=text))
            continue
        kind = click.Choice(field.choices) if field.choices else _TYPES[field.kind]
        text = _shown(field, axes)
        options.append(ValuesOption([field.name, flag], type=kind, help=text))
    return options


def given(parameters: type[Parameters], values: dict[str, Any]) -> dict[str, list[Any]]:
    """Return what the user gave, without the fields that were left out; removes it from values."""
    passed: dict[str, list[Any]] = {}
    for field in fields(parameters):
        value = values.pop(field.name, None)
        if value is None or value == ():
            continue
        passed[field.name] = list(value) if isinstance(value, tuple) else [value]
    return passed


def shared(*names: str) -> list[click.Option]:
    """Return shared options by name, in this order."""
    return [_SHARED[name]() for name in names]


def add(*names: str) -> Callable[[Any], Any]:
    """Decorate a function of click.command with shared options."""

    def decorate(function: Any) -> Any:
        for option in reversed(shared(*names)):
            function.__click_params__ = [option, *getattr(function, "__click_params__", [])]
        return function

    return decorate


_SHARED: dict[str, Callable[[], click.Option]] = {
    "seed": lambda: click.Option(
        ["--seed"],
        type=Whole(),
        default=0,
        envvar="SIMLAB_SEED",
        show_default=True,
        help="First seed; the same seed gives the same bits.",
    ),
    "seeds": lambda: click.Option(
        ["--seeds"],
        type=Whole(),
        default=1,
        show_default=True,
        help="Number of replicates; replicate r has seed SEED + r.",
    ),
    "threads": lambda: click.Option(
        ["--threads"],
        type=click.IntRange(min=1),
        envvar="SIMLAB_THREADS",
        help="Threads; results do not depend on it.  [default: all cores]",
    ),
    "workers": lambda: click.Option(
        ["--workers"],
        type=click.IntRange(min=1),
        envvar="SIMLAB_WORKERS",
        help="Compute the cells in that many processes of one thread each; same results.",
    ),
    "cluster": lambda: click.Option(
        ["--cluster"],
        metavar="ADDRESS",
        envvar="SIMLAB_CLUSTER",
        help="Compute the cells on a Dask cluster: tcp://HOST:PORT, tls://HOST:PORT, or local; "
        "same results.",
    ),
    "out": lambda: click.Option(
        ["--out"],
        type=click.Path(file_okay=False),
        default="runs",
        envvar="SIMLAB_OUT",
        show_default=True,
        help="Folder of the run directories.",
    ),
    "charts": lambda: ValuesOption(
        ["--charts"],
        type=click.Choice(["json", "png", "svg", "html"]),
        help="Formats of the figures under charts/.  [default: json]",
    ),
    "format": lambda: click.Option(
        ["--format", "form"],
        type=click.Choice(FORMATS),
        default="table",
        envvar="SIMLAB_FORMAT",
        show_default=True,
        help="What stdout carries.",
    ),
    "quiet": lambda: click.Option(
        ["--quiet", "-q"],
        is_flag=True,
        envvar="SIMLAB_QUIET",
        help="No progress and no messages on stderr.",
    ),
    "debug": lambda: click.Option(
        ["--debug"],
        is_flag=True,
        envvar="SIMLAB_DEBUG",
        help="Show a traceback with an error.",
    ),
}


def no_color() -> bool:
    """Return whether NO_COLOR asks for plain text."""
    return bool(os.environ.get("NO_COLOR"))
