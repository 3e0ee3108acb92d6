"""Readings of results of lm-evaluation-harness, and what tests ask of them."""

import json
import re
from pathlib import Path

from replay import lm_eval
from replay.lm_eval import Options
from tests.replay.harness_files import STAMP, current_results

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "lm_eval" / "addition_family"
SIZES = {"70m": 70e6, "160m": 160e6, "410m": 410e6, "1b": 1e9}
SIZES |= {"1.4b": 1.4e9, "2.8b": 2.8e9, "6.9b": 6.9e9, "12b": 12e9}
RESULTS = f"results_{STAMP}.json"


def read(path, **options):
    return lm_eval.read(path, Options(**options))


def scores_in(folder):
    """Every number of every results file below a folder, read with the standard library alone."""
    found = {}
    for path in sorted(folder.rglob("*.json")):
        results = json.loads(path.read_text())["results"]
        for task, metrics in results.items():
            for key, value in metrics.items():
                if isinstance(value, float) and "_stderr" not in key:
                    own, comma, chain = key.partition(",")
                    stderr = metrics.get(f"{own}_stderr{comma}{chain}")
                    name = key.removesuffix(",none").replace("brier_score", "brier_score_sum")
                    found[path.relative_to(folder).as_posix(), task, name] = value, stderr
    return found


def scores_of(table):
    """The same numbers of a table."""
    columns = ("source", "task", "metric", "score", "stderr")
    return {row[:3]: row[3:] for row in table.frame.select(columns).iter_rows()}


def rows(reading, *columns):
    return reading.table.frame.select(columns).rows()


def noted(reading, text):
    return [note for note in reading.notes if re.search(text, note)]


def result_of(score, **more):
    return current_results("toy-1b", {"t": {"acc,none": score}}, **more)
