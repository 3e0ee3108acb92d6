import polars as pl
import pytest

from simlab.errors import UsageError
from simlab.laws.counting import (
    FLOP_COUNTS,
    PARAM_COUNTS,
    Transformer,
    count_params,
    training_flops,
)

SMALL = Transformer(10, 640, 2560, 10, 64)
GPT3 = Transformer(96, 12288, 4 * 12288, 96, 128, vocabulary=50257)


def test_all_models_of_table_a9(data):
    """Both columns of the table, in millions, for each of its fifty models."""
    rows = pl.read_csv(data / "scaling" / "chinchilla_tableA9_model_parameters.csv")
    assert rows.height == 50
    for row in rows.iter_rows(named=True):
        model = Transformer(
            row["n_layers"], row["d_model"], row["ffw_size"], row["n_heads"], row["kv_size"],
            vocabulary=row["Vocab Size"],
        )  # fmt: skip
        assert model.embedding == row["Embedding Parameters"]
        assert round(count_params(model) / 1e6) == row["Tied (Un)Embed, No Gating"]
        untied = count_params(model, convention="untied")
        assert round(untied / 1e6) == row["Untied (Un)Embed, No Gating"]


def test_kaplans_twelve_layers_width_squared():
    """N = 12 n_layers d^2 where heads fill the width and dense layers are four times as wide."""
    assert count_params(GPT3, convention="non-embedding") == 12 * 96 * 12288**2
    assert count_params(GPT3) == pytest.approx(175e9, rel=0.01)


def test_conventions_of_n_differ_by_tables():
    bare = count_params(SMALL, convention="non-embedding")
    table = 32_000 * 640
    found = {name: count_params(SMALL, convention=name) - bare for name in PARAM_COUNTS}
    assert found == {"total": table, "untied": 2 * table, "non-embedding": 0, "with-head": table}


def test_kaplans_flops_a_token():
    """Table 1: forward 2 N + 2 n_layers n_ctx d_attn; the factor of 2 for both products of
    attention is theirs with causal masks, ours counts the whole square."""
    plain = training_flops(SMALL, 1.0, params="non-embedding")
    with_attention = training_flops(SMALL, 1.0, convention="6nd-attention", params="non-embedding")
    assert plain == 6 * count_params(SMALL, convention="non-embedding")
    assert with_attention - plain == 2 * 3 * (2 * 10 * 2048 * 640)


def test_hoffmanns_count_is_the_sum_of_its_products():
    m = SMALL
    parts = training_flops(m, 1.0, convention="6nd-attention", params="untied")
    softmax = 3 * 3 * m.n_layers * m.n_heads * m.context
    assert training_flops(m, 1.0, convention="hoffmann") == pytest.approx(
        parts + softmax, rel=1e-12
    )


# size and half a unit of its last digit, shape, printed ratio of FLOPs to 6ND
TABLE_A4 = [
    (73e6, 0.5e6, (10, 640, 2560, 10, 64), 1.03),
    (305e6, 0.5e6, (20, 1024, 4096, 16, 64), 1.10),
    (552e6, 0.5e6, (24, 1280, 5120, 10, 128), 1.08),
    (1.1e9, 5e7, (26, 1792, 7168, 14, 128), 1.04),
    (1.6e9, 5e7, (28, 2048, 8192, 16, 128), 1.03),
    (6.8e9, 5e7, (40, 3584, 14336, 28, 128), 0.99),
]


@pytest.mark.parametrize("row", TABLE_A4, ids=lambda row: f"{row[0]:g}")
def test_table_a4_counts_layers_and_attention_alone(row):
    n, half, shape, printed = row
    model = Transformer(*shape)
    ours = training_flops(model, 1.0, convention="6nd-attention", params="non-embedding")
    assert ours / 6 / (n + half) - 0.005 <= printed <= ours / 6 / (n - half) + 0.005
    every = training_flops(model, 1.0, convention="hoffmann")
    assert every / 6 / (n - half) > printed + 0.02  # what the appendix lists is more


def test_flops_grow_with_tokens_and_conventions_agree_for_large_models():
    wide = Transformer(40, 16384, 65536, 128, 128)
    found = [training_flops(wide, 1e12, convention=name) for name in FLOP_COUNTS]
    assert max(found) / min(found) < 1.06
    assert training_flops(wide, 2e12) == 2 * training_flops(wide, 1e12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: count_params(SMALL, convention="nonembedding"), "did you mean 'non-embedding'"),
        (lambda: training_flops(SMALL, 1e9, convention="6n"), "there are 6nd"),
        (lambda: training_flops(SMALL, 0), "n_tokens 0"),
        (lambda: count_params(SMALL._replace(n_layers=0)), "n_layers 0"),
    ],
)
def test_bad_requests(call, words):
    with pytest.raises(UsageError, match=words):
        call()
