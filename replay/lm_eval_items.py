"""Sample logs beside results files: per-item outcomes, and the scores that follow from them."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from replay.harness_metrics import NAMES, SHARES, base_metric, direction
from replay.lm_eval_results import Results
from replay.lm_eval_samples import FilterSamples, Values, read_samples
from replay.run_rows import ROW
from replay.source_files import Unreadable, read_bytes
from simlab.errors import DataError
from simlab.formatted import formatted

_FILE_NAMES = {own: theirs for theirs, own in NAMES.items()}
_AGREE = 1e-6
_ITEM: dict[str, Any] = {
    "run": pl.Int64,
    "name": pl.String,
    "metric": pl.String,
    "item": pl.String,
    "value": pl.Float64,
    "prompt_hash": pl.String,
    "doc_hash": pl.String,
}


class Logged(NamedTuple):
    """What sample logs add to results files."""

    rows: pl.DataFrame
    """Scores that the results files lack: columns of `replay.run_rows.ROW`."""
    filled: pl.DataFrame
    """Per run, name and metric: n_logged, stderr_logged, chance_logged."""
    items: pl.DataFrame
    """One row per run, name, metric and item."""
    notes: list[str]
    n_logs: int


def read_logs(
    wanted: Sequence[tuple[int, str]],
    results: Sequence[Results],
    logs: Mapping[tuple[int, str], tuple[Path, str]],
    unreadable: Unreadable,
) -> Logged:
    """Read the sample logs of ``wanted`` pairs of run and task.

    Parameters
    ----------
    wanted : sequence of (run, name)
        Pairs whose scores are in use; a pair without a log is passed over.
    results : sequence of Results
        By run.
    logs : mapping
        Path of the log, and its name for messages, by run and task.
    unreadable : Unreadable
        Takes damaged logs and lines.
    """
    rows: list[tuple[Any, ...]] = []
    filled: list[tuple[Any, ...]] = []
    parts: list[pl.DataFrame] = []
    notes: list[str] = []
    n_logs = 0
    for run, name in wanted:
        if (run, name) not in logs:
            continue
        path, origin = logs[run, name]
        scores = {row.metric: row for row in results[run].rows if row.name == name}
        try:
            filters, errors = read_samples(
                read_bytes(path, origin),
                origin=origin,
                metrics=frozenset(_FILE_NAMES.get(m, m) for m in map(base_metric, scores)),
                output_type=results[run].output_types.get(name, ""),
            )
        except DataError as error:
            unreadable.add(origin, error)
            continue
        for line_error in errors:
            unreadable.add(origin, line_error)
        n_logs += 1
        any_row = next(iter(scores.values()))
        for held in filters:
            notes += held.notes
            stated = {m: row.score for m, row in scores.items()}
            for metric, values in _means(held, stated, origin, notes):
                mean, stderr, n = _summary(values)
                filled.append((run, name, metric, n, stderr, held.chance.get(metric)))
                parts.append(_items(run, name, metric, held, values))
                if metric not in scores:
                    up = direction(metric)
                    facts = (any_row.shots, n, up, any_row.version)
                    rows.append((run, name, metric, mean, stderr, *facts))
    schema = {"run": pl.Int64, "name": pl.String, "metric": pl.String, "n_logged": pl.Int64}
    schema |= {"stderr_logged": pl.Float64, "chance_logged": pl.Float64}
    return Logged(
        pl.DataFrame(rows, ROW, orient="row"),
        pl.DataFrame(filled, schema, orient="row"),
        _one_name_an_item(pl.concat(parts) if parts else pl.DataFrame(schema=_ITEM), notes),
        notes,
        n_logs,
    )


def _means(
    held: FilterSamples, stated: Mapping[str, float | None], origin: str, notes: list[str]
) -> list[tuple[str, Values]]:
    """Return the metrics whose score is the mean of the items' values, with these.

    A metric that the harness sums up otherwise, such as perplexity, has no outcome an item.
    """
    kept = []
    for metric, values in held.values.items():
        score, mean = stated.get(metric), float(np.nanmean(values))
        if score is not None and abs(mean - score) > _AGREE * max(1.0, abs(score)):
            if base_metric(metric) not in SHARES | {"brier_score_sum"}:
                continue
            notes.append(
                f"{origin}: the mean {metric} over the {len(held.items)} items logged is "
                f"{mean:.6g}, the results file says {score:.6g}"
            )
        kept.append((metric, values))
    return kept


def _summary(values: Values) -> tuple[float, float | None, int]:
    """Return mean, standard error and number of the values that are there."""
    there = values[np.isfinite(values)]
    n = len(there)
    stderr = float(there.std(ddof=1) / math.sqrt(n)) if n > 1 else None
    return float(there.mean()), stderr, n


def _items(run: int, name: str, metric: str, held: FilterSamples, values: Values) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "run": [run] * len(values),
            "name": [name] * len(values),
            "metric": [metric] * len(values),
            "item": held.items,
            "value": pl.Series(values).fill_nan(None),
            "prompt_hash": held.prompt_hashes,
            "doc_hash": held.doc_hashes,
        },
        _ITEM,
    )


def _one_name_an_item(items: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    """Return items so that equal names are equal items: by number, and by content if those differ.

    The harness counts documents; the same number is another document where a data set changed.
    """
    hashes = items.group_by("name", "item").agg(pl.col("doc_hash").drop_nulls().n_unique())
    changed = hashes.filter(pl.col("doc_hash") > 1)["name"].unique().sort()
    if len(changed):
        notes.append(
            f"the items of {', '.join(changed)} are not the same in all logs: they are told apart "
            "by their content"
        )
    by_content = pl.col("name").is_in(changed.to_list()) & pl.col("doc_hash").is_not_null()
    content = formatted("{}:{}", "item", pl.col("doc_hash").str.slice(0, 8))
    return items.with_columns(
        pl.when(by_content).then(content).otherwise("item").alias("item")
    ).drop("doc_hash")
