"""Scenario ``zoo``: parameters, run, claims, charts."""

from scenarios.zoo.scenario import SCENARIO

__all__ = ["SCENARIO"]
