"""A scenario whose cells go wrong as they are told; tests install it as a package of its own."""

import os
import signal
import time
from pathlib import Path
from typing import Annotated, Any

from simlab.errors import DataError
from simlab.parameters import Meta, Parameters
from simlab.scenario import Context, Scenario
from simlab.streams import seed_key
from simlab.table import ScoreTable


class FaultsParameters(Parameters):
    slope: Annotated[float, Meta(description="rise per scale")] = 0.1
    trouble: Annotated[str, Meta(description="what goes wrong in replicate 5")] = "none"
    pause: Annotated[float, Meta(description="seconds that each cell takes", ge=0)] = 0.0
    notes: Annotated[str, Meta(description="folder in which cells leave their process")] = ""


def run(p: FaultsParameters, context: Context) -> ScoreTable:
    if p.notes:
        (Path(p.notes) / f"{os.getpid()}").touch()
        (Path(p.notes) / f"seed{context.seed}").touch()
    if context.seed == 5:
        if p.trouble == "data":
            raise DataError("the toy broke; mend it")
        if p.trouble == "bug":
            raise ZeroDivisionError("by\nzero")
        if p.trouble == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if p.trouble == "exit":
            os._exit(7)
        if p.trouble == "hang":
            time.sleep(60)
    context.progress(0.5)
    context.status(f"half of {context.seed}")
    time.sleep(p.pause * (2 if context.seed % 3 == 0 else 1))
    columns: dict[str, Any] = {
        "family": "toy",
        "scale": [1e6, 1e7, 1e8, 1e9],
        "task": f"slope {p.slope}",
        "metric": "score",
        "score": [p.slope * i for i in range(4)],
        "seed": context.seed,
    }
    if context.seed % 4 == 1:  # a column that other cells lack
        columns["draw"] = float(seed_key(context.seed, "faults")) * 2.0**-64
    if context.seed % 4 == 2:  # whole numbers where other cells have fractions
        columns["draw"] = 3
    return ScoreTable.from_columns(columns)


SCENARIO = Scenario(
    name="faults",
    title="Cells that fail",
    summary="Straight lines.",
    citations=(),
    parameters=FaultsParameters,
    run=run,
    claims=lambda cells, table: [],
)
