"""The axis of scale: its title, ticks and numbers, for each kind of scale."""

import math
from typing import NamedTuple


class ScaleAxis(NamedTuple):
    """How one kind of scale is drawn."""

    title: str
    log: bool
    reverse: bool
    """True for loss: the better model stands to the right, as with any other scale."""
    label_expr: str
    """Vega expression for a tick's text, from ``datum.value``."""


_COUNT = (
    "datum.value < 1 ? format(datum.value, '~g') : replace(format(datum.value, '~s'), 'G', 'B')"
)
_POWER = "datum.value == 0 ? '0' : replace(format(datum.value, '~e'), '+', '')"
_PLAIN = "format(datum.value, '~g')"

SCALE_AXES = {
    "params": ScaleAxis("parameters", True, False, _COUNT),
    "flops": ScaleAxis("training FLOPs", True, False, _POWER),
    "tokens": ScaleAxis("training tokens", True, False, _COUNT),
    "steps": ScaleAxis("training steps", True, False, _COUNT),
    "loss": ScaleAxis("loss (nats per token)", False, True, _PLAIN),
    "width": ScaleAxis("width", True, False, _COUNT),
    "items": ScaleAxis("test items", True, False, _COUNT),
}
"""By scale_kind; a count reads 10M or 1B, compute reads 1e21."""


def format_scale(value: float, scale_kind: str) -> str:
    """Return a scale as a tick of its axis reads.

    >>> format_scale(1.3e9, "params"), format_scale(5.76e23, "flops"), format_scale(2.5, "loss")
    ('1.3B', '5.76e23', '2.5')
    """
    expr = SCALE_AXES[scale_kind].label_expr
    if expr == _POWER:
        return (
            "0" if value == 0 else f"{_trim(f'{value:.3e}'.partition('e')[0])}e{_exponent(value)}"
        )
    if expr == _COUNT:
        for unit, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
            if value >= unit:
                return f"{value / unit:.4g}{letter}"
    return f"{value:.4g}"


def _trim(mantissa: str) -> str:
    return mantissa.rstrip("0").rstrip(".")


def _exponent(value: float) -> int:
    return int(f"{value:.3e}".partition("e")[2])


def scale_domain(low: float, high: float, *, log: bool) -> tuple[float, float]:
    """Return the ends of an axis that holds ``low .. high`` with some air on both sides.

    >>> scale_domain(1.0, 1.0, log=False)
    (0.5, 1.5)
    """
    if log:
        air = (high / low) ** 0.04 if high > low else 4.0
        return low / air, high * air
    air = 0.04 * (high - low) if high > low else 0.5 * (abs(low) or 1.0)
    return low - air, high + air


def log_ticks(low: float, high: float, *, most: int = 6) -> list[float]:
    """Return tick values of a log axis: powers of ten, or finer where these are too few.

    >>> log_ticks(3e6, 2e9)
    [10000000.0, 100000000.0, 1000000000.0]
    >>> log_ticks(900, 4000)
    [1000.0, 3000.0]
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    powers = [float(f"1e{p}") for p in range(first, last + 1)]
    inside = [t for t in powers if low <= t <= high]
    if len(inside) > most:
        every = math.ceil(len(inside) / most)
        return inside[::every]
    if len(inside) >= 3:
        return inside
    for steps in ((1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)):
        fine = [float(f"{step}e{p}") for p in range(first, last + 1) for step in steps]
        inside = [t for t in fine if low <= t <= high]
        if len(inside) >= 2:
            return inside
    return inside


def score_domain(values: list[float]) -> tuple[float, float]:
    """Return the ends of an axis of scores: all values, and 0 unless they lie far from it.

    A constant gets 0 as the other end, so that its line does not look like noise.

    >>> [round(end, 3) for end in score_domain([0.1, 0.9])]
    [-0.027, 0.927]
    >>> [round(end, 3) for end in score_domain([70.0, 80.0])]
    [69.7, 80.3]
    """
    low, high = min(values), max(values)
    if low == high:
        low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
    elif 0 < low <= 0.4 * high:
        low = 0.0
    elif 0.4 * low <= high < 0:
        high = 0.0
    air = 0.03 * (high - low)
    return low - air, high + air
