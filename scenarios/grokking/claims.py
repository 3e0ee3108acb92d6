"""Claims of the scenario ``grokking``: the delay, its control, and what moves before the jump."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from scenarios.grokking.parameters import GrokkingParameters, name
from simlab.claims.claim import Claim, holds
from simlab.table import ScoreTable

Cells = Sequence[GrokkingParameters]

POWER = "Power et al. 2022, arXiv 2201.02177"
NANDA = "Nanda et al. 2023, arXiv 2301.05217"
OWN = "measured for this project with other random draws"
_DELAY = 8.0
_RISE = 0.25
_MEMORISED_ONLY = 0.2


class Preset(NamedTuple):
    """A set-up of which the steps to 99% on unseen pairs are known."""

    id: str
    parameters: dict[str, object]
    earliest: float
    latest: float
    """Between which the median network gets there."""
    steps: int
    """That a network without weight decay is given in vain."""


PRESETS = (
    Preset("quick", {"p": 31, "fraction": 0.5, "width": 64}, 700.0, 1200.0, 3000),
    Preset("headline", {"p": 97, "fraction": 0.3, "width": 128}, 550.0, 700.0, 1000),
    Preset("division", {"p": 97, "op": "div", "fraction": 0.3, "width": 128}, 500.0, 700.0, 1000),
)
"""24, 8 and 8 networks took 715 to 1212, 562 to 715 and 511 to 649 steps."""


class Run(NamedTuple):
    """One network of one cell."""

    cell: GrokkingParameters
    who: str
    train_99: int | None
    test_99: int | None
    diverged_at: int | None
    best: float
    """Highest accuracy on unseen pairs."""
    concentration: float
    """At the end."""
    early: tuple[int, int] | None
    """Steps at which concentration, and accuracy on unseen pairs, have made a quarter of their
    rise; None where accuracy has not risen to 99%."""


def claims(cells: Cells, table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow."""
    runs = {cell: _runs(cell, table.frame) for cell in cells}
    return [
        _finite([run for found in runs.values() for run in found]),
        *(claim for preset in PRESETS for claim in _delay(preset, runs)),
        *_progress(runs),
        *_control(runs),
        *_sooner(runs),
    ]


def _runs(cell: GrokkingParameters, frame: pl.DataFrame) -> list[Run]:
    found = []
    rows = frame.filter(pl.col("subtask") == name(cell))
    for (family, seed), own in rows.group_by("family", "seed", maintain_order=True):
        steps, accuracy = _curve(own, "test", "accuracy")
        at, concentration = _curve(own, "weights", "fourier_concentration")
        train_99, test_99, diverged_at = own.select(
            "train_steps_to_99", "test_steps_to_99", "diverged_at"
        ).row(0)
        early = None
        if test_99 is not None:
            early = (_risen(at, concentration), _risen(steps, accuracy))
        found.append(
            Run(
                cell,
                f"{family}, seed {seed}",
                train_99,
                test_99,
                diverged_at,
                float(accuracy.max()),
                float(concentration[-1]),
                early,
            )
        )
    return found


