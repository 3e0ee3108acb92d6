"""``simlab plan compute|model|inference|memory|moe``: answers, formats and errors."""

import csv
import io
import json

import pytest

from tests.cli.conftest import Simlab


def plans(simlab: Simlab, *words: object) -> list[dict[str, object]]:
    code, out, _ = simlab("plan", *words, "--format", "json")
    assert code == 0
    return json.loads(out)["plans"]  # type: ignore[no-any-return]


def test_compute(simlab: Simlab) -> None:
    rows = plans(simlab, "compute", "--flops", "5.76e23", "1e22", "--law", "hoffmann2022",
                 "besiroglu2024", "--gpu", "a100", "--price", "2")  # fmt: skip
    assert [round(row["n_params"] / 1e9, 2) for row in rows] == [40.36, 72.25, 6.34, 9.05]
    assert {row["cost"] / row["gpu_hours"] for row in rows} == {2.0}
    assert all(row["meaning"] for row in rows)


def test_hours_instead_of_flops(simlab: Simlab) -> None:
    (row,) = plans(simlab, "compute", "--gpu-hours", "1e6", "--peak", "1e15", "--utilisation", ".5")
    assert row["flops"] == pytest.approx(1.8e24)
    assert row["gpu_hours"] == pytest.approx(1e6)


def test_the_budget_of_a_loss(simlab: Simlab) -> None:
    (there,) = plans(simlab, "compute", "--flops", "1e22")
    (back,) = plans(simlab, "compute", "--loss", repr(there["loss"]))
    assert back["flops"] == pytest.approx(1e22, rel=1e-6)
    code, _, err = simlab("plan", "compute", "--loss", "1.5")
    assert code == 2
    assert "no budget from 1e6 to 1e40 FLOPs" in err


def test_model(simlab: Simlab) -> None:
    rows = plans(simlab, "model", "--n-params", "280e9", "70e9", "--n-tokens", "300e9", "1.4e12")
    assert [row["verdict"] for row in rows] == ["under-trained", "optimal"]


def test_inference(simlab: Simlab) -> None:
    by_budget = plans(simlab, "inference", "--flops", "1e23", "--served-tokens", "0", "1e13")
    assert by_budget[0]["total_flops"] == pytest.approx(1e23)
    assert by_budget[1]["n_params"] < by_budget[0]["n_params"]  # type: ignore[operator]
    loss = str(by_budget[0]["loss"])
    (by_loss,) = plans(simlab, "inference", "--loss", loss, "--served-tokens", "1e13")
    assert by_loss["n_params"] == pytest.approx(by_budget[1]["n_params"])
    (model,) = plans(simlab, "inference", "--n-params", "70e9", "--n-tokens", "1.4e12",
                     "--served-tokens", "1e12")  # fmt: skip
    assert model["n_params"] < 70e9  # type: ignore[operator]


def test_memory(simlab: Simlab) -> None:
    rows = plans(simlab, "memory", "--layers", "96", "--width", "12288", "--heads", "96",
                 "--tensor", "8", "--pipeline", "16", "--zero", "0", "1", "--checkpointing",
                 "none", "full", "--data", "2")  # fmt: skip
    assert [(r["zero"], r["checkpointing"]) for r in rows] == [
        (0, "none"), (0, "full"), (1, "none"), (1, "full"),
    ]  # fmt: skip
    assert rows[0]["optimiser"] == 2 * rows[2]["optimiser"]  # type: ignore[operator]


def test_moe(simlab: Simlab) -> None:
    (row,) = plans(simlab, "moe", "--preset", "mixtral-8x7b", "--dense", "70e9")
    assert (round(row["n_params"] / 1e9, 1), round(row["n_active"] / 1e9, 1)) == (46.7, 12.9)
    (one,) = plans(simlab, "moe", "--preset", "mixtral-8x7b", "--top-k", "1")
    assert one["n_active"] < row["n_active"]  # type: ignore[operator]
    (own,) = plans(simlab, "moe", "--n-layers", "2", "--d-model", "8", "--d-ff", "16", "--n-heads",
                   "2", "--n-experts", "4", "--top-k", "1", "--vocabulary", "10", "--tied",
                   "--not-gated", "--n-shared", "1")  # fmt: skip
    assert own["n_params"] == 2 * (8 * 8 * 4 + 2 * 8 * 16 * 5 + 8 * 4 + 16) + 80 + 8


def test_an_own_fit_has_intervals(simlab: Simlab, tmp_path, data) -> None:
    runs = data / "scaling" / "epoch_svg_extracted_data.csv"
    code, out, _ = simlab("fit", "chinchilla", runs, "--drop-highest", 5, "--starts", 20,
                          "--bootstrap", 12, "--bootstrap-starts", 2, "--draws", "--format",
                          "json", "--quiet")  # fmt: skip
    assert code == 0
    (tmp_path / "fit.json").write_text(out)
    (row,) = plans(simlab, "compute", "--flops", "1e22", "--law", tmp_path / "fit.json")
    assert row["n_params_low"] < row["n_params"] < row["n_params_high"]  # type: ignore[operator]
    assert len(json.loads(out)["draws"]) == 12


@pytest.mark.parametrize("words", [
    ("compute", "--flops", "1e22"), ("model", "--n-params", "1e9", "--n-tokens", "1e10"),
    ("inference", "--loss", "2", "--served-tokens", "1e12"),
    ("memory", "--layers", "2", "--width", "64", "--heads", "2"),
    ("moe", "--preset", "mixtral-8x7b"),
])  # fmt: skip
def test_formats_have_the_same_rows(simlab: Simlab, words) -> None:
    (row,) = plans(simlab, *words)
    code, out, _ = simlab("plan", *words, "--format", "csv")
    (line,) = csv.DictReader(io.StringIO(out))
    assert code == 0
    assert line["meaning"] == row["meaning"]
    for form in ("table", "md"):
        code, out, _ = simlab("plan", *words, "--format", form)
        assert code == 0
        assert row["meaning"] in out


@pytest.mark.parametrize(("words", "message"), [
    (("compute",), "give one of --flops, --gpu-hours and --loss"),
    (("compute", "--flops", "1e22", "--price", "2"), "give --gpu or --peak too"),
    (("compute", "--gpu-hours", "10"), "give --gpu or --peak too"),
    (("compute", "--flops", "1e22", "--gpu", "a100", "--peak", "1"), "leave one out"),
    (("compute", "--flops", "-1"), "flops -1: give a positive number"),
    (("compute", "--flops", "1e22", "--law", "chinchila"), "no such law or file"),
    (("model", "--n-params", "1e9"), "give --n-params and --n-tokens"),
    (("model", "--n-params", "1", "2", "3", "--n-tokens", "1", "2"), "2 values for 3"),
    (("inference", "--served-tokens", "1e12"), "give one of --loss, --flops"),
    (("inference", "--n-params", "1e9", "--served-tokens", "1"), "give --n-tokens too"),
    (("memory", "--layers", "2", "--width", "64", "--heads", "3"), "they must divide the width"),
    (("moe", "--top-k", "2"), "give --preset, or --n-layers"),
    (("moe", "--preset", "mixtral-8x7b", "--dense", "0"), "--dense 0"),
])  # fmt: skip
def test_one_line_errors(simlab: Simlab, words, message: str) -> None:
    code, out, err = simlab("plan", *words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
