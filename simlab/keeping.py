"""Fill the directory of a run, and keep what is done of one that ends early."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from simlab._jit import kernel_hash
from simlab.errors import EXIT_INTERRUPTED, EXIT_LOST, DataError, SimlabError
from simlab.result import Result
from simlab.runs import provenance
from simlab.runs.directory import CHARTS, RunDirectory
from simlab.runs.manifest import IN_PROCESS
from simlab.scenario import Scenario
from simlab.source import Source
from simlab.sweep.finished import Finished
from simlab.sweep.interrupts import Terminated
from simlab.sweep.parts import Parts


class InterruptedRunError(SimlabError):
    """Ctrl-C, or a signal to end: what was finished is kept (exit 130, or 128 + the signal)."""

    def __init__(self, message: str, *, exit_code: int = EXIT_INTERRUPTED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Ending:
    """Keep what is done when a run is interrupted or fails, and say so in its manifest."""

    def __init__(
        self,
        directory: RunDirectory | None,
        done: Finished,
        started: float,
        parts: Parts | None = None,
    ) -> None:
        self.directory, self.done, self.started, self.parts = directory, done, started, parts

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None:
            return
        status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        done = len(self.done)
        if self.directory:
            self.directory.manifest.n_cells_done = done
            wall = time.perf_counter() - self.started
            # the disk may be full: what can be written is, and the first error stands
            if self.parts:
                with suppress(DataError):
                    self.parts.flush()
            if done:
                with suppress(DataError):
                    self.directory.save_table(self.done.table())
            with suppress(DataError):
                self.directory.finish(status, wall_seconds=wall, error=str(error) or status)
            self.directory.release()
        kept = f"; {done} finished cells are in {self.directory.path}" if self.directory else ""
        if self.directory and self.parts:
            kept += ", 'simlab runs resume' goes on from there"
        if isinstance(error, Terminated):
            raise InterruptedRunError(f"{error}{kept}", exit_code=error.exit_code) from None
        if isinstance(error, KeyboardInterrupt):
            raise InterruptedRunError(f"interrupted{kept}") from None
        if isinstance(error, SimlabError) and error.exit_code == EXIT_LOST:
            raise type(error)(f"{error}{kept}") from error


def provenance_of(
    kind: str,
    subject: Scenario | Source,
    passed: Mapping[str, Sequence[Any]],
    cells: list[dict[str, Any]],
    seed: int,
    seeds: int,
    threads: int,
    inputs: dict[str, str],
    *,
    engine: str = IN_PROCESS,
) -> dict[str, Any]:
    """Return the fields of a manifest that are known when a run begins."""
    return {
        "kind": kind,
        "name": subject.name,
        "title": subject.title,
        "version": getattr(subject, "version", 1),
        "argv": sys.argv[1:],
        "passed": {name: list(values) for name, values in passed.items()},
        "cells": cells,
        "seed": seed,
        "seeds": seeds,
        "threads": threads,
        "engine": engine,
        "git": provenance.git_state(),
        "versions": provenance.package_versions(),
        "machine": provenance.machine(),
        "kernel_hash": kernel_hash(),
        "inputs": inputs,
    }


def write_run(
    result: Result,
    subject: Scenario | Source,
    figures: list[Any] | None,
    formats: Sequence[str],
    n_cells: int,
    started: float,
    *,
    extra: Mapping[str, Callable[[bytes], bytes]] | None = None,
) -> None:
    """Fill the run directory: scores, claims, charts, and last the page and the manifest.

    ``extra`` are further files by name, each made from the file of the scores.
    """
    from simlab.charts.emergence import emergence_figures
    from simlab.charts.export import write_figures
    from simlab.charts.scores import score_figures
    from simlab.report.kept import keep_words, read_verdicts
    from simlab.report.page import Report, build_page

    directory = result.directory
    assert directory is not None
    scores = directory.save_table(result.table)
    for name, made in (extra or {}).items():
        directory.save_bytes(name, made(scores))
    directory.save_claims(result.claims)
    if figures is None:
        figures = score_figures(result.table, scores=result.scores)
        figures += emergence_figures(result.scores)
    write_figures(figures, directory.path / CHARTS, formats=formats)
    directory.manifest.n_cells_done = n_cells
    wall = time.perf_counter() - started
    directory.manifest.wall_seconds = round(wall, 3)
    report = Report(
        title=subject.title,
        kind=directory.manifest.kind,
        summary=subject.summary,
        claims=result.claims,
        scores=result.scores,
        table=result.table,
        figures=figures,
        notes=result.notes,
        tables=result.tables,
        citations=subject.citations,
        headline=result.headline,
        verdicts=read_verdicts(directory.path),
        n_outcomes=0 if result.items is None else result.items.height,
        manifest={**msgspec.to_builtins(directory.manifest), "status": "complete"},
    )
    keep_words(report, directory.path)
    directory.save_page(build_page(report))
    directory.clear()
    directory.finish("complete", wall_seconds=wall)
