"""Planners of compute, models and inference: searches, conditions of an optimum, published runs."""

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simlab.errors import DataError, UsageError
from simlab.laws.chinchilla import BESIROGLU, ChinchillaConstants
from simlab.planning.compute_plan import plan_compute, plan_model
from simlab.planning.inference_plan import plan_inference
from simlab.planning.law_file import LAWS, find_law
from simlab.planning.loss_law import ChinchillaLaw, KaplanLaw, flops_for, flops_of_optimum
from simlab.planning.training_cost import GPUS, Hardware, flops_of_hours, training_cost

names = st.sampled_from([*LAWS])
budgets = st.floats(18, 26).map(lambda x: 10.0**x)


@given(names, budgets)
def test_the_optimum_is_the_best_of_a_search(name: str, flops: float) -> None:
    law = LAWS[name]
    assume(name != "kaplan2020")  # its allocation is a fit of its own, not the minimum of its loss
    n, d = law.optimum(flops)
    assert 6 * n * d == pytest.approx(flops, rel=1e-12)
    lowest = law.loss(n, d)
    for factor in np.geomspace(0.1, 10, 41):
        assert law.loss(n * factor, d / factor) >= lowest - 1e-12


@given(names, st.floats(6, 13), st.floats(7, 14))
def test_tokens_for_a_loss_invert_the_loss(name: str, log_n: float, log_d: float) -> None:
    law, n, d = LAWS[name], 10.0**log_n, 10.0**log_d
    loss = law.loss(n, d)
    assume(loss - law.loss(n, math.inf) > 1e-6)
    assert law.tokens_for(n, loss) == pytest.approx(d, rel=1e-6)
    assert law.tokens_for(n, law.loss(n, math.inf) - 1e-9) == math.inf


@given(names, budgets)
def test_budgets_of_a_loss_and_of_a_size(name: str, flops: float) -> None:
    law = LAWS[name]
    best = law.optimum(flops)
    assert flops_for(law, law.loss(*best)) == pytest.approx(flops, rel=1e-6)
    assert flops_of_optimum(law, best.n_params) == pytest.approx(flops, rel=1e-9)


def test_kaplan_at_1e21_is_the_published_model() -> None:
    assert KaplanLaw().optimum(1e21).n_params == pytest.approx(4.68e9, rel=1e-3)


@given(names, st.floats(7, 12), st.floats(8, 14))
def test_a_model_against_its_compute(name: str, log_n: float, log_d: float) -> None:
    law, n, d = LAWS[name], 10.0**log_n, 10.0**log_d
    assume(name != "kaplan2020")
    plan = plan_model(n, d, law)
    best = law.optimum(6 * n * d)
    assert plan.size_ratio == pytest.approx(n / best.n_params)
    assert plan.optimal_loss <= plan.loss + 1e-12
    assert 0 <= plan.wasted_share < 1
    saved = law.optimum((1 - plan.wasted_share) * plan.flops)
    assert law.loss(*saved) == pytest.approx(plan.loss, abs=1e-7)
    expected = "under-trained" if n > best.n_params else "over-trained"
    assert plan.verdict in (expected, "optimal")
    assert (plan.verdict == "optimal") == (1 / 1.05 <= plan.size_ratio <= 1.05)
    if plan.tokens_to_be_optimal is not None:
        own = law.optimum(6 * n * plan.tokens_to_be_optimal)
        assert own.n_params == pytest.approx(n, rel=1e-9)


def test_what_the_field_says_of_two_models() -> None:
    law = find_law("besiroglu2024")
    assert plan_model(280e9, 300e9, law).verdict == "under-trained"
    assert plan_model(70e9, 1.4e12, law).verdict == "optimal"
    assert plan_model(8e9, 15e12, law).verdict == "over-trained"


@given(
    st.floats(18, 25).map(lambda x: 10.0**x), st.floats(8, 15).map(lambda x: 10.0**x),
    st.floats(0.2, 5), st.sampled_from(["besiroglu2024", "hoffmann2022", "kaplan2020"]),
)  # fmt: skip
def test_inference_is_the_best_of_a_search(
    flops: float, served: float, price: float, name: str
) -> None:
    law = LAWS[name]
    loss = law.loss(*law.optimum(flops))
    plan = plan_inference(loss, served, law, relative_price=price)
    assert law.loss(plan.n_params, plan.n_tokens) == pytest.approx(loss, abs=1e-9)
    for n in plan.n_params * np.geomspace(0.25, 4, 60):
        total = 6 * n * law.tokens_for(float(n), loss) + price * 2 * n * served
        assert total >= plan.total_flops * (1 - 1e-9)
    assert plan.total_flops <= plan.optimal_total_flops * (1 + 1e-9)
    if name != "kaplan2020":
        assert plan.n_params <= plan.optimal_n_params * (1 + 1e-5)
        assert plan.n_tokens >= plan.optimal_n_tokens * (1 - 1e-5)


def test_serving_nothing_is_compute_optimal() -> None:
    law = find_law("besiroglu2024")
    plan = plan_inference(law.loss(*law.optimum(1e23)), 0, law)
    assert plan.n_params == pytest.approx(plan.optimal_n_params, rel=1e-6)
    assert plan.saved_share == pytest.approx(0, abs=1e-12)
    more = [plan_inference(2.03, s, law).n_params for s in (0, 1e11, 1e12, 1e13)]
    assert more == sorted(more, reverse=True)


