"""Published scaling laws, held against their own constants and data: one publication a file."""

from replay.scaling_laws.source import SOURCE

__all__ = ["SOURCE"]
