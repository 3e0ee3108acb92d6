"""Model families whose loss per token falls smoothly with their size."""

from typing import Any, Literal, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from simlab.errors import UsageError
from simlab.simulators.family import ModelFamily, chinchilla_family, power_law_family

Law = Literal["power-law", "chinchilla"]

_FIRST = [10.0**e for e in range(6, 11)]
_RATIOS = [10.0, 2.0, 3.0, 5.0]
_EXPONENTS = [-0.5, -0.25, -0.125, -0.076, -0.35, -0.75, -1.0]
_CONSTANTS = [2e9, 1e8, 1e9, 1e10, 8.8e13]


def log_spaced_sizes(
    *, min_models: int = 3, max_models: int = 12
) -> SearchStrategy[tuple[float, ...]]:
    """Return a strategy of sizes in parameters, evenly spaced in ln N, ascending.

    Parameters
    ----------
    min_models, max_models : int
        Number of sizes, at least 1.

    Raises
    ------
    UsageError
        The numbers are out of their range.

    >>> from hypothesis import find
    >>> find(log_spaced_sizes(), lambda sizes: True)
    (1000000.0, 10000000.0, 100000000.0)
    """
    if not 1 <= min_models <= max_models:
        raise UsageError(f"sizes: {min_models} .. {max_models} models; give 1 <= min <= max")
    return st.builds(
        lambda first, ratio, n: tuple(first * ratio**i for i in range(n)),
        st.sampled_from(_FIRST),
        st.sampled_from(_RATIOS),
        st.integers(min_models, max_models),
    )


def families(
    *, law: Law | None = None, min_models: int = 3, max_models: int = 12
) -> SearchStrategy[ModelFamily]:
    """Return a strategy of families: sizes, loss, and the success of a token, exp(-loss).

    Parameters
    ----------
    law : {"power-law", "chinchilla"}, optional
        (N / c)^alpha with several c and alpha, or E + A / N^alpha + B / D^beta at 20 tokens a
        parameter; by default either.
    min_models, max_models : int
        Number of models, at least 1.

    Raises
    ------
    UsageError
        The law has another name, or the numbers are out of their range.

    >>> from hypothesis import find
    >>> find(families(law="power-law"), lambda f: len(f.loss) > 3).n_params.tolist()
    [1000000.0, 10000000.0, 100000000.0, 1000000000.0]
    """
    if law is not None and law not in get_args(Law):
        raise UsageError(f"law {law!r}; give one of {', '.join(get_args(Law))}")
    sizes = log_spaced_sizes(min_models=min_models, max_models=max_models)
    power = st.builds(
        lambda n, c, alpha: power_law_family(n, c=c, alpha=alpha),
        sizes,
        st.sampled_from(_CONSTANTS),
        st.sampled_from(_EXPONENTS),
    )
    known: dict[Any, SearchStrategy[ModelFamily]] = {
        "power-law": power,
        "chinchilla": sizes.map(chinchilla_family),
    }
    return known.get(law, power | known["chinchilla"])
