"""Scenario ``grokking-linear``: parameters, run, claims, chart."""

from scenarios.grokking_linear.scenario import SCENARIO

__all__ = ["SCENARIO"]
