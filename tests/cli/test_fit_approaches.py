import json

import numpy as np
import pytest

from simlab.laws.chinchilla import chinchilla_loss, compute_optimum


@pytest.fixture
def valley(tmp_path):
    lines = ["n_params,flops,loss"]
    for C in (1e19, 1e20, 1e21):
        for factor in np.geomspace(0.5, 2, 7).tolist():
            n = float(compute_optimum(C).n_params) * factor
            lines.append(f"{n!r},{C!r},{float(chinchilla_loss(n, C / 6 / n))!r}")
    path = tmp_path / "valley.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def curves(tmp_path):
    rows = [
        f"r{k},{n!r},{d!r},{float(chinchilla_loss(n, d))!r}"
        for k, n in enumerate(np.geomspace(1e8, 1e10, 21).tolist())
        for d in np.geomspace(1e8, 1e13, 30).tolist()
    ]
    lines = ["run_id,params,tokens,loss", *rows]
    path = tmp_path / "curves.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_approach_2(simlab, valley):
    done = simlab("fit", "approach-2", valley, "--at", "5.76e23", "1e25", "--format", "json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["allocation"]["a"] == pytest.approx(0.5126, abs=1e-3)
    assert [p["n_runs"] for p in found["profiles"]] == [7, 7, 7]
    assert [p["flops"] for p in found["predictions"]] == [5.76e23, 1e25]
    law = float(compute_optimum(5.76e23).n_params)
    assert found["predictions"][0]["n_params"] == pytest.approx(law, rel=0.03)
    low, high = found["intervals"]["a"]
    assert low <= found["allocation"]["a"] <= high


def test_approach_1(simlab, curves):
    done = simlab("fit", "approach-1", curves, "--bootstrap", "50", "--format", "json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["allocation"]["a"] == pytest.approx(0.5126, abs=0.01)
    assert found["intervals"]["n_resamples"] == 50
    assert found["n_runs"] == 21


@pytest.mark.parametrize("form", ["table", "md", "csv"])
def test_other_formats(simlab, valley, curves, form):
    for law, data in (("approach-2", valley), ("approach-1", curves)):
        done = simlab("fit", law, data, "--bootstrap", "20", "--at", "1e24", "--format", form)
        assert done.code == 0, done.err
        assert "a" in done.out.split()[0:40] or "a," in done.out
        assert ("Compute-optimal" in done.out) == (form != "csv")


def test_figures_are_written(simlab, valley, curves, tmp_path):
    for law, data, names in (
        ("approach-2", valley, ["frontier.json", "isoflop.json"]),
        ("approach-1", curves, ["envelope.json", "frontier.json"]),
        ("chinchilla", valley, ["contours.json", "frontier.json"]),
    ):
        few = ("--starts", "10", "--bootstrap-starts", "1") if law == "chinchilla" else ()
        folder = tmp_path / law
        done = simlab(
            "fit", law, data, "--bootstrap", "5", *few, "--figures", folder, "--charts", "json"
        )
        assert done.code == 0, done.err
        assert sorted(p.name for p in folder.iterdir()) == names
        assert '"layer"' in (folder / names[0]).read_text()


def test_one_name_for_two_words(simlab, valley):
    few = ("--starts", "10", "--bootstrap", "0", "--format", "json")
    one, other = (simlab("fit", law, valley, *few) for law in ("chinchilla", "approach-3"))
    assert one.out == other.out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("aproach-2",), 2, "no law 'aproach-2'; did you mean 'approach-2'?"),
        (("approach-2", "--curve", "parabel"), 2, "did you mean 'parabola'"),
        (("approach-2", "--budgets", "1e19"), 3, "two are needed"),
        (("approach-2", "--at", "-1"), 2, "flops: -1 is not positive"),
        (("approach-1",), 3, "no column run among n_params, flops, loss"),
    ],
)
def test_bad_requests(simlab, valley, words, code, told):
    done = simlab("fit", words[0], valley, *words[1:])
    assert done.code == code
    assert told in done.err
    assert len(done.err.strip().splitlines()) == 1
