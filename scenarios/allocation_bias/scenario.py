"""Scenario ``allocation-bias``: maps of the error of each approach over designs of runs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl

from simlab.claims.claim import Claim, holds, within
from simlab.errors import DataError, UsageError
from simlab.fitting.chinchilla_fit import fit_chinchilla
from simlab.fitting.chinchilla_frontier import frontier_of
from simlab.fitting.curves import TrainingCurves
from simlab.fitting.envelope import fit_envelope
from simlab.fitting.frontier import Frontier
from simlab.fitting.isoflop import fit_isoflop
from simlab.laws.chinchilla import BESIROGLU, HOFFMANN_TEX, ChinchillaConstants
from simlab.parameters import Meta, Parameters, cell_name
from simlab.scenario import Context, Scenario
from simlab.simulators.training_runs import Training, isoflop_design, simulate_training_runs
from simlab.table import ScoreTable

APPROACHES = ("approach 1", "approach 2", "approach 2, cubic", "approach 3")
LAWS: Mapping[str, ChinchillaConstants] = {"hoffmann": HOFFMANN_TEX, "besiroglu": BESIROGLU}
AT = (1e21, 1e22, 1e23, 1e24, 1e25)
"""Budgets of the predicted sizes, FLOPs."""

_BUDGETS = (1e18, 3e18, 1e19, 3e19, 1e20, 3e20)
_SIZES = 13
_STARTS = 24
_EXACT = 1e-4  # error of the exponent that rounding of an exact fit may leave


class AllocationBiasParameters(Parameters, frozen=True):
    """Parameters of the scenario ``allocation-bias``."""

    span: Annotated[
        float, Meta(gt=1, le=1000, description="largest size of a budget over its middle one")
    ] = 4.0
    centre: Annotated[
        float, Meta(gt=0, description="middle size over the optimal one; 1: profiles are centred")
    ] = 1.0
    tilt: Annotated[
        float,
        Meta(ge=-1, le=1, description="exponent by which middle sizes grow faster than optimal"),
    ] = 0.0
    noise: Annotated[
        float, Meta(ge=0, le=0.2, description="standard deviation of ln loss between seeds")
    ] = 0.0
    horizon: Annotated[
        float, Meta(ge=1, le=20, description="tokens of the cosine schedule over those of the run")
    ] = 1.0
    law: Annotated[
        Literal["hoffmann", "besiroglu"], Meta(description="constants of the true law")
    ] = "hoffmann"
    studies: Annotated[
        int, Meta(ge=1, le=100_000, description="sets of runs to average over, if there is noise")
    ] = 40

    def __post_init__(self) -> None:
        """Check what a range of one number cannot say."""
        if not 1e-3 <= self.centre <= 1e3:
            raise UsageError(f"--centre {self.centre:g}: give a factor from 0.001 to 1000")


def run(p: AllocationBiasParameters, context: Context) -> ScoreTable:
    """Return errors of exponent and size of each approach, averaged over the studies.

    An approach that the runs refuse, as a parabola without a minimum, has no row. Columns beyond
    the schema: ``span``, ``centre``, ``tilt``, ``refused`` (share of the studies).
    """
    law = LAWS[p.law]
    design = isoflop_design(
        _BUDGETS, sizes=_SIZES, span=p.span, centre=p.centre, tilt=p.tilt, constants=law
    )
    training = Training(noise=p.noise, horizon=p.horizon)
    studies = p.studies if p.noise else 1
    truth = frontier_of(law, 1e23)
    true = np.array([truth.a, *np.log(truth.optimum(AT).n_params)])
    errors = np.full((studies, len(APPROACHES), true.size), np.nan)
    for k in range(studies):
        curves = simulate_training_runs(
            *design, training=training, constants=law, seed=context.seed * studies + k
        )
        for i, approach in enumerate(APPROACHES):
            found = _frontier(approach, curves)
            if found is not None:
                errors[k, i] = np.array([found.a, *np.log(found.optimum(AT).n_params)]) - true
        context.progress((k + 1) / studies)
    rows: list[dict[str, Any]] = []
    for i, approach in enumerate(APPROACHES):
        made = errors[np.isfinite(errors[:, i, 0]), i]
        if not len(made):
            continue
        mean = made.mean(axis=0)
        wide = made.std(axis=0, ddof=1) / len(made) ** 0.5 if len(made) > 1 else 0 * mean
        own = {"family": approach, "refused": 1 - len(made) / studies}
        rows += [
            own | {"metric": metric, "scale": scale, "score": float(m), "stderr": float(s)}
            for metric, scale, m, s in zip(
                ["exponent_error"] + ["log_size_error"] * len(AT), [_BUDGETS[-1], *AT],
                mean, wide, strict=True,
            )
        ]  # fmt: skip
    if not rows:
        raise DataError("no approach has a result for these runs; widen the profiles")
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    same = {"scale_kind": "flops", "task": "allocation", "subtask": name(p), "seed": context.seed,
            "source": "simulated", "span": p.span, "centre": p.centre, "tilt": p.tilt,
            "n_items": studies}  # fmt: skip
    return ScoreTable.from_columns(columns | same)


def name(cell: AllocationBiasParameters) -> str:
    """Return the subtask of a cell."""
    return cell_name(cell, always=["span", "centre", "tilt"], never=["studies"])


def _frontier(approach: str, curves: TrainingCurves) -> Frontier | None:
    """Return the frontier by one approach, None where it refuses the runs."""
    try:
        if approach == "approach 1":
            return fit_envelope(curves, points=400).frontier
        runs = curves.final_runs()
        if approach == "approach 3":
            fit = fit_chinchilla(runs, starts=_STARTS, objective="log-squares")
            return frontier_of(fit.constants, 1e23)
        curve = "cubic" if approach.endswith("cubic") else "parabola"
        return fit_isoflop(runs, curve=curve).frontier
    except (DataError, UsageError):  # UsageError: constants without an optimum
        return None


def claims(cells: Sequence[AllocationBiasParameters], table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow: about designs without noise."""
    exact = [c for c in cells if c.noise == 0 and c.horizon == 1]
    frame = table.frame.filter(
        pl.col("subtask").is_in([name(c) for c in exact]),
        pl.col("seed") == pl.col("seed").min(),
    )
    return [
        *_exact_exponent(frame, "approach 3", frame["subtask"].to_list()),
        *_exact_exponent(frame, "approach 2", [name(c) for c in exact if c.tilt == 0]),
        *_wider(exact, frame),
        *_tilted(exact, frame),
    ]


