"""Scenario ``icl``: run with its claims, and charts."""

from scenarios.icl.scenario import SCENARIO

__all__ = ["SCENARIO"]
