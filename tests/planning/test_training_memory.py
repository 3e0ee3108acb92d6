"""Memory of training: published figures, scaling with each kind of parallelism, bad input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import UsageError
from simlab.planning.training_memory import (
    BYTES,
    CHECKPOINTING,
    Parallelism,
    Shape,
    activation_bytes,
    plan_memory,
    transformer_params,
)

GPT3 = Shape(96, 12288, 96, vocabulary=51200)


@pytest.mark.parametrize(("stage", "gigabytes"), [(0, 120.0), (1, 31.4), (2, 16.6), (3, 1.9)])
def test_zero_stages_of_figure_1(stage: int, gigabytes: float) -> None:
    plan = plan_memory(
        Shape(1, 64, 1), n_params=7.5e9, parallelism=Parallelism(data=64, zero=stage)
    )
    held = plan.parameters + plan.gradients + plan.optimiser
    assert round(held / 1e9, 1) == gigabytes


@pytest.mark.parametrize(
    ("layers", "width", "heads", "billions"),
    [(24, 2304, 24, 1.7), (30, 3072, 32, 3.6), (36, 4096, 32, 7.5), (40, 6144, 48, 18.4),
     (48, 8192, 64, 39.1), (60, 10240, 80, 76.1), (80, 12288, 96, 145.6), (96, 16384, 128, 310.1),
     (105, 20480, 128, 529.6), (128, 25600, 160, 1008.0)],
)  # fmt: skip
def test_parameters_of_narayanan_table_1(layers, width, heads, billions) -> None:
    shape = Shape(layers, width, heads, vocabulary=51200)
    assert round(transformer_params(shape) / 1e9, 1) == billions


@pytest.mark.parametrize(("shape", "ratio"), [(GPT3, 80.0), (Shape(105, 20480, 128), 64.0)])
def test_attention_scores_of_gpt3_and_mt_nlg(shape: Shape, ratio: float) -> None:
    width = shape.sequence * shape.d_model
    kept, dropped = (
        activation_bytes(shape, checkpointing=c) / width for c in ("none", "selective")
    )
    assert kept - dropped == pytest.approx(ratio)
    assert dropped == 34


def test_table_2_row_by_row() -> None:
    s, b, h, a, t = 2048, 3, 12288, 96, 8
    shape = GPT3._replace(micro_batch=b)
    unit = s * b * h
    assert activation_bytes(shape, tensor=t) == unit * (10 + 24 / t + 5 * a * s / (h * t))
    assert activation_bytes(shape, tensor=t, sequence_parallel=True) == pytest.approx(
        unit * (34 / t + 5 * a * s / (h * t))
    )
    selective = activation_bytes(shape, tensor=t, checkpointing="selective")
    assert selective == unit * (10 + 24 / t)
    assert activation_bytes(shape, tensor=t, checkpointing="full") == 2 * unit


@given(
    st.integers(1, 8), st.sampled_from([1, 2, 4]), st.sampled_from([1, 2, 4]), st.integers(0, 3),
    st.sampled_from([*BYTES]), st.sampled_from(CHECKPOINTING), st.integers(1, 4),
)  # fmt: skip
def test_parts_add_up_and_spread(data, tensor, pipeline, zero, numbers, kind, batch) -> None:
    shape = Shape(8, 64, 8, sequence=16, micro_batch=batch)
    spread = Parallelism(data, tensor, pipeline, zero)
    plan = plan_memory(shape, parallelism=spread, numbers=numbers, checkpointing=kind)
    assert plan.total == pytest.approx(
        plan.parameters + plan.gradients + plan.optimiser + plan.activations
    )
    assert plan.n_devices == data * tensor * pipeline
    own = transformer_params(shape) / tensor / pipeline
    weights, gradients, optimiser = BYTES[numbers]
    assert plan.parameters == pytest.approx(weights * own / (data if zero > 2 else 1))
    assert plan.gradients == pytest.approx(gradients * own / (data if zero > 1 else 1))
    assert plan.optimiser == pytest.approx(optimiser * own / (data if zero > 0 else 1))
    alone = plan_memory(
        shape, parallelism=Parallelism(data, tensor, 1, zero), numbers=numbers, checkpointing=kind
    )
    assert plan.activations == alone.activations, "the first stage holds all micro-batches in turn"


def test_interleaving_costs_activations() -> None:
    plain, twice = (
        plan_memory(GPT3, parallelism=Parallelism(pipeline=8, interleaved=m)).activations
        for m in (1, 3)
    )
    assert twice / plain == pytest.approx(1 + 7 / 24)


@pytest.mark.parametrize(
    ("shape", "words", "message"),
    [
        (GPT3._replace(n_heads=7), {}, "n_heads 7: they must divide the width"),
        (GPT3, {"parallelism": Parallelism(tensor=5)}, "tensor 5: it must divide the 96 heads"),
        (GPT3, {"parallelism": Parallelism(zero=4)}, "zero 4: the stages are"),
        (GPT3, {"parallelism": Parallelism(pipeline=7)}, "pipeline 7 stages"),
        (GPT3, {"parallelism": Parallelism(sequence=True)}, "give --tensor too"),
        (GPT3, {"parallelism": Parallelism(interleaved=2)}, "give --pipeline too"),
        (GPT3, {"numbers": "adam"}, "there are mixed-adam"),
        (GPT3, {"checkpointing": "some"}, "there are none, selective, full"),
        (GPT3, {"n_params": -1.0}, "n-params -1"),
        (GPT3._replace(sequence=0), {}, "sequence 0: give at least 1"),
    ],
)
def test_bad_input(shape, words, message) -> None:
    with pytest.raises(UsageError, match=message):
        plan_memory(shape, **words)
