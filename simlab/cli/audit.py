"""``simlab audit TABLE...``: a verdict on every curve, with its reason."""

from simlab.cli.analysis import AnalysisCommand

HELP = """Audit: a calibrated verdict on every curve of score against scale.

Each curve is tested for improvement, for sharpness beyond a smooth curve at its own scales and
numbers of items, and for what another metric makes of the same outputs; false discoveries are
controlled over all curves. TABLE is a file of scores (.parquet, .csv, .jsonl), a run ("last"), or
SOURCE:PATH for a source that 'simlab list' shows. TABLEs come before options, or after '--'.

Verdicts: survives, metric_artefact, resolution_limited, smooth, no_improvement, undecided."""

EPILOG = """\b
Examples:
  simlab audit scores.csv
  simlab audit lm-eval:results --metric acc --format csv
  simlab audit bigbench:scores --fdr by --replicates 9999
"""

command = AnalysisCommand(
    "audit",
    csv=lambda found: found.parts["verdicts"],
    engine=("threads", "workers", "cluster"),
    help=HELP,
    epilog=EPILOG,
)
