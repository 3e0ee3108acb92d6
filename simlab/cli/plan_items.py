"""``simlab plan items``: how many test items an effect needs, or what a number of them can show."""

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any

import click

from simlab.cli.options import add
from simlab.cli.values import Real, ValuesCommand, ValuesOption, Whole
from simlab.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from simlab.planning.item_plan import Design, ItemPlan

EPILOG = """\b
Examples:
  simlab plan items --p 0.0916 --length 1 2 3 4 5
  simlab plan items --n-params 3.5e8 --length 1 2 3 4 5
  simlab plan items --p 0.30 --chance 0.25
  simlab plan items --p0 0.25 --p1 0.30 --paired --pair-rho 0.5
  simlab plan items --items 100 1000 --p0 0.25
  simlab plan items --p 0.30 --chance 0.25 --cluster-size 5 --rho 0.1
"""

HELP = (
    "Test items that an effect needs to show.\n\n"
    "--p asks when one model is seen above --chance; with chance 0, when it gets a first hit. "
    "--p0 and --p1 ask when two models, such as two neighbouring scales, are told apart. --items "
    "asks what a benchmark of that size can show, above --chance or above --p0. Several values "
    "give several answers; those of --p0 and --p1 go together, one by one."
)


def _many(flag: str, kind: Any, text: str) -> Callable[[Any], Any]:
    return click.option(flag, cls=ValuesOption, type=kind, help=text)


def _one(flag: str, default: float, text: str) -> Callable[[Any], Any]:
    return click.option(flag, type=Real(), default=default, show_default=True, help=text)


@click.command(cls=ValuesCommand, help=HELP, epilog=EPILOG)
@_many("--p", Real(), "Success of a model on one token (on one item, if --length is 1).")
@_many("--n-params", Real(), "Sizes instead of --p: p = exp(-(N / 2e9)^-1/2), as `run mirage`.")
@_many("--p0", Real(), "Success of the weaker model.")
@_many("--p1", Real(), "Success of the stronger model.")
@_many("--items", Whole(), "Items of a benchmark: asks for the smallest success it can show.")
@_many("--length", Whole(), "Tokens that must all be right: success p^L.  [default: 1]")
@_one("--chance", 0.0, "Success of a guess at a whole answer.")
@_one("--power", 0.8, "Probability to see what is there.")
@_one("--alpha", 0.05, "Level of the tests, one-sided.")
@_one("--confidence", 0.95, "Probability of at least one hit, where chance is 0.")
@click.option("--paired", is_flag=True, help="Both models answer the same items.")
@_one("--pair-rho", 0.0, "With --paired: correlation of two models' being right on an item.")
@click.option(
    "--cluster-size", type=Whole(), default=1, show_default=True, help="Items in a cluster."
)
@_one("--rho", 0.0, "Correlation of being right on two items of a cluster.")
@add("format", "debug")
def command(
    form: str,
    debug: bool,
    p: tuple[float, ...],
    n_params: tuple[float, ...],
    p0: tuple[float, ...],
    p1: tuple[float, ...],
    items: tuple[int, ...],
    length: tuple[int, ...],
    **design: Any,
) -> int:
    """Print one row a plan, and what each means."""
    from simlab.cli.plan_output import write_plans
    from simlab.planning.design_effect import design_effect
    from simlab.planning.item_plan import Design

    _check(p, n_params, p0, p1, items, length, design)
    design_effect(design["cluster_size"], design["rho"])
    success = (*p, *_mirage_success(n_params))
    plans = _plans(success, p0, p1, items, length or (1,), Design(**design))
    write_plans(form, "Items", [plan._asdict() for plan in plans])
    return EXIT_OK


def _check(
    p: tuple[float, ...],
    n_params: tuple[float, ...],
    p0: tuple[float, ...],
    p1: tuple[float, ...],
    items: tuple[int, ...],
    length: tuple[int, ...],
    design: dict[str, Any],
) -> None:
    """Raise UsageError where the options do not ask one question."""
    if sum(map(bool, (p or n_params, p1, items))) != 1:
        raise UsageError("plan items: give one of --p (or --n-params), --p0 with --p1, --items")
    if p1 and not p0:
        raise UsageError("--p1: give --p0 too, the success that is to be exceeded")
    if p0 and not (p1 or items):
        raise UsageError("--p0: give --p1 or --items too; --p asks about one model")
    if p1 and len(p0) != len(p1) and 1 not in (len(p0), len(p1)):
        raise UsageError(f"--p1: {len(p1)} values for {len(p0)} of --p0; give as many, or one")
    if items and length:
        raise UsageError("--length: --items asks for the success of whole answers; leave it out")
    if p0 and design["chance"]:
        raise UsageError("--chance: two models are compared with each other; leave it out")
    if design["paired"] and not p0:
        raise UsageError("--paired: needs two models; give --p0 and --p1, or --p0 and --items")
    if design["pair_rho"] and not design["paired"]:
        raise UsageError("--pair-rho: is for models that answer the same items; give --paired too")
    if design["rho"] and design["cluster_size"] == 1:
        raise UsageError("--rho: is for items in clusters; give --cluster-size too")


def _mirage_success(n_params: tuple[float, ...]) -> list[float]:
    """Return the per-token success of the family of `simlab run mirage` at these sizes."""
    if not n_params:
        return []
    import numpy as np

    from simlab.laws.power_law import power_law_loss

    return [float(v) for v in np.exp(-power_law_loss(n_params, c=2e9, alpha=-0.5))]


def _plans(
    success: tuple[float, ...],
    p0: tuple[float, ...],
    p1: tuple[float, ...],
    items: tuple[int, ...],
    lengths: tuple[int, ...],
    design: "Design",
) -> "list[ItemPlan]":
    from simlab.planning.item_plan import plan_detectable, plan_one_model, plan_two_models

    if items:
        return [plan_detectable(n, design, p0=p) for p, n in product(p0 or (None,), items)]
    if p1:
        many = max(len(p0), len(p1))
        pairs = zip(p0 * (many // len(p0)), p1 * (many // len(p1)), strict=True)
        return [plan_two_models(a, b, design, length=L) for (a, b), L in product(pairs, lengths)]
    return [plan_one_model(p, design, length=L) for p, L in product(success, lengths)]
