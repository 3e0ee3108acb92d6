"""Start-up, help, errors and exit codes of the command line as a whole."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from simlab import lab, registry
from tests.cli.conftest import Simlab

HEAVY = {"numba", "numpy", "polars", "scipy", "altair", "rich", "msgspec", "hypothesis"}


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from simlab.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('HEAVY', sorted(set(sys.modules) & set(sys.argv[1:])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True
    )
    assert "HEAVY []" in done.stdout
    assert "simlab run compounding --K 1 4 8" in done.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["runn"], "simlab: no command 'runn'; did you mean 'run'?"),
        (["run", "compoundign"], "simlab: no scenario 'compoundign'; did you mean 'compounding'?"),
        (["replay", "bigbnch", "x"], "simlab: no source 'bigbnch'; did you mean 'bigbench'?"),
        (["run", "compounding", "--K", "0"], "simlab: --K 0: expected `int` >= 1"),
        (["run", "compounding", "--K", "-3"], "simlab: --K -3: expected `int` >= 1"),
        (["run", "compounding", "--K", "2.5"], "'2.5' is not a whole number"),
        (["run", "compounding", "--K"], "Option '--K' requires an argument"),
        (["run", "compounding", "--k", "1"], "No such option"),
        (["run", "compounding", "--seeds", "0"], "simlab: --seeds 0: give at least 1"),
        (["run", "compounding", "--threads", "0"], "--threads"),
        (["run", "compounding", "--format", "xml"], "--format"),
        (["cite", "compoundin"], "did you mean 'compounding'?"),
        (["show", "nothing"], "simlab: no run 'nothing' in runs"),
    ],
)
def test_a_usage_error_is_one_line_and_exit_2(
    simlab: Simlab, words: list[str], complaint: str
) -> None:
    code, out, err = simlab(*words)
    assert (code, out) == (2, ""), err
    assert complaint in err
    assert err.startswith("simlab: ")
    assert err.count("\n") == 1
    assert not Path("runs").exists()


def test_an_unexpected_error_is_one_line_unless_debug(
    simlab: Simlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*words: object, **more: object) -> None:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(lab, "run", broken)
    code, _, err = simlab("run", "compounding")
    assert code == 70
    assert err.count("\n") == 1
    assert "ZeroDivisionError: by zero" in err
    code, _, err = simlab("run", "compounding", "--debug")
    assert code == 70
    assert "Traceback" in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_name_the_command(simlab: Simlab, shell: str) -> None:
    code, out, _ = simlab("completions", shell)
    assert code == 0
    assert "_SIMLAB_COMPLETE" in out


def test_completion_knows_scenarios_and_options() -> None:
    from click.shell_completion import ShellComplete

    from simlab.cli import group

    complete = ShellComplete(group, {}, "simlab", "_SIMLAB_COMPLETE")
    assert {c.value for c in complete.get_completions(["run"], "comp")} == {"compounding"}
    assert "--K" in {c.value for c in complete.get_completions(["run", "compounding"], "--")}


def test_cite_names_the_papers(simlab: Simlab) -> None:
    code, out, _ = simlab("cite", "mirage")
    assert code == 0
    assert "2304.15004" in out
    code, out, _ = simlab("cite", "audit")
    assert code == 0
    assert "Benjamini & Hochberg 1995" in out


def test_env_tells_what_a_report_needs(simlab: Simlab) -> None:
    code, out, _ = simlab("env")
    assert code == 0
    for fact in ("python", "numba", "kernel hash", "cache folder", "threads"):
        assert fact in out


def test_list_shows_scenarios_and_sources(simlab: Simlab) -> None:
    code, out, _ = simlab("list")
    assert code == 0
    for name in ("compounding", "mirage", "arithmetic", "resolution", "bigbench", "wei2022"):
        assert name in out
    assert simlab("list", "scenarios", "--names").out.split() == sorted(
        simlab("list", "scenarios", "--names").out.split()
    )


def test_no_words_give_the_help(simlab: Simlab) -> None:
    for words in ([], ["run"], ["replay"]):
        code, out, err = simlab(*words)
        assert (code, out) == (2, "")
        assert err.startswith("Usage: simlab")


def test_a_broken_package_hides_no_other(simlab: Simlab, monkeypatch: pytest.MonkeyPatch) -> None:
    points = registry._points(registry.SCENARIOS)
    broken = EntryPoint("broken", "acme_is_not_here:SCENARIO", registry.SCENARIOS)
    monkeypatch.setattr(registry, "_points", lambda group: {**points, "broken": broken})
    code, out, _ = simlab("list", "scenarios")
    assert code == 0
    assert "cannot be imported: ModuleNotFoundError" in " ".join(out.split())
    assert "K steps" in out
    assert "K steps" in simlab("run", "--help").out
    code, _, err = simlab("run", "broken")
    assert code == 2
    assert err.startswith("simlab: scenario 'broken' (acme_is_not_here:SCENARIO) cannot be imp")
    assert err.count("\n") == 1
