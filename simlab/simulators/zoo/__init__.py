"""Curves of score against scale of which the truth is known, to try analyses on."""
