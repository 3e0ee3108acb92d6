"""GPU-hours and money that FLOPs take."""

from typing import NamedTuple

import numpy as np

from simlab.errors import UsageError

GPUS = {"v100": 125e12, "a100": 312e12, "h100": 989e12}
"""Peak dense half-precision FLOP/s: NVIDIA's data sheets of V100 SXM2, A100, H100 SXM."""


class Hardware(NamedTuple):
    """What the FLOPs run on."""

    peak: float
    """FLOP/s of one device at its peak."""
    utilisation: float = 0.4
    """Share of the peak that the model's own FLOPs reach (model FLOPs utilisation)."""
    price: float | None = None
    """Money for one device and hour, in any currency."""


class TrainingCost(NamedTuple):
    """What a number of FLOPs costs."""

    gpu_hours: float
    cost: float | None
    """In the currency of the price; None without one."""


def training_cost(flops: float, hardware: Hardware) -> TrainingCost:
    """Return ``flops / (peak utilisation 3600)`` device-hours and their price.

    Raises UsageError if a number is not positive or the utilisation is above 1.

    References
    ----------
    Chowdhery et al. 2022, "PaLM", arXiv:2204.02311, appendix B, on model FLOPs utilisation.

    >>> round(training_cost(6 * 70e9 * 2e12, Hardware(GPUS["a100"], 0.435)).gpu_hours, -4)
    1720000.0
    """
    for name, value in (("flops", flops), ("peak", hardware.peak)):
        if not (np.isfinite(value) and value > 0):
            raise UsageError(f"{name} {value:g}: give a positive number")
    if not 0 < hardware.utilisation <= 1:
        raise UsageError(f"utilisation {hardware.utilisation:g}: give a share in (0, 1]")
    if hardware.price is not None and not (np.isfinite(hardware.price) and hardware.price >= 0):
        raise UsageError(f"price {hardware.price:g}: give the price of one device and hour")
    hours = flops / (hardware.peak * hardware.utilisation * 3600)
    return TrainingCost(hours, None if hardware.price is None else hours * hardware.price)


def flops_of_hours(gpu_hours: float, hardware: Hardware) -> float:
    """Return the FLOPs that so many device-hours give: the inverse of `training_cost`.

    >>> hardware = Hardware(GPUS["h100"])
    >>> round(training_cost(flops_of_hours(1e6, hardware), hardware).gpu_hours)
    1000000
    """
    if not (np.isfinite(gpu_hours) and gpu_hours > 0):
        raise UsageError(f"gpu-hours {gpu_hours:g}: give a positive number")
    return gpu_hours / training_cost(1.0, hardware).gpu_hours
