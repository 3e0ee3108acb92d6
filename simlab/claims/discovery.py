"""All property claims: those of the catalogue, and those of packages by entry point."""

from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import Any, NamedTuple

from simlab.claims import catalogue
from simlab.claims.property_claim import PropertyClaim
from simlab.errors import UsageError, did_you_mean

GROUP = "simlab.claims"


class FoundClaim(NamedTuple):
    """A claim and the place that states it."""

    claim: PropertyClaim
    place: str
    """The module, or the entry point as it is registered."""


class Catalogue(NamedTuple):
    """What was found."""

    claims: dict[str, FoundClaim]
    """By id, in the order of the alphabet."""
    broken: tuple[str, ...]
    """One line for each entry point that cannot be used; others are found all the same."""


def property_claims() -> Catalogue:
    """Return all property claims.

    Raises
    ------
    UsageError
        Two claims of the catalogue have one id. (An entry point's is listed under ``broken``.)

    >>> "brier-sum-is-strictly-proper" in property_claims().claims
    True
    """
    found: dict[str, FoundClaim] = {}
    for module in sorted(m.name for m in iter_modules(catalogue.__path__)):
        place = f"{catalogue.__name__}.{module}"
        complaint = _take(import_module(place).CLAIMS, place, found)
        if complaint:
            raise UsageError(complaint)
    broken = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        place = f"{point.name} ({point.value})"
        try:
            offered = point.load()
        except Exception as error:
            what = " ".join(str(error).split())
            complaint = (
                f"claims {place} cannot be imported: {type(error).__name__}: {what}; "
                "repair or uninstall the package that offers them"
            )
        else:
            complaint = _take(offered, place, found)
        if complaint:
            broken.append(complaint)
    return Catalogue(dict(sorted(found.items())), tuple(broken))


def find_claims(ids: tuple[str, ...], known: Catalogue) -> list[FoundClaim]:
    """Return the claims of these ids, in this order; all of them if there is no id.

    Raises
    ------
    UsageError
        An id is unknown; or all are asked for, and an entry point cannot be used.
    """
    if not ids and known.broken:
        raise UsageError(known.broken[0])
    missing = [id for id in ids if id not in known.claims]
    if missing:
        raise UsageError(
            f"no claim {missing[0]!r}{did_you_mean(missing[0], list(known.claims))}; "
            "'simlab claims list' shows them, 'simlab runs' the runs"
        )
    return [known.claims[id] for id in ids] if ids else list(known.claims.values())


def _take(offered: Any, place: str, found: dict[str, FoundClaim]) -> str | None:
    """Add what a place offers, all or nothing; return what is wrong with it."""
    claims = [offered] if isinstance(offered, PropertyClaim) else offered
    if not isinstance(claims, tuple | list) or not all(
        isinstance(c, PropertyClaim) for c in claims
    ):
        return f"claims {place}: not a PropertyClaim, nor a tuple of them"
    fresh: dict[str, FoundClaim] = {}
    for claim in claims:
        other = found.get(claim.id) or fresh.get(claim.id)
        if other:
            return f"claims {place}: the id {claim.id!r} is taken by {other.place}; choose another"
        fresh[claim.id] = FoundClaim(claim, place)
    found.update(fresh)
    return None
