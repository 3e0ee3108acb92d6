"""A run of a scenario with its defaults, kept until a source file changes: claims and figures."""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec

import simlab
from simlab.claims.claim import Claim
from simlab.scenario import Scenario


class Drawn(msgspec.Struct, frozen=True):
    """What the page of a figure needs; the file is ``NAME.svg`` beside it."""

    file: str
    title: str
    caption: str


class Run(msgspec.Struct, frozen=True):
    """Claims and figures of one run."""

    claims: list[Claim]
    figures: list[Drawn]


def default_run(scenario: Scenario, cache: Path) -> tuple[Run, Path]:
    """Return the run of a scenario with its defaults and seed 0, and the folder of its figures."""
    folder = cache / scenario.name / _digest(scenario)
    record = folder / "run.json"
    if not record.exists():
        print(f"drawing {scenario.name}", file=sys.stderr)
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=folder.parent))
        (part / record.name).write_bytes(msgspec.json.encode(_computed(scenario, part)))
        for old in folder.parent.iterdir():
            if old != part:
                shutil.rmtree(old)
        part.rename(folder)
    return msgspec.json.decode(record.read_bytes(), type=Run), folder


def _computed(scenario: Scenario, folder: Path) -> Run:
    from simlab.charts.emergence import emergence_figures
    from simlab.charts.export import file_names, write_figures
    from simlab.charts.scores import score_figures
    from simlab.lab import run
    from simlab.parameters import grid

    result = run(scenario.name, out=None)
    if scenario.charts:
        figures = scenario.charts(grid(scenario.parameters, scenario.grid), result.table)
    else:
        figures = score_figures(result.table, scores=result.scores)
        figures += emergence_figures(result.scores)
    write_figures(figures, folder, formats=("svg",))
    names = file_names([figure.name for figure in figures])
    drawn = [Drawn(n, f.title, f.caption) for n, f in zip(names, figures, strict=True)]
    return Run(result.claims, drawn)


def _digest(scenario: Scenario) -> str:
    """Return a hash of the sources that a run depends on: simlab's, and those of the scenario."""
    home = Path(str(sys.modules[scenario.run.__module__].__file__)).parent
    digest = hashlib.sha256(scenario.name.encode())
    for root in (Path(simlab.__file__).parent, home):
        for path in sorted(root.rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
