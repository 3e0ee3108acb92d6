"""Scenario ``calibration``: how often the audit is right, on curves whose truth is known."""

from scenarios.calibration.scenario import SCENARIO

__all__ = ["SCENARIO"]