def _exact_exponent(frame: pl.DataFrame, approach: str, subtasks: list[str]) -> Iterator[Claim]:
    rows = frame.filter(
        pl.col("metric") == "exponent_error",
        pl.col("family") == approach,
        pl.col("subtask").is_in(subtasks),
    )
    if not rows.height:
        return
    why = {
        "approach 3": "Fitting the law itself finds the true exponent in all {} designs without "
        "noise, however wide, off centre or tilted (largest error)",
        "approach 2": "Parabolas find the true exponent in all {} designs whose sizes keep their "
        "distance from the optimum: all profiles then have one shape, and all minima are off by "
        "one factor (largest error)",
    }[approach]
    yield within(
        f"exact-exponent-{approach[-1]}",
        why.format(rows.height),
        observed=float(rows["score"].abs().to_numpy().max()),
        expected=0.0,
        tolerance=_EXACT,
        source="A / N^alpha + B / D^beta at N = N_opt e^u is C^-(alpha beta / (alpha + beta)) "
        "times a function of u",
    )


def _value(
    frame: pl.DataFrame, cell: AllocationBiasParameters, approach: str, metric: str
) -> float:
    """Return the error of a cell: of the exponent, or of the size at the last budget."""
    here = frame.filter(
        pl.col("subtask") == name(cell),
        pl.col("family") == approach,
        pl.col("metric") == metric,
    )
    return float(here["score"][-1]) if here.height else float("nan")


