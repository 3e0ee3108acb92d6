"""Scenario ``allocation-bias``: what each approach gets wrong by its design alone."""

from scenarios.allocation_bias.scenario import SCENARIO

__all__ = ["SCENARIO"]
