"""Besiroglu et al. 2024: the three optima of one data set, its bootstrap, and its Wald test."""

from pathlib import Path
from typing import Annotated

from replay.scaling_laws.besiroglu2024_claims import claims
from replay.scaling_laws.besiroglu2024_tables import DROPPED, table_of, tables_of
from simlab.fitting.besiroglu_bootstrap import RESAMPLES, besiroglu_bootstrap
from simlab.fitting.chinchilla_fit import fit_chinchilla
from simlab.fitting.runs_file import read_runs
from simlab.parameters import Meta, Parameters
from simlab.source import Reading, Source
from simlab.threads import default_threads


class Options(Parameters, frozen=True):
    """Options of the source ``besiroglu2024``."""

    resamples: Annotated[
        int, Meta(ge=10, le=RESAMPLES, description="resamples of the bootstrap; the paper's 4000")
    ] = 500
    starts: Annotated[
        int, Meta(ge=1, le=4500, description="starts of each fit; the full grid has 4500")
    ] = 300


def read(path: Path | None, options: Options) -> Reading:
    """Return losses of the runs as a table, with fits, bootstrap and tests."""
    assert path is not None
    kept, every = read_runs(path, drop_highest=DROPPED), read_runs(path)
    threads = default_threads()
    fits = {
        name: fit_chinchilla(kept, objective=name, starts=options.starts, threads=threads)
        for name in ("huber", "lad", "squares")
    }
    stopped = besiroglu_bootstrap(kept, resamples=options.resamples, threads=threads).as_stopped
    return Reading(
        table_of(every),
        notes=(
            f"the {DROPPED} runs with the highest losses are left out of the fits, as published",
            "the published point estimate is the optimum of absolute deviations (lad), its "
            "bootstrap that of the Huber loss: the scale of its Huber loss ran to 4.7e-6",
            "the bootstrap's standard errors, from 500 resamples on, and chi^2 = 238.40, with all "
            f"{RESAMPLES}, are claims; fewer resamples cannot tell",
            f"standard errors are of {options.resamples} resamples; --resamples {RESAMPLES} are "
            "those of the paper",
        ),
        tables=tables_of(every, kept, fits, stopped),
    )


SOURCE = Source(
    name="besiroglu2024",
    title="Chinchilla refitted: three optima on the same runs, bootstrap, Wald test",
    summary="240 runs read off Hoffmann's figure 4, fitted under three objectives; the published "
    "constants are the optimum of absolute deviations. The published bootstrap is replayed digit "
    "for digit, and its chi^2 turns out to be against the unrounded constants.",
    citations=(
        "T. Besiroglu, E. Erdil, M. Barnett, J. You (2024). Chinchilla scaling: a replication "
        "attempt. arXiv 2404.10102.",
    ),
    origin="`simlab data fetch chinchilla-runs`, then PATH chinchilla-runs",
    licence="none stated",
    path="required",
    read=read,
    options=Options,
    claims=claims,
)