def _curve(
    rows: pl.DataFrame, task: str, metric: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    own = rows.filter(pl.col("task") == task, pl.col("metric") == metric).sort("scale")
    return own["scale"].to_numpy(), own["score"].to_numpy()


def _risen(steps: NDArray[np.float64], y: NDArray[np.float64]) -> int:
    """Return the first step by which a quarter of the way from first to highest is made."""
    return int(steps[np.argmax(y >= y[0] + _RISE * (y.max() - y[0]))])


def _finite(runs: Sequence[Run]) -> Claim:
    lost = [run for run in runs if run.diverged_at is not None]
    first = (
        f"{lost[0].who} of {name(lost[0].cell)}: the loss left the numbers at step "
        f"{lost[0].diverged_at}"
        if lost
        else ""
    )
    return holds(
        "loss-stays-finite",
        "The loss of every network stays finite; curves of others end where it does not",
        passed=not lost,
        observed=f"{len(lost)} of {len(runs)} diverged" + (f"; {first}" if lost else ""),
        expected="0",
        source="by construction, for a learning rate that is small enough",
    )


def _matching(
    preset: Preset, runs: dict[GrokkingParameters, list[Run]], weight_decay: float
) -> tuple[GrokkingParameters, list[Run]] | None:
    wanted = GrokkingParameters(**preset.parameters, weight_decay=weight_decay)  # type: ignore[arg-type]
    for cell, found in runs.items():
        same = msgspec.structs.replace(
            cell, steps=wanted.steps, looks=wanted.looks, networks=wanted.networks
        )
        if same == wanted and cell.steps >= preset.steps:
            return cell, found
    return None


def _delay(preset: Preset, runs: dict[GrokkingParameters, list[Run]]) -> Iterator[Claim]:
    """Compare a preset with what is known of it: with weight decay, and without."""
    held = _matching(preset, runs, 1.0)
    if held is not None:
        cell, found = held
        late = [run.test_99 for run in found if run.test_99 is not None]
        ratios = [r.test_99 / r.train_99 for r in found if r.test_99 and r.train_99]
        yield holds(
            f"delay-{preset.id}",
            f"With weight decay, every network of the {preset.id} set-up reaches 99% on unseen "
            f"pairs, at least {_DELAY:g} times as many steps after the start as on those it is "
            "trained on",
            passed=len(ratios) == len(found) and min(ratios) >= _DELAY,
            observed=(
                f"{len(ratios)} of {len(found)} networks; {min(ratios):.1f} to {max(ratios):.1f} "
                "times"
                if ratios
                else f"0 of {len(found)} networks"
            ),
            expected=f"all of them; at least {_DELAY:g} times",
            source=f"{POWER}, figure 1, as a phenomenon; {OWN}",
        )
        median = float(np.median(late)) if late else None
        yield holds(
            f"steps-{preset.id}",
            f"The median network of the {preset.id} set-up reaches 99% on unseen pairs when it "
            "should",
            passed=median is not None and preset.earliest <= median <= preset.latest,
            observed=median,
            expected=f"{preset.earliest:g} to {preset.latest:g} steps",
            source=OWN,
        )
    held = _matching(preset, runs, 0.0)
    if held is not None:
        cell, found = held
        best = max(run.best for run in found)
        yield holds(
            f"control-{preset.id}",
            f"Without weight decay, no network of the {preset.id} set-up generalises within "
            f"{cell.steps} steps, though each knows its training pairs (highest accuracy on "
            "unseen pairs)",
            passed=best < _MEMORISED_ONLY and all(run.train_99 for run in found),
            observed=best,
            expected=f"below {_MEMORISED_ONLY:g}",
            source=OWN,
        )


def _progress(runs: dict[GrokkingParameters, list[Run]]) -> Iterator[Claim]:
    """Concentration moves first, in all networks with a delay worth the name."""
    early = [
        run.early
        for found in runs.values()
        for run in found
        if run.early and run.train_99 and run.test_99 and run.test_99 >= _DELAY * run.train_99
    ]
    if early:
        before = sum(weights < accuracy for weights, accuracy in early)
        yield holds(
            "progress-before-the-jump",
            "In every network that grokked, the Fourier concentration of the embeddings has made a "
            "quarter of its rise before accuracy on unseen pairs has made a quarter of its own",
            passed=before == len(early),
            observed=(
                f"{before} of {len(early)} networks; median steps "
                f"{np.median([e[0] for e in early]):g} and {np.median([e[1] for e in early]):g}"
            ),
            expected=f"{len(early)} of {len(early)}",
            source=f"{NANDA}, section 5, as a phenomenon",
        )


def _control(runs: dict[GrokkingParameters, list[Run]]) -> Iterator[Claim]:
    """Where all else is equal, networks that grok end more concentrated than the control."""
    pairs = []
    for cell, found in runs.items():
        control = runs.get(msgspec.structs.replace(cell, weight_decay=0.0))
        learned = [run.concentration for run in found if run.test_99]
        if cell.weight_decay > 0.0 and control and learned:
            pairs.append((min(learned), max(run.concentration for run in control)))
    if pairs:
        yield holds(
            "concentration-needs-decay",
            "Every network that grokked ends with a higher Fourier concentration than any of its "
            "like without weight decay (lowest of the ones, highest of the others)",
            passed=all(ours > others for ours, others in pairs),
            observed="; ".join(f"{ours:.2f} over {others:.2f}" for ours, others in pairs),
            expected="higher in each cell",
            source=f"{NANDA}, section 5, as a phenomenon",
        )


def _sooner(runs: dict[GrokkingParameters, list[Run]]) -> Iterator[Claim]:
    """Compare cells that differ in the fraction only, and in which all networks grokked."""
    groups: dict[GrokkingParameters, list[tuple[float, float]]] = {}
    for cell, found in runs.items():
        steps = [run.test_99 for run in found if run.test_99 and run.train_99]
        if found and len(steps) == len(found):
            base = msgspec.structs.replace(cell, fraction=GrokkingParameters().fraction)
            groups.setdefault(base, []).append((cell.fraction, float(np.median(steps))))
    series = [sorted(group) for group in groups.values() if len(group) > 1]
    if series:
        yield holds(
            "sooner-with-more-pairs",
            "Generalisation comes sooner, the more pairs are trained on (median steps to 99% on "
            "unseen pairs at each fraction at which all networks grokked)",
            passed=all(
                later > sooner for group in series for (_, later), (_, sooner) in pairwise(group)
            ),
            observed="; ".join(
                ", ".join(f"{value:g}: {steps:g}" for value, steps in group) for group in series
            ),
            expected="ever fewer steps",
            source=f"{POWER}, figure 1, as a phenomenon",
        )