def _wider(cells: Sequence[AllocationBiasParameters], frame: pl.DataFrame) -> Iterator[Claim]:
    for law in LAWS:
        line = sorted(
            (c for c in cells if c.law == law and c.centre == 1 and c.tilt == 0),
            key=lambda c: c.span,
        )
        if len(line) < 3:
            continue
        errors = [abs(_value(frame, cell, "approach 2", "log_size_error")) for cell in line]
        yield holds(
            f"wider-is-worse-{law}",
            f"The bias of the size by centred parabolas grows with their span ({law})",
            passed=bool(np.all(np.diff(errors) > 0)),
            observed="; ".join(f"{e:.2g}" for e in errors),
            expected="ascending, spans " + " ".join(f"{c.span:g}" for c in line),
            source="a profile is no parabola: its sides have the exponents alpha and beta",
        )
        widest = line[-1]
        cubic = abs(_value(frame, widest, "approach 2, cubic", "log_size_error"))
        yield holds(
            f"cubics-take-it-away-{law}",
            f"At span {widest.span:g} a cubic has less than a third of the bias of a parabola "
            f"({law})",
            passed=cubic < errors[-1] / 3,
            observed=cubic,
            expected=f"below {errors[-1] / 3:.2g}",
            source="third derivative of the profile",
        )


def _tilted(cells: Sequence[AllocationBiasParameters], frame: pl.DataFrame) -> Iterator[Claim]:
    tilted = [name(c) for c in cells if c.tilt != 0]
    rows = frame.filter(
        pl.col("metric") == "exponent_error",
        pl.col("family") == "approach 2",
        pl.col("subtask").is_in(tilted),
    )
    if rows.height:
        largest = float(rows["score"].abs().to_numpy().max())
        yield holds(
            "tilted-designs",
            "Where the middle sizes grow faster or slower than the optimal ones, the exponent of "
            "parabolas is off without any noise (largest error)",
            passed=largest > 10 * _EXACT,
            observed=largest,
            expected=f"above {10 * _EXACT:g}",
            source="a minimum is moved the farther, the farther it lies from the middle",
        )


def charts(cells: Sequence[AllocationBiasParameters], table: ScoreTable) -> list[Any]:
    """Return the maps of the error of the exponent and of an extrapolated size."""
    from scenarios.allocation_bias.chart import bias_figures

    return bias_figures(table)


SCENARIO = Scenario(
    name="allocation-bias",
    title="What approaches to compute-optimal sizes get wrong by design",
    summary=(
        "Runs follow a known law exactly, or with noise, and each approach looks for the exponent "
        "of compute-optimal sizes. Axes are the range of sizes of a budget (span) and where its "
        "middle lies (centre and tilt). Fitting the law has no bias of its own; a profile "
        "is no parabola, so wide or off-centre parabolas give sizes that are off. If all budgets "
        "keep the same distance from their optimum, they are off by one factor and the exponent is "
        "right; if the middle sizes tilt away from the optimal ones, as they do where the exponent "
        "was guessed, it is not. Cubics lose most of this; the envelope reads curves whose "
        "learning rate has not decayed yet. --horizon 2 lets schedules overshoot."
    ),
    citations=(
        "Hoffmann et al. 2022, Training compute-optimal large language models, arXiv 2203.15556",
        "Besiroglu et al. 2024, Chinchilla scaling: a replication attempt, arXiv 2404.10102",
    ),
    parameters=AllocationBiasParameters,
    run=run,
    claims=claims,
    charts=charts,
    grid={
        "span": (2.0, 4.0, 8.0, 16.0),
        "centre": (0.25, 0.5, 1.0, 2.0, 4.0),
        "tilt": (0.0, 0.1, 0.2),
    },
)
