"""Scenario ``grokking``: parameters, run, claims, charts."""

from scenarios.grokking.scenario import SCENARIO

__all__ = ["SCENARIO"]
