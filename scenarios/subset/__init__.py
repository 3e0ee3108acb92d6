"""Scenario ``subset``: run with its claims, and charts."""

from scenarios.subset.scenario import SCENARIO

__all__ = ["SCENARIO"]
