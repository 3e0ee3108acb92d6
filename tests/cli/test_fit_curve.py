import json

import numpy as np
import pytest

from simlab.laws.learning_curve import learning_curve


@pytest.fixture
def curve(tmp_path):
    x = np.geomspace(1e3, 1e7, 10)
    lines = ["examples,loss"]
    lines += [
        f"{a!r},{b!r}"
        for a, b in zip(x.tolist(), learning_curve(x, 30.0, 0.4, g=0.2).tolist(), strict=True)
    ]
    path = tmp_path / "curve.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_learning_curve(simlab, curve, tmp_path):
    done = simlab(
        "fit", "learning-curve", curve, "--first", "7", "--bootstrap", "5", "--starts", "8",
        "--at", "1e9", "--figures", tmp_path / "f", "--charts", "json", "--format", "json",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["params"] == pytest.approx({"a": 30.0, "b": 0.4, "g": 0.2}, rel=1e-5)
    assert found["rms_log_error"]["extrapolated"] < 1e-6
    assert found["predictions_at"][0]["y"] == pytest.approx(0.2 + 30 * 1e9**-0.4, rel=1e-6)
    assert (tmp_path / "f" / "learning-curve.json").is_file()


@pytest.mark.parametrize("form", ["table", "csv", "md"])
@pytest.mark.parametrize("law", ["power-law", "bnsl"])
def test_other_formats(simlab, curve, law, form):
    done = simlab("fit", law, curve, "--bootstrap", "3", "--starts", "6", "--format", form)
    assert done.code == 0, done.err
    assert ("Certificate" in done.out) == (form != "csv")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("power-lw",), 2, "did you mean 'power-law'"),
        (("learning-curve", "--first", "20"), 2, "--first 20: the curve has 10 points"),
        (("learning-curve", "--y", "acc"), 3, "no column 'acc'"),
        (("bnsl", "--breaks", "4"), 3, "fewer breaks"),
        (("power-law", "--at", "-1"), 2, "--at: give positive numbers"),
    ],
)
def test_bad_requests(simlab, curve, words, code, told):
    done = simlab("fit", words[0], curve, *words[1:])
    assert done.code == code
    assert told in done.err
