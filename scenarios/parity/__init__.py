"""Scenario ``parity``: run with its claims, and charts."""

from scenarios.parity.scenario import SCENARIO

__all__ = ["SCENARIO"]
