import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.laws.chinchilla import (
    BESIROGLU,
    HOFFMANN_TEX,
    chinchilla_loss,
    compute_optimum,
)
from simlab.simulators.training_runs import Training, isoflop_design, simulate_training_runs
from simlab.streams import seed_key
from tests.naive import fits as naive_fits

EXACT = Training(noise=0.0)


@given(
    st.integers(1, 1000).map(lambda k: k * 1e7),
    st.integers(1, 1000).map(lambda k: k * 1e9),
    st.builds(
        Training,
        horizon=st.sampled_from([1.0, 1.5, 5.0]),
        decay=st.sampled_from([0.0, 0.2]),
        noise=st.sampled_from([0.0, 0.01]),
        step_noise=st.sampled_from([0.0, 0.02]),
        lr_spread=st.sampled_from([0.0, 0.5]),
        lr_drift=st.sampled_from([-0.3, 0.0, 0.5]),
        lr_cost=st.sampled_from([0.0, 0.01]),
        outliers=st.sampled_from([0.0, 0.5]),
        outlier_excess=st.sampled_from([0.0, 0.3]),
    ),
    st.integers(2, 6),
    st.integers(0, 50),
)
def test_curves_are_those_of_plain_python(n, d, training, points, seed):
    sizes = [n, 2 * n]
    curves = simulate_training_runs(sizes, [d, d], training=training, points=points, seed=seed)
    for i, size in enumerate(sizes):
        key = int(seed_key(seed, "training-runs", float(size), float(d), 0))
        tokens, losses = naive_fits.training_curve(
            key, size, d, BESIROGLU, training, n * 2**0.5, points
        )
        part = slice(*curves.offsets[i : i + 2])
        assert curves.n_tokens[part].tolist() == pytest.approx(tokens, rel=1e-12)
        assert curves.loss[part].tolist() == pytest.approx(losses, rel=1e-11)
        assert curves.flops[part].tolist() == pytest.approx([6 * size * t for t in tokens])


def test_without_noise_runs_end_on_the_law_and_stay_above_it_before():
    n, d = isoflop_design([1e18, 1e20, 1e22])
    curves = simulate_training_runs(n, d, training=EXACT, constants=HOFFMANN_TEX)
    final = curves.final_runs()
    assert final.loss == pytest.approx(chinchilla_loss(n, d, constants=HOFFMANN_TEX), rel=1e-12)
    sizes = np.repeat(curves.n_params, 40)
    law = chinchilla_loss(sizes, curves.n_tokens, constants=HOFFMANN_TEX)
    last = np.zeros(len(law), np.bool_)
    last[curves.offsets[1:] - 1] = True
    assert (curves.loss[~last] > law[~last]).all()
    assert (np.diff(curves.loss.reshape(-1, 40), axis=1) < 0).all()


def test_what_overshooting_costs():
    """At the end of a run a schedule of twice its tokens is half way: half of the decay is left."""
    twice = Training(noise=0.0, horizon=2.0, decay=0.2)
    loss = simulate_training_runs([1e9], [2e10], training=twice).final_runs().loss[0]
    B, beta = BESIROGLU.B, BESIROGLU.beta
    extra = 0.2 * 0.5 * B / 2e10**beta
    assert loss == pytest.approx(float(chinchilla_loss(1e9, 2e10)) + extra, rel=1e-12)
    ends = [
        simulate_training_runs([1e9], [2e10], training=Training(noise=0.0, horizon=h))
        .final_runs()
        .loss[0]
        for h in (1.0, 1.25, 2.0, 5.0)
    ]
    assert ends == sorted(ends)


def test_one_learning_rate_for_all_sizes_costs_the_square_of_its_error():
    drift = Training(noise=0.0, lr_drift=0.5, lr_cost=0.01)
    n = np.array([1e8, 1e9, 1e10])
    loss = simulate_training_runs(n, [1e11] * 3, training=drift).final_runs().loss
    cost = 0.01 * (0.5 * np.log(n / 1e9)) ** 2
    assert np.log(loss / chinchilla_loss(n, 1e11)) == pytest.approx(cost, abs=1e-12)


def test_noise_and_outliers_have_their_size():
    n = np.full(4000, 1e9)
    d = np.full(4000, 2e10)
    training = Training(noise=0.01, outliers=0.1, outlier_excess=1.0)
    loss = simulate_training_runs(n, d, training=training, points=2).final_runs().loss
    z = np.log(loss / chinchilla_loss(1e9, 2e10))
    wrong = z > 0.5
    # binomial error of a share .1 over 4000 runs, and that of a standard deviation; 4 of them
    assert wrong.mean() == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 4000))
    assert z[~wrong].std() == pytest.approx(0.01, rel=4 / np.sqrt(2 * 3600))
    assert z[~wrong].mean() == pytest.approx(0.0, abs=4 * 0.01 / 60)


def test_other_runs_do_not_change_a_run():
    one = simulate_training_runs([1e9], [2e10], seed=3).loss
    many = simulate_training_runs([5e8, 1e9, 1e9], [1e10, 2e10, 2e10], seed=3)
    assert many.loss[40:80].tobytes() == one.tobytes()
    assert many.loss[80:].tobytes() != one.tobytes()  # the same run once more is another seed
    assert simulate_training_runs([1e9], [2e10], seed=4).loss.tobytes() != one.tobytes()


def test_designs_lie_on_their_budgets_about_the_optimum():
    design = isoflop_design([1e19, 1e20], sizes=5, span=4, centre=2)
    assert 6 * design.n_params * design.n_tokens == pytest.approx(np.repeat([1e19, 1e20], 5))
    middle = design.n_params.reshape(2, 5)[:, 2]
    assert middle == pytest.approx(2 * compute_optimum([1e19, 1e20]).n_params)
    ratio = design.n_params.reshape(2, 5)[:, [0, 4]] / middle[:, None]
    assert ratio == pytest.approx(np.array([[0.25, 4.0]] * 2))


def test_a_tilt_turns_the_middle_sizes():
    C = [1e18, 1e19, 1e20]
    plain, tilted = isoflop_design(C, sizes=3), isoflop_design(C, sizes=3, tilt=0.2)
    ratio = (tilted.n_params / plain.n_params).reshape(3, 3)
    assert ratio == pytest.approx(np.outer(10 ** np.array([-0.2, 0, 0.2]), np.ones(3)))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: simulate_training_runs([1e9], [1e9, 2e9]), "one of both a run"),
        (lambda: simulate_training_runs([], []), "one of both a run"),
        (lambda: simulate_training_runs([-1.0], [1e9]), "n_params: -1"),
        (lambda: simulate_training_runs([1e9], [np.inf]), "n_tokens: inf"),
        (lambda: simulate_training_runs([1e9], [1e9], points=1), "points 1"),
        (
            lambda: simulate_training_runs([1e9], [1e9], training=Training(horizon=0.5)),
            "horizon 0.5",
        ),
        (lambda: simulate_training_runs([1e9], [1e9], training=Training(noise=-1)), "noise -1"),
        (lambda: simulate_training_runs([1e9], [1e9], training=Training(outliers=2)), "outliers 2"),
        (lambda: isoflop_design([1e19], sizes=1), "sizes 1"),
        (lambda: isoflop_design([1e19], span=1.0), "span 1"),
        (lambda: isoflop_design([1e19], centre=0.0), "centre 0"),
        (lambda: isoflop_design([1e19], tilt=np.nan), "tilt nan"),
        (lambda: isoflop_design([0.0]), "flops: 0"),
    ],
)
def test_bad_requests(call, words):
    with pytest.raises(UsageError, match=words):
        call()
