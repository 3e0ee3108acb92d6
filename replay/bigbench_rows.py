"""The scores of many BIG-bench score files, taken file by file into three small tables.

A score belongs to a file (task and model) and to a slot (see `replay.bigbench_layout`). So a
million scores need little room, and options that change slots or files do not touch the scores.
"""

from collections import deque
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from replay.bigbench_aggregate import missing_aggregates
from replay.bigbench_file import Model, check_keys, contradictions, read_score_file
from replay.bigbench_layout import Layout, Slots
from simlab.errors import DataError
from simlab.formatted import formatted

if TYPE_CHECKING:
    from replay.bigbench_template import Template

USED, LEFT_OUT = "used", "left out"

_QUICK_AFTER = 4 << 20  # bytes; less is read faster than kernels are loaded
_MOST_TEMPLATES = 8  # each is tried on every file of a folder

_FILES = {
    "path": pl.String,
    "family": pl.String,
    "model": pl.String,
    "total_params": pl.Float64,
    "non_embedding_params": pl.Float64,
    "flop_matched_params": pl.Float64,
}
_PROBLEMS = {"file": pl.String, "problem": pl.String, "outcome": pl.String}


class ScoreRows(NamedTuple):
    """What score files hold, with scores as they stand there."""

    rows: pl.DataFrame
    """One row a score: ``slot`` and ``file`` (row numbers of the other two) and ``score``."""
    slots: pl.DataFrame
    """``task``, ``subtask`` (null: the whole task), ``shots``, ``metric``; ``preferred_metric`` of
    the entry, with its ``low_score`` and ``high_score``; ``computed`` (a mean over subtasks that
    no file states); ``repeated`` (of an entry whose subtask stood in its file before)."""
    files: pl.DataFrame
    """``path``, ``family``, ``model`` and three numbers of parameters."""
    problems: pl.DataFrame
    """``file``, ``problem``, ``outcome``: "left out" or "used"."""
    digest: str = ""
    """What ``sha256sum`` prints for what it prints for the files, sorted by path; "" if unknown."""


