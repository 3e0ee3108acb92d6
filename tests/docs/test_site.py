"""The documentation site: it is whole, made from what is registered, and opens offline."""

import doctest
import html
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import pytest
from playwright.sync_api import Browser, Page

from simlab import registry
from simlab.cli import COMMANDS, group
from tests.docs.conftest import DRAWN, ROOT
from tests.report.browser import a_browser
from tests.report.test_accessibility import AXE

DOCS = ROOT / "docs"
VISITED = (
    "index.html",
    "concepts.html",
    f"scenarios/{DRAWN}.html",
    "scenarios/zoo.html",
    "sources.html",
    "cli/run.html",
    "python.html",
    "calibration.html",
    "benchmarks.html",
    "tutorials/teacher.html",
)
OWN = {
    kind: [p.name for p in entry_points(group=kind) if p.value.startswith(("scenarios", "replay"))]
    for kind in (registry.SCENARIOS, registry.SOURCES)
}
"""Names that simlab itself registers, not a package that is installed beside it."""


def words(page: Path) -> str:
    """Return the text of a page, without its tags."""
    return html.unescape(re.sub(r"<[^>]*>", "", page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", OWN[registry.SCENARIOS])
def test_a_scenario_has_a_page_with_its_equations(name: str) -> None:
    page = DOCS / "scenarios" / f"{name}.md"
    assert page.is_file(), f"write docs/scenarios/{name}.md with the equations of {name}"
    text = page.read_text(encoding="utf-8")
    head, _, rest = text.partition("\n## Equations\n")
    equations, _, record = rest.partition("\n```{scenario-record}")
    assert head == f"# {name}\n\n```{{scenario}} {name}\n```\n"
    assert "\n$$\n" in equations
    assert record == f" {name}\n```\n"


def test_pages_are_those_of_what_there_is() -> None:
    pages = {page.stem for page in (DOCS / "scenarios").glob("*.md")} - {"index"}
    assert pages == set(OWN[registry.SCENARIOS])
    commands = {page.stem for page in (DOCS / "cli").glob("*.md")} - {"index"}
    assert commands == set(COMMANDS), "each command has a page docs/cli/NAME.md: copy one"


def test_the_page_of_a_scenario_is_made_from_it(site: Path) -> None:
    scenario = registry.load(registry.SCENARIOS, DRAWN)
    page = site / "scenarios" / f"{DRAWN}.html"
    text = words(page)
    for said in (scenario.title, scenario.summary, *scenario.citations):
        assert said in text
    for field in scenario.parameters.__struct_fields__:
        assert f"--{field.replace('_', '-')}" in text
    assert "4 of 4 claims hold" in text
    assert text.count("ok\n") == 4
    assert page.read_text().count("<math") > 10
    images = re.findall(r'<img [^>]*src="([^"]+\.svg)"', page.read_text())
    assert len(images) == 2
    for image in images:
        assert "<svg" in (page.parent / image).read_text()[:200]


def test_sources_have_their_sections(site: Path) -> None:
    text = words(site / "sources.html")
    for name in OWN[registry.SOURCES]:
        source = registry.load(registry.SOURCES, name)
        assert f"simlab replay {name}" in text
        assert " ".join(source.summary.split()) in text


def test_exit_codes_are_on_the_page_of_all_commands(site: Path) -> None:
    text = words(site / "cli" / "index.html")
    assert "Exit codes: 0 ok; 1 a claim or a comparison failed" in text
    for name in COMMANDS:
        assert f"simlab {name}" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_are_there_with_every_option(site: Path, name: str) -> None:
    text = words(site / "cli" / f"{name}.html")
    context = click.Context(group, info_name="simlab", **group.context_settings)
    command = group.get_command(context, name)
    assert command is not None
    found = 0
    for path, option, said in told(command, name, context):
        assert f"{path}¶" in text
        assert option in text
        bare = re.sub(r"`|'(simlab [^']+)'", r"\1", said)  # without the marks of code
        assert " ".join(bare.split()) in text, f"{path} {option}"
        found += 1
    assert found >= 1


def told(
    command: click.Command, name: str, parent: click.Context
) -> Iterator[tuple[str, str, str]]:
    """Yield path, option and help of every option of a command and of those below it."""
    context = click.Context(command, info_name=name, parent=parent, **command.context_settings)
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record and isinstance(param, click.Option):
            yield context.command_path, *record
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from told(found, child, context)


def test_every_link_within_the_site_leads_somewhere(site: Path) -> None:
    pages = {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    anchors = {page: set(re.findall(r'\bid="([^"]+)"', text)) for page, text in pages.items()}
    broken = []
    for page, text in pages.items():
        for target in re.findall(r'\b(?:href|src)="([^"]*)"', text):
            parts = urlsplit(html.unescape(target))
            if parts.scheme:
                assert parts.scheme == "https", (page, target)
                continue
            place = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            known = place.is_file() and (
                place not in anchors or not parts.fragment or parts.fragment in anchors[place]
            )
            if not known:
                broken.append((page.relative_to(site).as_posix(), target))
    assert len(pages) > 40
    assert broken == []


def test_nothing_of_this_machine_is_on_the_site(site: Path) -> None:
    for page in (*site.rglob("*.html"), site / "searchindex.js"):
        text = page.read_text(encoding="utf-8")
        assert str(ROOT) not in text, page
        assert str(Path.home() / ".") not in text, page


def test_the_generators_examples() -> None:
    sys.path.insert(0, str(DOCS / "_ext"))
    try:
        modules = [import_module(page.stem) for page in (DOCS / "_ext").glob("*.py")]
    finally:
        sys.path.remove(str(DOCS / "_ext"))
    results = [doctest.testmod(module) for module in modules]
    assert sum(result.attempted for result in results) >= 4
    assert sum(result.failed for result in results) == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as browser:
        yield browser


def watched(page: Page, complaints: list[str]) -> None:
    """Note whatever a page logs, or asks for beside its own files."""
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith("file:") else complaints.append(asked.url),
    )
    page.on("requestfailed", lambda asked: complaints.append(f"failed: {asked.url}"))


@pytest.mark.page
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_open_offline(site: Path, browser: Browser, width: int) -> None:
    context = browser.new_context(offline=True, viewport={"width": width, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    watched(page, complaints)
    for name in VISITED:
        page.goto((site / name).as_uri())
        shown, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert shown <= inner, name
        assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    page.goto((site / "concepts.html").as_uri())
    assert page.evaluate("document.fonts.ready.then(f => f.check('16px \"STIX Two Math\"'))")
    height = page.locator("math mfrac").first.bounding_box()
    assert height is not None
    assert height["height"] > 25  # a fraction stands on two lines: MathML is drawn
    context.close()
    assert complaints == []


@pytest.mark.page
def test_search_works_without_a_server(site: Path, browser: Browser) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    complaints: list[str] = []
    watched(page, complaints)
    page.goto((site / "index.html").as_uri())
    page.get_by_placeholder("Search").first.fill("grokking")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li a").all_inner_texts()
    assert {"grokking", "grokking-linear"} <= set(found)
    page.get_by_role("link", name="grokking", exact=True).last.click()
    page.wait_for_selector("h1:has-text('grokking')")
    context.close()
    assert complaints == []


@pytest.mark.page
@pytest.mark.skipif(not AXE.is_file(), reason=f"no axe-core: {AXE} is missing")
@pytest.mark.parametrize("name", ["index", "concepts", f"scenarios/{DRAWN}", "cli/audit"])
def test_no_barriers(site: Path, browser: Browser, name: str) -> None:
    """axe-core finds nothing serious, at phone width, where most boxes scroll."""
    context = browser.new_context(offline=True, viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto((site / f"{name}.html").as_uri())
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    context.close()
    assert len(found["passes"]) > 10
    serious = [rule for rule in found["violations"] if rule["impact"] in ("serious", "critical")]
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in serious] == []
