"""Typed parameters: a frozen struct whose fields become options of the command line.

A field is annotated ``Annotated[type, Meta(description=..., ge=..., ...)]`` and has a default. Its
type is bool, int, float, str, a ``Literal`` of names, one of these or None, or a
``tuple[..., ...]`` of these. A scalar field that is given several values becomes an axis of the
grid; a tuple field takes several values as one. Numbers must be finite and fit 64 bits.
"""

import math
import typing
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union

import msgspec
from msgspec import Meta

from simlab.errors import UsageError, did_you_mean

__all__ = ["Field", "Meta", "Parameters", "cell_name", "fields", "grid", "single"]


class Parameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the parameters of a scenario or a source; compare and hash by value."""


P = TypeVar("P", bound=Parameters)


class Field(NamedTuple):
    """One parameter as the command line sees it."""

    name: str
    kind: type
    """bool, int, float or str: the type of one value."""
    many: bool
    """True for a tuple field: several values are one value of the field, not an axis."""
    choices: tuple[str, ...]
    default: Any
    help: str
    off: str = ""
    """Of a bool: the word that turns it off, where it is not no-NAME: ``extra={"off": "raw"}``."""


def fields(parameters: type[Parameters]) -> Iterator[Field]:
    """Yield the fields of a parameter struct, in the order of their definition.

    Raises TypeError for a field without a default, or of a type that no option can have.
    """
    hints = typing.get_type_hints(parameters, include_extras=True)
    for info in msgspec.structs.fields(parameters):
        hint, text, off = _bare(hints[info.name])
        many = typing.get_origin(hint) is tuple
        if many:
            inner = typing.get_args(hint)
            hint = _bare(inner[0])[0] if inner[1:] == (Ellipsis,) else None
        choices: tuple[str, ...] = ()
        if typing.get_origin(hint) is Literal:
            choices, hint = typing.get_args(hint), str
        if hint not in (bool, int, float, str) or not all(isinstance(c, str) for c in choices):
            raise TypeError(
                f"{parameters.__name__}.{info.name}: {hints[info.name]} is no bool, int, float, "
                "str, Literal of names, or tuple[..., ...] of these"
            )
        if info.default is msgspec.NODEFAULT:
            raise TypeError(f"{parameters.__name__}.{info.name}: has no default")
        yield Field(info.name, hint, many, choices, info.default, text, off)


def _bare(hint: Any) -> tuple[Any, str, str]:
    """Return a type without Annotated and None, the outermost description, and the word for off."""
    text = off = ""
    while True:
        inner = [t for t in typing.get_args(hint) if t is not type(None)]
        if typing.get_origin(hint) is Annotated:
            found = (m.description for m in hint.__metadata__ if isinstance(m, Meta))
            text = text or next((d for d in found if d), "")
            extras = (m.extra or {} for m in hint.__metadata__ if isinstance(m, Meta))
            off = off or next((e["off"] for e in extras if "off" in e), "")
        elif typing.get_origin(hint) not in (Union, UnionType) or len(inner) != 1:
            return hint, text, off
        hint = inner[0]


def grid(parameters: type[P], given: Mapping[str, Sequence[Any]]) -> list[P]:
    """Return one struct per cell of the grid: the product of the values given for scalar fields.

    Raises UsageError that names the option, the value, and the range that it must keep.

    >>> class Toy(Parameters):
    ...     K: Annotated[int, Meta(ge=1)] = 1
    ...     n: int = 10
    >>> [cell.K for cell in grid(Toy, {"K": [1, 4]})]
    [1, 4]
    >>> grid(Toy, {"K": [0]})
    Traceback (most recent call last):
    simlab.errors.UsageError: --K 0: expected `int` >= 1
    """
    known = {field.name: field for field in fields(parameters)}
    axes: dict[str, list[Any]] = {}
    for name, values in given.items():
        if name not in known:
            option = "--" + name.replace("_", "-")
            hint = did_you_mean(name, list(known)).replace("_", "-")
            raise UsageError(f"{option}: no such parameter{hint}")
        if not values:
            raise UsageError(f"--{name.replace('_', '-')}: give at least one value")
        axes[name] = [tuple(values)] if known[name].many else list(dict.fromkeys(values))
    cells = [
        _convert(parameters, dict(zip(axes, cell, strict=True))) for cell in product(*axes.values())
    ]
    for name, values in given.items():
        for value in values:
            _reject_out_of_range(name, value)
    return cells


def single(parameters: type[P], given: Mapping[str, Sequence[Any]]) -> P:
    """Return the one struct of what was given, where no field can become an axis.

    Raises UsageError like `grid`, and where a scalar field is given several values.

    >>> class Toy(Parameters):
    ...     K: int = 1
    >>> single(Toy, {"K": [4]}).K
    4
    >>> single(Toy, {"K": [1, 4]})
    Traceback (most recent call last):
    simlab.errors.UsageError: --K 1 4: takes one value
    """
    cell, *more = grid(parameters, given)
    if more:
        name = next(n for n in given if getattr(more[-1], n) != getattr(cell, n))
        values = " ".join(map(str, given[name]))
        raise UsageError(f"--{name.replace('_', '-')} {values}: takes one value")
    return cell


def cell_name(cell: Parameters, *, always: Sequence[str] = (), never: Sequence[str] = ()) -> str:
    """Return what tells a cell from others: fields ``always`` named, and those not at default.

    Tuple fields are left out, since they are never an axis, and so are fields ``never`` named
    here, because another column of the table holds them.

    >>> class Toy(Parameters):
    ...     K: int = 1
    ...     n: int = 10
    >>> cell_name(Toy(K=4), always=["K"]), cell_name(Toy(n=5), always=["K"])
    ('K=4', 'K=1, n=5')
    """
    rest = [
        field.name
        for field in fields(type(cell))
        if not field.many
        and field.name not in (*always, *never)
        and getattr(cell, field.name) != field.default
    ]
    return ", ".join(f"{name}={_written(getattr(cell, name))}" for name in (*always, *rest))


def _written(value: Any) -> str:
    """Return a value as short as it can be without becoming another."""
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return str(value)


def _reject_out_of_range(name: str, value: Any) -> None:
    """Raise UsageError for numbers that kernels cannot take, whatever the field allows."""
    option = f"--{name.replace('_', '-')} {value}"
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{option}: expected a finite number")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise UsageError(f"{option}: expected a whole number of at most 64 bits")


def _convert(parameters: type[P], values: dict[str, Any]) -> P:
    try:
        return msgspec.convert(values, parameters)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        name = path.rstrip("`").split("[")[0]
        if not name:
            raise UsageError(str(error)) from None
        shown = values.get(name)
        shown = " ".join(map(str, shown)) if isinstance(shown, tuple) else shown
        field = next(field for field in fields(parameters) if field.name == name)
        reason = (reason[:1].lower() + reason[1:]).replace("-0.0", "0")
        if field.choices:
            reason += f"; use one of {', '.join(field.choices)}"
        raise UsageError(f"--{name.replace('_', '-')} {shown}: {reason}") from None
