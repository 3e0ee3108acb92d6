"""Scenario ``sampling``: parameters, run, claims and charts."""

from scenarios.sampling.scenario import SCENARIO

__all__ = ["SCENARIO"]
