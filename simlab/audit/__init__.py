"""The audit: calibrated verdicts on whether a published curve shows emergence."""
