"""Scenario ``autoencoder``: run with its claims, and charts."""

from scenarios.autoencoder.scenario import SCENARIO

__all__ = ["SCENARIO"]
