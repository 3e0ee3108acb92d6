"""A metric, yours or one of simlab's, searched for its properties."""
