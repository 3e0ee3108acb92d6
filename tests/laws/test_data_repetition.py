import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.laws.chinchilla import chinchilla_loss, compute_optimum
from simlab.laws.data_repetition import (
    MUENNIGHOFF,
    RepetitionConstants,
    effective_counts,
    params_for_tokens,
    repeated_data_loss,
)

COUNTS = st.floats(6, 13).map(lambda x: 10**x)


@given(COUNTS, COUNTS, COUNTS)
def test_equation_17_in_plain_python(n, d, unique):
    law = MUENNIGHOFF.law
    u_d = min(unique, d)
    u_n = min(float(params_for_tokens(u_d, constants=law)), n)
    r_d, r_n = d / u_d - 1, n / u_n - 1
    d_worth = u_d + u_d * 15.387756 * (1 - math.exp(-r_d / 15.387756))
    n_worth = u_n + u_n * 5.309743 * (1 - math.exp(-r_n / 5.309743))
    loss = math.exp(0.6254804) + math.exp(6.255414) / n_worth**0.3526596
    loss += math.exp(7.3049974) / d_worth**0.3526596
    assert float(repeated_data_loss(n, d, unique)) == pytest.approx(loss, rel=1e-9)


def test_the_constants_round_to_the_printed_ones():
    E, A, B, alpha, beta = MUENNIGHOFF.law
    assert (round(E, 2), round(A), round(B), round(alpha, 2), beta) == (
        1.87,
        521,
        1488,
        0.35,
        alpha,
    )
    # appendix A: U_N = .051 U_D
    assert params_for_tokens(1e9, constants=MUENNIGHOFF.law) == pytest.approx(0.051e9, rel=5e-3)


def test_worth_of_epochs():
    """Four epochs are worth 3.73 and sixteen 10.58 of new data; no number is worth 16.4."""
    worth = effective_counts(1e7, [4e9, 16e9, 1e15], 1e9).n_tokens / 1e9
    assert worth == pytest.approx([3.73, 10.58, 16.387756], abs=5e-3)


@given(COUNTS, COUNTS)
def test_data_seen_once_by_a_small_model_follow_the_plain_law(d, share):
    n = float(params_for_tokens(d, constants=MUENNIGHOFF.law)) * min(share / 1e13, 1.0)
    plain = chinchilla_loss(n, d, constants=MUENNIGHOFF.law)
    assert repeated_data_loss(n, d, d) == pytest.approx(float(plain), rel=1e-12)


def test_size_for_tokens_inverts_the_optimum():
    law = MUENNIGHOFF.law._replace(alpha=0.3, beta=0.4)
    best = compute_optimum([1e18, 1e22], constants=law)
    assert params_for_tokens(best.n_tokens, constants=law) == pytest.approx(best.n_params)


def test_more_never_hurts_and_repeats_never_beat_new_data():
    d = np.geomspace(1e9, 1e12, 30)
    loss = repeated_data_loss(1e9, d, 1e9)
    assert (np.diff(loss) <= 0).all()
    assert (loss >= repeated_data_loss(1e9, d, d) - 1e-12).all()


@pytest.mark.parametrize(
    ("args", "words"),
    [((0, 1e9, 1e9), "n_params: 0"), ((1e9, -1, 1e9), "n_tokens: -1"), ((1e9, 1e9, 0), "unique")],
)
def test_bad_counts(args, words):
    with pytest.raises(UsageError, match=words):
        repeated_data_loss(*args)


def test_bad_constants():
    with pytest.raises(UsageError, match="r_params = 0"):
        effective_counts(1e9, 1e9, 1e9, constants=RepetitionConstants(MUENNIGHOFF.law, 15.0, 0.0))
