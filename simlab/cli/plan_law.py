"""Options that the planners of training share: the law, and the hardware with its price."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from simlab.cli.values import Real, ValuesOption
from simlab.errors import UsageError

if TYPE_CHECKING:
    from simlab.planning.loss_law import LossLaw
    from simlab.planning.training_cost import Hardware

LAW_HELP = (
    "besiroglu2024, hoffmann2022, hoffmann2022-rounded, kaplan2020, or the file of "
    "`simlab fit chinchilla DATA --draws --format json`.  [default: besiroglu2024]"
)


def law_option() -> Callable[[Any], Any]:
    """Return --law, which takes several values."""
    return click.option("--law", cls=ValuesOption, type=click.STRING, help=LAW_HELP)


def hardware_options() -> Callable[[Any], Any]:
    """Return --gpu, --peak, --utilisation and --price."""

    def decorate(function: Any) -> Any:
        options = (
            click.option(
                "--gpu", type=click.Choice(["v100", "a100", "h100"]),
                help="Peak dense half-precision FLOP/s of NVIDIA's data sheets.",
            ),
            click.option("--peak", type=Real(), help="Peak FLOP/s of one device, without --gpu."),
            click.option(
                "--utilisation", type=Real(), default=0.4, show_default=True,
                help="Share of the peak that the model's FLOPs reach.",
            ),
            click.option("--price", type=Real(), help="Price of one device and hour."),
        )  # fmt: skip
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def laws_of(words: tuple[str, ...]) -> "list[LossLaw]":
    """Return the laws that were asked for."""
    from simlab.planning.law_file import find_law

    return [find_law(word) for word in words or ("besiroglu2024",)]


def hardware_of(given: dict[str, Any]) -> "Hardware | None":
    """Take the hardware's options out of ``given``; None where neither device nor peak is named."""
    from simlab.planning.training_cost import GPUS, Hardware

    gpu, peak, utilisation, price = (
        given.pop(name) for name in ("gpu", "peak", "utilisation", "price")
    )
    if gpu and peak:
        raise UsageError("--peak: --gpu names a peak already; leave one out")
    if not (gpu or peak):
        if price is not None:
            raise UsageError("--price: is for a device; give --gpu or --peak too")
        return None
    return Hardware(GPUS[gpu] if gpu else peak, utilisation, price)


def notes_of(laws: "list[LossLaw]") -> list[str]:
    """Return what a reader must know of the laws, one sentence a law."""
    return [f"{law.name}: {law.note}" for law in laws if law.note]
