"""``simlab meta TABLE...``: both predictions on emergence, and their sensitivity."""

from simlab.cli.analysis import AnalysisCommand

HELP = """Conclude: one meta-analysis over many tables of scores.

Both predictions of Schaeffer et al. 2023: which metrics have curves above a threshold, and what
another metric makes of the same outputs; then every choice that the paper leaves open is changed,
one at a time. TABLE is a file of scores (.parquet, .csv, .jsonl), a run ("last"), or SOURCE:PATH
for a source that 'simlab list' shows. TABLEs come before options, or after '--'."""

EPILOG = """\b
Examples:
  simlab meta mirage:
  simlab meta runs/20260101T000000Z-bigbench-0f3a6c21 scores.parquet
  simlab meta on-emergence:evaluation_scores.csv obsscaling:eval_results
"""

command = AnalysisCommand(
    "meta",
    csv=lambda found: found.result.table.frame,
    help=HELP,
    epilog=EPILOG,
)
