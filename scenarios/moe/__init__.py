"""Scenario ``moe``: parameters, run, claims and chart."""

from scenarios.moe.scenario import SCENARIO

__all__ = ["SCENARIO"]