class Collector:
    """Take score files one by one, keep their numbers, and drop the rest.

    Parameters
    ----------
    hashed : bool
        Whether to hash what is read.
    quick_after : int
        Bytes after which templates are used (see `replay.bigbench_template`).
    """

    def __init__(self, *, hashed: bool = False, quick_after: int = _QUICK_AFTER) -> None:
        self._hashed = hashed
        self._hashes: list[tuple[str, str]] = []
        self._slow_bytes = quick_after  # that are still to be read without templates
        self._scores = np.empty(1 << 17)
        self._bits = self._scores.view(np.uint64)
        self._ends = [0]  # of the scores of each file
        self._slots = Slots()
        self._layouts: list[NDArray[np.uint32]] = []  # the slots of each file
        self._files: list[tuple[Any, ...]] = []
        self._first: dict[tuple[str, str, str], int] = {}
        self._models: dict[tuple[str, str], int] = {}
        self._folder = ""
        self._templates: deque[Template] = deque(maxlen=_MOST_TEMPLATES)  # of this folder
        self._problems: list[tuple[str, str, str]] = []

    def add(self, path: str, data: bytes, *, above: str = "") -> None:
        """Take one file; a damaged one becomes a problem and leaves no number.

        Parameters
        ----------
        path : str
            Its name for people, below the folder or archive.
        data : bytes
            Its content.
        above : str
            Folders that lead to ``path``, as far as they are known, with a slash at the end.
        """
        if self._hashed:
            self._hashes.append((path, sha256(data).hexdigest()))
        try:
            if not self._add_alike(path, data, above):
                self._add_new(path, data, above)
        except DataError as error:
            self.problem(path, str(error).removeprefix(f"{path}: "))

    def problem(self, path: str, text: str, *, outcome: str = LEFT_OUT) -> None:
        """Note what is wrong with a file."""
        self._problems.append((path, str(DataError(text)), outcome))

    def rows(self) -> ScoreRows:
        """Return the tables of all files that were taken."""
        scores = self._scores[: self._ends[-1]]
        scores[~np.isfinite(scores)] = np.nan
        no_slots = np.empty(0, np.uint32)
        numbers = np.arange(len(self._files), dtype=np.uint32)
        rows = pl.DataFrame(
            {
                "slot": np.concatenate([no_slots, *self._layouts]),
                "file": np.repeat(numbers, np.diff(self._ends)),
                "score": pl.Series(scores).fill_nan(None),
            }
        )
        files = pl.DataFrame(self._files, _FILES, orient="row")
        problems = pl.DataFrame(self._problems, _PROBLEMS, orient="row")
        found = ScoreRows(rows, self._slots.table(), files, problems)
        every = pl.concat([problems, _missing_scores(found)])
        listing = "".join(f"{digest}  {path}\n" for path, digest in sorted(self._hashes))
        digest = sha256(listing.encode()).hexdigest() if self._hashed else ""
        return found._replace(problems=every.sort("file", maintain_order=True), digest=digest)

    def _add_alike(self, path: str, data: bytes, above: str) -> bool:
        """Take a file that has the text of one before it; return whether it does."""
        folder = path.rpartition("/")[0]
        if folder != self._folder:  # folders come one after the other
            self._folder = folder
            self._templates.clear()
        start = self._ends[-1]
        for template in self._templates:
            if start + template.n_scores > len(self._scores):
                self._room(template.n_scores)
            model = template.match(data, self._bits, start)
            if model is not None:
                self._keep(path, above, template.task, model, template.layout)
                return True
        return False

    def _add_new(self, path: str, data: bytes, above: str) -> None:
        file = read_score_file(data, origin=path)
        layout = self._slots.layout_of(file, origin=path)
        check_keys(data, file.n_colons + layout.n_colons, origin=path)
        if not len(layout.slots):
            raise DataError(f"{path}: at $.scores: holds no score")
        entries = file.entries
        added = [] if layout.complete else missing_aggregates(file.task, entries)
        if added:
            layout = self._slots.extended(layout, added, file.task)
        scores = list(chain.from_iterable([e.score_dict.values() for e in (*entries, *added)]))
        room = self._room(len(scores))
        room[:] = scores
        self._keep(path, above, file.task, file.model, layout)
        self._slow_bytes -= len(data)
        if file.model_text and not added and self._slow_bytes < 0:
            from replay.bigbench_template import template_of

            template = template_of(data, file, layout, room)
            if template is not None:
                self._templates.appendleft(template)

    def _room(self, n: int) -> NDArray[np.float64]:
        """Return where the next ``n`` scores go; they count once the file is kept."""
        end = self._ends[-1]
        if end + n > len(self._scores):
            self._scores = np.concatenate([self._scores, np.empty(3 * end + n)])
            self._bits = self._scores.view(np.uint64)
        return self._scores[end : end + n]

    def _keep(self, path: str, above: str, task: str, model: Model, layout: Layout) -> None:
        """Take the file whose scores are in the room; raise DataError if it repeats another."""
        n, start = len(self._files), self._ends[-1]
        end = start + len(layout.slots)
        name = model[:2]
        first = self._first.setdefault((task, *name), n)
        if first < n:
            own, other = self._scores[start:end], self._ends[first : first + 2]
            same = np.array_equal(layout.slots, self._layouts[first]) and np.array_equal(
                own, self._scores[other[0] : other[1]], equal_nan=True
            )
            raise DataError(
                f"{path}: {'repeats' if same else 'contradicts'} {self._files[first][0]}: the "
                "same task, family and model"
            )
        for text in contradictions(task, model, above + path):
            self.problem(path, text, outcome=USED)
        known = self._models.setdefault(name, n)
        if known < n and self._files[known][3:] != model.sizes:
            other_path = self._files[known][0]
            self.problem(path, f"its model has other sizes than in {other_path}", outcome=USED)
        self._files.append((path, *name, *model.sizes))
        self._layouts.append(layout.slots)
        self._ends.append(end)


def _missing_scores(found: ScoreRows) -> pl.DataFrame:
    """Return a problem for each file that states scores which are no finite numbers."""
    slots = found.slots.with_row_index("slot").filter(~pl.col("computed"))
    return (
        found.rows.filter(pl.col("score").is_null())
        .join(slots, on="slot", maintain_order="left")
        .group_by("file", maintain_order=True)
        .agg(pl.len(), pl.col("metric", "subtask", "task", "shots").first())
        .select(
            file=pl.lit(found.files["path"]).gather("file"),
            problem=formatted(
                "scores that are NaN, infinite or null: {}, the first {} of {}{}",
                "len",
                "metric",
                pl.coalesce("subtask", "task"),
                formatted(" at {} shots", "shots").fill_null(""),
            ),
            outcome=pl.lit(USED),
        )
    )
