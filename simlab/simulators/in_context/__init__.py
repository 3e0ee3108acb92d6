"""Regression in context: the estimators that a prompt of examples can be read by."""
