"""Text from columns."""

import polars as pl


def formatted(template: str, *columns: str | pl.Expr) -> pl.Expr:
    """Return ``template`` with each ``{}`` replaced by a column; null where one is null.

    It stands for `polars.format`, which panics in polars 2.1 where a filter has left parts of a
    column empty.

    >>> frame = pl.DataFrame({"a": ["x", None], "n": [1, 2]})
    >>> frame.select(said=formatted("{}: {}", "a", "n"))["said"].to_list()
    ['x: 1', None]
    """
    first, *rest = template.split("{}")
    if len(rest) != len(columns):
        raise ValueError(f"{template!r} has {len(rest)} places for {len(columns)} columns")
    parts = [pl.lit(first)]
    for column, text in zip(columns, rest, strict=True):
        parts += [pl.col(column) if isinstance(column, str) else column, pl.lit(text)]
    return pl.concat_str(parts)
