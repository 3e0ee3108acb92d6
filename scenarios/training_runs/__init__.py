"""Scenario ``training-runs``: three approaches to scaling laws on runs of a known law."""

from scenarios.training_runs.scenario import SCENARIO

__all__ = ["SCENARIO"]
