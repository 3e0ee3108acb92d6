"""The generated parts of a scenario's page, out of the registered `Scenario` and a real run.

``{scenario} NAME`` gives title, summary, command and figures; ``{scenario-record} NAME`` gives
parameters, claims with their evidence, and literature. What stands between them, the equations,
is written by hand in ``docs/scenarios/NAME.md``. ``{scenarios}`` is the table of all.
"""

import os
from pathlib import Path

from markdown import escaped, linked, table
from parameter_tables import parameter_table
from scenario_runs import Run, default_run
from sphinx.application import Sphinx

from simlab import registry
from simlab.cli.output import claim_rows
from simlab.scenario import Scenario

NOT_DRAWN = "*This site was built without running the scenario.*"


def scenario_introduction(name: str, app: Sphinx) -> str:
    """Return title, summary, the command, and the figures of a run with default parameters."""
    scenario: Scenario = registry.load(registry.SCENARIOS, name)
    blocks = [
        f"**{escaped(scenario.title)}.** {escaped(scenario.summary)}",
        f"```text\nsimlab run {scenario.name}\n```",
    ]
    found = _default_run(scenario, app)
    if found is None:
        return "\n\n".join([*blocks, NOT_DRAWN])
    run, folder = found
    blocks.append(_verdict(run))
    for figure in run.figures:
        path = Path(os.path.relpath(folder / f"{figure.file}.svg", app.srcdir)).as_posix()
        blocks.append(f"**{escaped(figure.title)}**")
        blocks.append(f":::{{container}} figure\n![{escaped(figure.title)}](/{path})\n:::")
        blocks.append(escaped(figure.caption))
    return "\n\n".join(blocks)


def scenario_record(name: str, app: Sphinx) -> str:
    """Return parameters, claims with their evidence, and literature."""
    scenario: Scenario = registry.load(registry.SCENARIOS, name)
    reference = f"[simlab run {escaped(name)}](/cli/run.md#simlab-run-{name})"
    blocks = [
        "## Parameters",
        parameter_table(scenario.parameters, axes=scenario.grid),
        f"{reference} has the options that all scenarios share, such as `--seeds` and `--workers`.",
    ]
    found = _default_run(scenario, app)
    blocks += ["## Claims", _claims(found[0]) if found else NOT_DRAWN]
    if scenario.citations:
        blocks += ["## Literature", "\n".join(f"- {linked(c)}" for c in scenario.citations)]
    return "\n\n".join(blocks)


def scenario_list(argument: str, app: Sphinx) -> str:
    """Return the table of all scenarios that have a page here, each a link."""
    titles = registry.titles(registry.SCENARIOS)
    pages = [n for n in titles if (Path(app.srcdir) / "scenarios" / f"{n}.md").exists()]
    rows = [[f"[{escaped(name)}](/scenarios/{name}.md)", escaped(titles[name])] for name in pages]
    return table(["scenario", "what it shows"], rows)


def _default_run(scenario: Scenario, app: Sphinx) -> tuple[Run, Path] | None:
    wanted = app.config.simlab_draw
    if "all" not in wanted and scenario.name not in wanted:
        return None
    return default_run(scenario, Path(app.srcdir, app.config.simlab_figures).resolve())


def _verdict(run: Run) -> str:
    held = sum(claim.passed for claim in run.claims)
    return f"With these defaults and seed 0, {held} of {len(run.claims)} claims hold."


def _claims(run: Run) -> str:
    rows = []
    for claim, cells in zip(run.claims, claim_rows(run.claims), strict=True):
        rows.append([*map(escaped, cells), escaped(claim.source)])
    headers = ["verdict", "claim", "observed", "expected", "source"]
    return f"{_verdict(run)}\n\n{table(headers, rows)}"
