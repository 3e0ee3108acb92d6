import json

import pytest

from simlab.laws.chinchilla import HOFFMANN_ROUNDED, chinchilla_loss

ROWS = [(n, d) for n in (1e8, 1e9, 1e10) for d in (2e9, 2e10, 2e11)]


@pytest.fixture
def table(tmp_path):
    lines = ["n_params,n_tokens,loss"]
    for n, d in ROWS:
        lines.append(f"{n},{d},{float(chinchilla_loss(n, d, constants=HOFFMANN_ROUNDED))!r}")
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


FEW = ("--starts", "20", "--bootstrap", "4", "--bootstrap-starts", "2")


def test_json_of_a_table(simlab, table):
    done = simlab("fit", "chinchilla", table, *FEW, "--format", "json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["law"] == "chinchilla"
    assert list(found["params"].values()) == pytest.approx(list(HOFFMANN_ROUNDED), rel=1e-4)
    assert set(found["params"]) == {"E", "A", "B", "alpha", "beta"}
    assert found["allocation"]["a"] == pytest.approx(0.28 / 0.62, rel=1e-4)
    assert found["certificate"]["n_starts"] == 20
    assert found["intervals"]["n_resamples"] == 4
    assert found["objective"]["n_runs"] == 9


@pytest.mark.parametrize(
    ("objective", "value", "A"),
    [("huber", 0.0010182740178, 477.826), ("squares", 0.0832038077, 567.805)],
)
def test_published_runs(simlab, data, objective, value, A):
    path = data / "scaling" / "epoch_svg_extracted_data.csv"
    done = simlab(
        "fit", "chinchilla", path, "--drop-highest", "5", "--objective", objective,
        "--starts", "40", "--bootstrap", "0", "--format", "json",
    )  # fmt: skip
    found = json.loads(done.out)
    assert found["objective"]["value"] == pytest.approx(value, rel=1e-9)
    assert found["params"]["A"] == pytest.approx(A, rel=2e-6)
    assert found["intervals"] is None
    assert any("5 runs" in note for note in found["notes"])


@pytest.mark.parametrize("form", ["table", "csv", "md"])
def test_other_formats_name_every_parameter(simlab, table, form):
    done = simlab("fit", "chinchilla", table, *FEW, "--format", form)
    assert done.code == 0, done.err
    for name in ("E", "A", "B", "alpha", "beta", "a", "b"):
        assert name in done.out
    assert ("Certificate" in done.out) == (form != "csv")


def test_intervals_that_are_too_narrow_are_said(simlab, table):
    done = simlab("fit", "chinchilla", table, *FEW, "--resample", "subsample", "--format", "json")
    assert any("half as wide" in note for note in json.loads(done.out)["notes"])
    done = simlab("fit", "chinchilla", table, *FEW, "--resample", "subsample", "--format", "csv")
    assert "note: subsamples of 80%" in done.err


def test_held_floor(simlab, table):
    done = simlab("fit", "chinchilla", table, *FEW, "--fix", "E=1.5", "--format", "json")
    found = json.loads(done.out)
    assert found["fixed"] == ["E"]
    assert found["params"]["E"] == pytest.approx(1.5, rel=1e-14)
    assert found["intervals"]["E"] == pytest.approx([1.5, 1.5], rel=1e-14)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("chinchila",), 2, "no law 'chinchila'; did you mean 'chinchilla'?"),
        (("chinchilla", "--objective", "hubber"), 2, "did you mean 'huber'"),
        (("chinchilla", "--resample", "pear"), 2, "did you mean 'pairs'"),
        (("chinchilla", "--drop-highest", "9"), 2, "drop-highest 9"),
        (("chinchilla", "--drop-highest", "6"), 3, "3 runs of 3 different"),
        (("chinchilla", "--starts", "5000"), 2, "--starts"),
        (("chinchilla", "--fix", "E"), 2, "--fix E: give NAME=VALUE"),
        (("chinchilla", "--fix", "E=much"), 2, "'much' is not a number"),
        (("chinchilla", "--fix", "gamma=1"), 2, "only E, alpha, beta can be held"),
        (("chinchilla", "--bounds", "E=2"), 2, "give two values"),
        (("chinchilla", "--bounds", "E=3:2"), 2, "give a lower and a higher value"),
        (("chinchilla", "--profile"), 2, "huber has no likelihood"),
        (("chinchilla", "--hold-out", "0.9"), 3, "free parameters"),
    ],
)
def test_bad_requests(simlab, table, words, code, told):
    done = simlab("fit", words[0], table, *words[1:], *(() if "--starts" in words else FEW))
    assert done.code == code
    assert told in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_missing_file(simlab):
    done = simlab("fit", "chinchilla", "nowhere.csv")
    assert done.code == 3
    assert "nowhere.csv: no such file" in done.err


def test_bounds_profile_and_held_out_runs(simlab, data):
    path = data / "scaling" / "epoch_svg_extracted_data.csv"
    done = simlab(
        "fit", "chinchilla", path, "--drop-highest", "5", "--starts", "20", "--bootstrap", "5",
        "--bootstrap-starts", "1", "--objective", "log-squares", "--bounds", "E=:1.8",
        "--profile", "--hold-out", "0.1", "--format", "json",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["params"]["E"] == pytest.approx(1.8, rel=1e-12)
    assert "E is at its bound: the runs ask for a value beyond it" in found["notes"]
    low, high = found["profile"]["alpha"]
    assert low < found["params"]["alpha"] < high
    assert found["future"]["n_fitted"] + found["future"]["n_held_out"] == 240
    assert found["future"]["rms_error"] < 0.03
    # the runs of most compute scatter more than the noise of the others lets one expect
    assert 0 < found["future"]["coverage"] < 0.9
