"""The smooth null of the audit: its fit, the test of sharpness, and what follows from the fit."""

from simlab.audit.smooth_null.breakpoint import Breakpoints, breakpoints
from simlab.audit.smooth_null.forecast import Forecast, forecast
from simlab.audit.smooth_null.resolution import Resolution, resolution
from simlab.audit.smooth_null.sharpness import Sharpness, sharpness

__all__ = [
    "Breakpoints",
    "Forecast",
    "Resolution",
    "Sharpness",
    "breakpoints",
    "forecast",
    "resolution",
    "sharpness",
]
