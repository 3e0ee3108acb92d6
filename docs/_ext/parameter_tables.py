"""The table of a struct of parameters: option, meaning, default, and what is allowed."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from markdown import code, escaped, table

from simlab.cli.options import parameter_options
from simlab.parameters import Parameters


def parameter_table(
    parameters: type[Parameters], *, axes: Mapping[str, Sequence[Any]] | None = None
) -> str:
    """Return the table of a scenario's parameters (``axes``: its default grid), or a source's."""
    schema = msgspec.json.schema(parameters)
    name = schema["$ref"].rpartition("/")[2]
    properties = schema["$defs"][name]["properties"]
    rows = []
    for option in parameter_options(parameters):
        described = properties[str(option.name)]
        default = (axes or {}).get(str(option.name), described["default"])
        flags = " / ".join(map(code, (*option.opts, *option.secondary_opts)))
        meaning = escaped(described.get("description", ""))
        rows.append([flags, meaning, escaped(_shown(default)), escaped(allowed(described))])
    return table(["option", "meaning", "default", "allowed"], rows)


def allowed(schema: Mapping[str, Any]) -> str:
    """Return in words what a JSON schema allows.

    >>> allowed({"type": "integer", "minimum": 1, "maximum": 10000})
    'whole, 1 to 10000'
    >>> allowed({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]})
    'number > 0'
    """
    if "anyOf" in schema:
        return " or ".join(allowed(s) for s in schema["anyOf"] if s.get("type") != "null")
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema["type"] == "array":
        least = schema.get("minItems", 0)
        return f"values: {allowed(schema['items'])}" + (f"; at least {least}" if least > 1 else "")
    words = {"integer": "whole", "number": "number", "string": "text", "boolean": "on or off"}
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{words[schema['type']]}, {_number(low)} to {_number(high)}"
    signs = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {_number(schema[key])}" for key, sign in signs.items() if key in schema]
    return " ".join([words[schema["type"]], " and ".join(bounds)]).strip()


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return " ".join(map(_shown, value)) or "none"
    if value is None:
        return "none"
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    """Return a number as one would type it: 10000, 6.25e7."""
    plain = f"{value:.10g}"
    mantissa, _, exponent = f"{value:.9e}".partition("e")
    short = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return plain if 1e-4 <= abs(value) < 1e6 or value == 0 else min(short, plain, key=len)
