"""Ways of resampling, by name."""

from collections.abc import Iterable

from simlab.errors import UsageError, did_you_mean


def check_resample(resample: str, known: Iterable[str]) -> None:
    """Raise UsageError with the nearest name if there is no such way.

    >>> check_resample("pair", ["residual", "pairs"])
    Traceback (most recent call last):
    simlab.errors.UsageError: resample 'pair'; did you mean 'pairs'?; there are residual, pairs
    """
    names = list(known)
    if resample not in names:
        raise UsageError(
            f"resample {resample!r}{did_you_mean(resample, names)}; there are {', '.join(names)}"
        )
