"""The worked example of CONTRIBUTING.md is executed as it stands there."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "CONTRIBUTING.md"
BLOCK = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.M | re.S)
COMMANDS = re.compile(r"^```sh run\n(.*?)^```$", re.M | re.S)


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's package and its entry points, as pip would install them."""
    root = tmp_path_factory.mktemp("site")
    blocks = dict(BLOCK.findall(PAGE.read_text()))
    points = tomllib.loads(blocks.pop("entry_points"))["project"]["entry-points"]
    for name, text in blocks.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (root / "acme" / "__init__.py").write_text("")
    info = root / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    lines = [f"[{g}]\n" + "".join(f"{k} = {v}\n" for k, v in p.items()) for g, p in points.items()]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return root


def call(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *words],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )


def simlab(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return call(root, "-c", "from simlab.cli import main; main()", *words)


def test_the_page_shows_one_of_each() -> None:
    names = {name for name, _ in BLOCK.findall(PAGE.read_text())}
    assert names == {
        "acme/recall.py",
        "acme/all_known.py",
        "acme/recall_claims.py",
        "acme/recall_scenario.py",
        "acme/quiz.py",
        "entry_points",
    }


def test_the_scenario_runs_with_its_claims(acme: Path) -> None:
    done = simlab(acme, "run", "recall", "--L", "1", "5", "20", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found["claims"]) == 6
    assert all(claim["passed"] for claim in found["claims"])
    scores = {c["subtask"]: c["emergence_score"] for c in found["curves"]}
    assert scores["L=1"] < scores["L=5"]
    assert Path(acme, found["run"]["report"]).is_file()


def test_the_source_replays(acme: Path) -> None:
    rows = "".join(
        f"{10**e},{r},40\n" for e, r in zip(range(6, 11), (1, 2, 9, 30, 38), strict=True)
    )
    (acme / "quiz.csv").write_text("model_size,right,asked\n" + rows)
    done = simlab(acme, "replay", "quiz", "quiz.csv", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [row["score"] for row in found["scores"]] == [0.025, 0.05, 0.225, 0.75, 0.95]
    assert found["curves"][0]["status"] == "ok"
    assert found["notes"] == ["0 scores are missing"]


def test_the_claims_are_found_and_checked(acme: Path) -> None:
    ids = ("acme-long-tests-are-harder", "acme-facts-are-drawn-anew")
    done = simlab(acme, "claims", "check", *ids, "--format", "json")
    assert done.returncode == 0, done.stderr
    harder, anew = json.loads(done.stdout)["claims"]
    assert (harder["outcome"], anew["outcome"]) == ("holds", "fails")
    assert anew["counterexample"] == {"n_known": 1, "n_facts": 20}


def test_its_commands_run(acme: Path) -> None:
    (acme / "quiz.csv").write_text("model_size,right,asked\n1e6,3,40\n1e7,9,40\n1e8,30,40\n")
    (commands,) = COMMANDS.findall(PAGE.read_text())
    binaries = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=acme,
        env={**os.environ, "PYTHONPATH": str(acme), "PATH": f"{binaries}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_its_docstrings_run(acme: Path) -> None:
    for module in ("acme/recall.py", "acme/all_known.py"):
        done = call(acme, "-m", "doctest", module)
        assert done.returncode == 0, done.stdout


def test_both_are_listed(acme: Path) -> None:
    done = simlab(acme, "list")
    assert "Recall of facts" in done.stdout
    assert "A quiz" in done.stdout
