"""Small tables of published facts, one CSV file each, with the citation in its first lines."""

from functools import cache
from importlib.resources import files

import polars as pl


@cache
def load(name: str, *, as_text: bool = False) -> pl.DataFrame:
    """Return the published table ``name``; a column's type is that of its values.

    With ``as_text`` all cells are as printed, so that their last digits are known.

    >>> load("wei2022_appendix_e").columns
    ['task', 'category', 'model', 'n_params', 'preferred_metric']
    """
    content = files(__name__).joinpath(f"{name}.csv").read_bytes()
    return pl.read_csv(
        content, comment_prefix="#", infer_schema=not as_text, infer_schema_length=None
    )


def about(name: str) -> str:
    """Return where the table ``name`` comes from and what its columns mean, one fact a line.

    >>> about("wei2022_table1").splitlines()[0].split(",")[0]
    'Wei et al. 2022'
    """
    lines = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return "\n".join(line.removeprefix("# ") for line in lines if line.startswith("#"))
