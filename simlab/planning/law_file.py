"""Laws by name, or from the JSON that ``simlab fit chinchilla --format json`` prints."""

from pathlib import Path

import msgspec

from simlab.errors import DataError, UsageError, did_you_mean
from simlab.laws.chinchilla import (
    BESIROGLU,
    HOFFMANN_ROUNDED,
    HOFFMANN_TEX,
    ChinchillaConstants,
)
from simlab.planning.loss_law import ChinchillaLaw, KaplanLaw, LossLaw, check_positive

LAWS: dict[str, LossLaw] = {
    "besiroglu2024": ChinchillaLaw("besiroglu2024", BESIROGLU),
    "hoffmann2022": ChinchillaLaw("hoffmann2022", HOFFMANN_TEX),
    "hoffmann2022-rounded": ChinchillaLaw(
        "hoffmann2022-rounded",
        HOFFMANN_ROUNDED,
        note="rounding alone moves this optimum by a fifth at 5.76e23 FLOPs; use hoffmann2022",
    ),
    "kaplan2020": KaplanLaw(),
}
"""Published laws by the word of ``--law``."""


class _Params(msgspec.Struct):
    E: float
    A: float
    B: float
    alpha: float
    beta: float


class _Fit(msgspec.Struct):
    law: str
    params: _Params
    draws: list[tuple[float, float, float, float, float]] = []


def find_law(word: str) -> LossLaw:
    """Return the published law of this name, or the fit in a JSON file.

    Raises UsageError for an unknown name that is no file, and DataError for a file that is no
    Chinchilla fit or whose constants are out of range.

    >>> find_law("kaplan2020").name
    'kaplan2020'
    """
    if word in LAWS:
        return LAWS[word]
    path = Path(word)
    if not path.is_file():
        raise UsageError(
            f"--law {word}: no such law or file{did_you_mean(word, list(LAWS))}; there are "
            f"{', '.join(LAWS)}, or the file of `simlab fit chinchilla DATA --format json`"
        )
    try:
        fit = msgspec.json.decode(path.read_bytes(), type=_Fit)
    except msgspec.DecodeError as error:
        raise DataError(
            f"{path}: {error}; give what `simlab fit chinchilla DATA --format json` prints"
        ) from None
    if fit.law != "chinchilla":
        raise DataError(f"{path}: law {fit.law!r} gives no loss; give a fit of chinchilla")
    constants = _checked(path, ChinchillaConstants(*msgspec.structs.astuple(fit.params)))
    draws = tuple(
        ChinchillaLaw(word, _checked(path, ChinchillaConstants(E, A, B, alpha, beta)))
        for E, A, B, alpha, beta in fit.draws
        if alpha > 0 and beta > 0  # a resample without an optimum has none to give
    )
    lost = len(fit.draws) - len(draws)
    note = "" if fit.draws else "no intervals: fit with --draws to keep what they are made of"
    note = f"{lost} of {len(fit.draws)} resamples have no optimum" if lost else note
    return ChinchillaLaw(word, constants, note, draws)


def _checked(path: Path, constants: ChinchillaConstants) -> ChinchillaConstants:
    for name, value in constants._asdict().items():
        if name == "E" and value == 0:
            continue
        try:
            check_positive(name, value)
        except UsageError as error:
            raise DataError(f"{path}: {error}; such a fit has no optimum") from None
    return constants
