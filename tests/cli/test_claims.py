"""``simlab claims list``, ``check`` and ``show``."""

import csv
import io
import json
from pathlib import Path

import pytest

from simlab.claims import discovery
from simlab.claims.property_claim import PropertyClaim, at_most
from tests.cli.conftest import Simlab

PRINTED = "mirage-error-1-edit-distance-as-printed"
CORRECTED = "mirage-error-1-edit-distance-corrected"


class Point:
    value = "acme.claims:CLAIMS"

    def __init__(self, name: str, offered: object) -> None:
        self.name, self.offered = name, offered

    def load(self) -> object:
        if isinstance(self.offered, Exception):
            raise self.offered
        return self.offered


def wrong_on_purpose() -> PropertyClaim:
    from hypothesis import strategies as st

    return PropertyClaim(
        id="wrong-on-purpose", statement="n is at most 20.", source="this test", reason="None.",
        given={"n": st.integers(0, 99)}, compare=lambda n: at_most(n, 20),
    )  # fmt: skip


def test_what_comes_out_as_expected_is_exit_0(simlab: Simlab) -> None:
    code, out, err = simlab("claims", "check", PRINTED, CORRECTED, "--format", "json")
    assert (code, err) == (0, "2 of 2 claims came out as expected\n")
    printed, corrected = json.loads(out)["claims"]
    assert (printed["id"], printed["expected"], printed["outcome"]) == (PRINTED, "fails", "fails")
    assert printed["counterexample"] == {"eps": 0, "L": 1}
    assert (printed["observed"], printed["claimed"]) == (0, 1)
    assert (corrected["outcome"], corrected["counterexample"]) == ("holds", None)
    assert corrected["examples"] == 200


def test_a_claim_wrong_on_purpose_is_exit_1(
    simlab: Simlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "entry_points", lambda group: [Point("a", wrong_on_purpose())])
    code, out, err = simlab("claims", "check", "wrong-on-purpose", CORRECTED)
    assert code == 1
    assert err == "1 of 2 claims came out as expected; not so: wrong-on-purpose\n"
    assert "n = 21: 21, claimed at most 20" in out
    assert "wrong-on-purpose: n is at most 20." in out
    assert simlab("claims", "check", "wrong-on-purpose", "-q").err == ""


def test_all_claims_come_out_as_expected(simlab: Simlab) -> None:
    code, out, err = simlab("claims", "check", "--examples", "100", "--format", "json")
    found = json.loads(out)["claims"]
    assert code == 0, err
    assert [c["id"] for c in found] == simlab("claims", "list", "--names").out.split()
    assert all(c["passed"] for c in found)


def test_a_seed_gives_the_same_bytes(simlab: Simlab) -> None:
    words = ["claims", "check", "noise-never-scores-above-5", PRINTED, "--format", "json"]
    first = simlab(*words, "--seed", "1")
    assert simlab(*words, "--seed", "1") == first
    assert simlab(*words, "--seed", "2").out != first.out


@pytest.mark.parametrize("form", ["table", "md"])
def test_people_see_the_counterexample(simlab: Simlab, form: str) -> None:
    code, out, _ = simlab("claims", "check", PRINTED, "--format", form)
    assert code == 0
    assert "eps = 0, L = 1: 0, claimed 1" in out
    assert "L (1 - eps) is the expected number of right tokens" in out


def test_csv(simlab: Simlab) -> None:
    _, out, _ = simlab("claims", "check", PRINTED, CORRECTED, "--format", "csv")
    printed, corrected = csv.DictReader(io.StringIO(out))
    assert printed["counterexample"] == "eps = 0, L = 1: 0, claimed 1"
    assert (printed["passed"], corrected["counterexample"]) == ("True", "")
    _, out, _ = simlab("claims", "list", "--format", "csv")
    assert PRINTED in [row["id"] for row in csv.DictReader(io.StringIO(out))]


@pytest.mark.parametrize("form", ["table", "md"])
def test_list_and_show(simlab: Simlab, form: str) -> None:
    assert PRINTED in simlab("claims", "list", "--format", form).out
    code, out, _ = simlab("claims", "show", PRINTED, "--format", form)
    assert code == 0
    for fact in ("appendix A.2, as printed", "fails", "simlab.claims.catalogue.edit_distance"):
        assert fact in out


def test_list_and_show_as_json(simlab: Simlab) -> None:
    listed = json.loads(simlab("claims", "list", "--format", "json").out)["claims"]
    shown = json.loads(simlab("claims", "show", PRINTED, "--format", "json").out)
    assert shown in listed
    assert set(shown["given"]) == {"eps", "L"}
    assert simlab("claims", "show", PRINTED, "--format", "csv").out.startswith("field,value\nid,")


def test_a_package_that_cannot_be_used_is_named(
    simlab: Simlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Point("acme", ModuleNotFoundError("No module named 'acme'"))
    monkeypatch.setattr(discovery, "entry_points", lambda group: [broken])
    code, out, err = simlab("claims", "list", "--names")
    assert (code, PRINTED in out) == (0, True)
    assert err.startswith("simlab: claims acme (acme.claims:CLAIMS) cannot be imported")
    assert simlab("claims", "check", PRINTED).code == 0
    code, out, err = simlab("claims", "check")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "cannot be imported" in err


def test_the_kept_claims_of_a_run(simlab: Simlab) -> None:
    simlab("run", "compounding", "--K", "1", "--items", "200", "--charts", "json")
    (folder,) = Path("runs").iterdir()
    code, out, err = simlab("claims", "check", "last", "--format", "json")
    assert code == 0
    assert json.loads(out)["claims"] == json.loads((folder / "claims.json").read_text())
    assert "claims hold" in err
    kept = json.loads((folder / "claims.json").read_text())
    kept[0]["passed"] = False
    (folder / "claims.json").write_text(json.dumps(kept))
    code, out, err = simlab("claims", "check", folder.name[:20])
    assert code == 1
    assert "FAILED" in out
    assert f"failed: {kept[0]['id']}" in err
    assert simlab("claims", "check", folder, "--format", "csv").out.count("\n") == len(kept) + 1
    (folder / "claims.json").unlink()
    assert simlab("claims", "check", "last").code == 2


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["check", "mirage-eror-1-edit-distance-as-printed"], f"did you mean '{PRINTED}'?"),
        (["check", "last"], "no claim 'last'"),
        (["check", PRINTED, "last"], "no claim 'last'"),
        (["check", "--examples", "0"], "--examples"),
        (["show", "nothing"], "no claim 'nothing'; 'simlab claims list' shows them"),
        (["chek"], "no command 'chek'; did you mean 'check'?"),
    ],
)
def test_errors_are_one_line(simlab: Simlab, words: list[str], complaint: str) -> None:
    code, out, err = simlab("claims", *words)
    assert (code, out) == (2, "")
    assert complaint in err
    assert err.count("\n") == 1
