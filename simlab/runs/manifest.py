"""The manifest of a run: what was asked, with what it was computed, and how it ended."""

from typing import Any

import msgspec

SCHEMA_VERSION = 1
IN_PROCESS = "in process"
STATUSES = ("running", "complete", "interrupted", "failed")


class Manifest(msgspec.Struct, kw_only=True):
    """``manifest.json`` of a run directory; ``status`` is the last thing to become "complete"."""

    schema_version: int = SCHEMA_VERSION
    id: str
    """Name of the run directory."""
    kind: str
    """"scenario" or "source"."""
    name: str
    title: str
    version: int = 1
    """Version of the scenario; a source has 1."""
    status: str = "running"
    error: str | None = None
    argv: list[str]
    passed: dict[str, Any]
    """Parameters as the user gave them."""
    cells: list[dict[str, Any]]
    """Resolved parameters of each cell of the grid; a source has one."""
    n_cells_done: int = 0
    """Cells times seeds that are there."""
    n_cells_reused: int = 0
    """Of these, how many earlier runs, or an earlier attempt at this one, had computed."""
    reused_from: list[str] = []
    """Ids of these runs."""
    resumed: list[str] = []
    """When the run was taken up again; UTC, ISO 8601."""
    seed: int
    seeds: int
    threads: int
    """Threads of a cell."""
    engine: str = IN_PROCESS
    """Where the cells were computed: in process, or by which workers."""
    started: str
    """UTC, ISO 8601."""
    wall_seconds: float | None = None
    git: dict[str, Any]
    versions: dict[str, str]
    machine: dict[str, Any]
    kernel_hash: str
    inputs: dict[str, str]
    """sha256 of each input file by path."""
    claims_passed: int | None = None
    claims_failed: int | None = None
