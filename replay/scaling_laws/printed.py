"""Claims about printed numbers: a number says by its last digit how far it may be off."""

from decimal import Decimal

from simlab.claims.claim import Claim, contradicts, within

_SLACK = 1e-9  # decimal fractions have no exact float


def half_unit(printed: str) -> float:
    """Return half a unit of the last printed digit.

    >>> half_unit("1.92e19"), half_unit(".46"), half_unit("8.0e9")
    (5e+16, 0.005, 50000000.0)
    """
    exponent = Decimal(printed).as_tuple().exponent
    return 0.5 * 10.0 ** int(exponent)


def rounds_to(
    id: str, statement: str, *, observed: float, printed: str, source: str, units: float = 1.0
) -> Claim:
    """Return a claim that ``observed`` is the number ``printed``, to its last digit.

    ``units`` widens the tolerance: 2 allows one unit of the last digit instead of half of one.

    >>> rounds_to("a", "a is .46", observed=0.4565, printed=".46", source="table 2").verdict
    'pass'
    """
    return within(
        id,
        statement,
        observed=observed,
        expected=float(printed),
        tolerance=_width(printed, units),
        source=source,
    )


def misses(id: str, statement: str, *, observed: float, printed: str, source: str) -> Claim:
    """Return a contradiction: ``observed`` does not round to the number ``printed``.

    >>> misses("a", "a is .46", observed=0.4516, printed=".46", source="table 2").verdict
    'contradiction'
    """
    return contradicts(
        id,
        statement,
        observed=observed,
        expected=float(printed),
        tolerance=_width(printed, 1.0),
        source=source,
    )


def _width(printed: str, units: float) -> float:
    return units * half_unit(printed) + _SLACK * abs(float(printed))