def test_first_order_condition_of_serving() -> None:
    law = find_law("besiroglu2024")
    assert isinstance(law, ChinchillaLaw)
    _, A, B, alpha, beta = law.constants
    plan = plan_inference(2.0, 3e12, law)
    n, d = plan.n_params, plan.n_tokens
    slope = -d * alpha * A / (n ** (alpha + 1)) / (beta * B / d**beta)
    assert 6 * d + 6 * n * slope + 2 * plan.served_tokens == pytest.approx(0, abs=1e-3 * d)


def test_cost_of_published_runs() -> None:
    hours = training_cost(6 * 70e9 * 2e12, Hardware(GPUS["a100"], 0.435)).gpu_hours
    assert hours == pytest.approx(1_720_320, rel=0.01)  # Llama 2 70B: Touvron et al. 2023, table 2
    years = training_cost(3.14e23, Hardware(28e12, 1.0)).gpu_hours / 24 / 365
    assert years == pytest.approx(355, rel=0.01)
    spent = training_cost(3.6e18, Hardware(1e15, 0.5, price=3.0))
    assert (spent.gpu_hours, spent.cost) == (2.0, 6.0)
    assert training_cost(1e20, Hardware(1e15)).cost is None


@given(st.floats(1, 1e9), st.floats(1e12, 1e16), st.floats(0.01, 1))
def test_hours_and_flops(hours: float, peak: float, utilisation: float) -> None:
    hardware = Hardware(peak, utilisation)
    again = training_cost(flops_of_hours(hours, hardware), hardware).gpu_hours
    assert again == pytest.approx(hours, rel=1e-12)


def test_intervals_come_from_the_draws() -> None:
    generator = np.random.default_rng(5)
    drawn = tuple(
        ChinchillaLaw("draw", BESIROGLU._replace(alpha=a))
        for a in generator.normal(BESIROGLU.alpha, 0.01, 99)
    )
    law = ChinchillaLaw("fit", BESIROGLU, draws=drawn)
    plan = plan_compute(1e22, law, level=0.8)
    sizes = sorted(draw.optimum(1e22).n_params for draw in drawn)
    assert plan.n_params_low == pytest.approx(np.quantile(sizes, 0.1))
    assert plan.n_params_high == pytest.approx(np.quantile(sizes, 0.9))
    assert plan.loss_low is not None
    assert plan.loss_high is not None
    assert plan.loss_low < plan.loss < plan.loss_high
    assert plan_model(10e9, 100e9, law).share_of_draws is not None
    assert plan_compute(1e22, find_law("besiroglu2024")).n_params_low is None


def test_a_fit_is_read_from_its_file(tmp_path) -> None:
    path = tmp_path / "fit.json"
    params = dict(zip(ChinchillaConstants._fields, BESIROGLU, strict=True))
    draws = [list(BESIROGLU), [1.8, 400.0, 400.0, -0.1, 0.3]]
    path.write_text(json.dumps({"law": "chinchilla", "params": params, "draws": draws, "more": 1}))
    law = find_law(str(path))
    assert law.optimum(1e22) == LAWS["besiroglu2024"].optimum(1e22)
    assert len(law.draws) == 1
    assert law.note == "1 of 2 resamples have no optimum"
    path.write_text(json.dumps({"law": "chinchilla", "params": params}))
    assert "no intervals" in find_law(str(path)).note


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{"law": "approach-2", "params": {"E":1,"A":1,"B":1,"alpha":1,"beta":1}}',
            "gives no loss",
        ),
        ('{"law": "chinchilla", "params": {"E":1,"A":1,"B":1,"alpha":-1,"beta":1}}', "alpha -1"),
        ('{"law": "chinchilla", "params": {"E":1}}', "missing required field `A`"),
        ("no json", "give what `simlab fit"),
    ],
)
def test_a_file_that_is_no_fit(tmp_path, text: str, words: str) -> None:
    path = tmp_path / "fit.json"
    path.write_text(text)
    with pytest.raises(DataError, match=words):
        find_law(str(path))


def test_bad_arguments() -> None:
    law = find_law("besiroglu2024")
    with pytest.raises(UsageError, match="did you mean 'kaplan2020'"):
        find_law("kaplan2002")
    with pytest.raises(UsageError, match="flops 0"):
        plan_compute(0, law)
    with pytest.raises(UsageError, match="level 2"):
        plan_compute(1e22, law, level=2)
    with pytest.raises(UsageError, match="n-tokens -1"):
        plan_model(1e9, -1, law)
    with pytest.raises(UsageError, match="no budget from 1e6 to 1e40"):
        plan_inference(1.5, 1e12, law)
    with pytest.raises(UsageError, match="served-tokens -1"):
        plan_inference(2.0, -1, law)
    with pytest.raises(UsageError, match=r"utilisation 1\.5"):
        training_cost(1e20, Hardware(1e15, 1.5))
    with pytest.raises(UsageError, match="price -1"):
        training_cost(1e20, Hardware(1e15, 0.5, -1))
    with pytest.raises(UsageError, match="gpu-hours 0"):
        flops_of_hours(0, Hardware(1e15))
