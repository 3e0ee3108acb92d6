"""Where each model stands on the chosen axis, and which models make a family there."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import polars as pl

from replay.model_names import ModelName, model_name, training_step, training_tokens
from simlab.cells import cast, listed, shown
from simlab.errors import DataError
from simlab.table import read_frame

Axis = Literal["params", "steps", "tokens", "flops"]
AXIS_HELP = (
    "What the scale counts. On params and flops a family is the models that differ in size, on "
    "steps and tokens it is one model over its training"
)
SCALE_MAP_HELP = "CSV file with columns model and scale; it goes before what files and names state"
PYTHIA_TOKENS_A_STEP = 2_097_152
"""Biderman et al. 2023, "Pythia", arXiv 2304.01373: batches of 1,024 sequences of 2,048 tokens."""


class Identity(NamedTuple):
    """What a file says of the model behind its scores."""

    name: str
    """Name or path."""
    revision: str = ""
    """Branch or commit, such as "step143000"."""
    n_params: float | None = None
    """Number of parameters, where the file states it."""
    variant: str = ""
    """What else sets the model apart, such as an adapter or 4-bit weights."""


class Place(NamedTuple):
    """A model on its axis: columns of a ScoreTable, and what else is known."""

    family: str
    model: str
    scale: float
    params: float | None
    steps: int | None
    tokens: float | None
    flops: float | None
    size_from: str
    """"scale map", "file" or "name": what states the size."""
    over_sizes: str
    """The family on params and flops."""
    over_training: str
    """The family on steps and tokens."""


class Placed(NamedTuple):
    """The places of models."""

    places: dict[Identity, Place]
    unknown: tuple[str, ...]
    """Models left out, as nothing says where on the axis they stand."""
    unused: tuple[str, ...]
    """Models of the scale map that no file is about."""


def place_models(
    identities: Collection[Identity], *, axis: Axis, scale_map: Mapping[str, float]
) -> Placed:
    """Return where models stand on ``axis``.

    Parameters
    ----------
    identities : collection of Identity
        All models of a reading: what a family is called depends on the others.
    axis : {"params", "steps", "tokens", "flops"}
        The scale of params is, in this order, what the scale map, the file, the name state. Steps
        come from a revision or path such as "step3000"; tokens from a revision such as
        "step1000-tokens4B", and for Pythia are steps times `PYTHIA_TOKENS_A_STEP`; FLOPs are six
        times parameters times tokens.
    scale_map : mapping of str to float
        Scale on ``axis`` by model, which may be named as in the table, as in the file, or without
        its organisation.

    >>> found = place_models(
    ...     [Identity("pythia-70m", "step512"), Identity("EleutherAI/pythia-1b", "step0")],
    ...     axis="params", scale_map={})
    >>> [place[:3] for place in found.places.values()]
    [('pythia step512', 'pythia-70m', 70000000.0), ('pythia step0', 'pythia-1b', 1000000000.0)]
    """
    names = {one: model_name(one.name) for one in identities}
    stems, shorts = _labels(names)
    params = _stated_sizes(names)
    steps = {one: _step(one, name) for one, name in names.items()}
    many_of_stem = _with_several([(stems[i], s) for i, s in steps.items()])
    many_of_model = _with_several([(shorts[i], s) for i, s in steps.items()])
    places: dict[Identity, Place] = {}
    unknown: list[str] = []
    used: set[str] = set()
    for one, name in names.items():
        step, short, stem = steps[one], shorts[one], stems[one]
        suffix = f" step{step}" if step is not None else ""
        model = short + suffix if short in many_of_model else short
        key = next((k for k in (model, short, name.base, one.name) if k in scale_map), None)
        size, size_from = params[one]
        known: dict[str, float | None] = {
            "params": size,
            "steps": step,
            "tokens": _tokens(one, name, step),
        }
        if key is not None:
            used.add(key)
            known[axis] = scale_map[key]
            size_from = "scale map" if axis == "params" else size_from
        if known["params"] is not None and known["tokens"] is not None:
            known.setdefault("flops", 6.0 * known["params"] * known["tokens"])
        scale = known.get(axis)
        if scale is None:
            unknown.append(model)
            continue
        family = stem + (suffix if stem in many_of_stem else "")
        places[one] = Place(
            family=family if axis in ("params", "flops") else short,
            model=model,
            scale=float(scale),
            params=known["params"],
            steps=step if known["steps"] is None else int(known["steps"]),
            tokens=known["tokens"],
            flops=known.get("flops"),
            size_from=size_from,
            over_sizes=family,
            over_training=short,
        )
    return Placed(
        places, tuple(dict.fromkeys(unknown)), tuple(k for k in scale_map if k not in used)
    )


def read_scale_map(path: str) -> dict[str, float]:
    """Return the scale map of a CSV file; the empty path is an empty map.

    Raises DataError unless it has columns model and scale, each model once, each scale above 0.
    """
    if not path:
        return {}
    frame = read_frame(Path(path))
    if missing := [c for c in ("model", "scale") if c not in frame.columns]:
        raise DataError(
            f"{path}: header: no column {', '.join(missing)}; it has {listed(frame.columns)}; a "
            "scale map has the columns model and scale"
        )
    models = cast(frame["model"], pl.String, origin=path)
    scales = cast(frame["scale"], pl.Float64, origin=path)
    found: dict[str, float] = {}
    for row, (model, scale) in enumerate(zip(models, scales, strict=True), 1):
        if model is None or scale is None:
            column = "model" if model is None else "scale"
            raise DataError(f"{path}: row {row}, column {column}: is empty; each row needs both")
        if not 0.0 < scale < float("inf"):
            raise DataError(f"{path}: row {row}, column scale: {scale:g}; give a number above 0")
        if model in found:
            raise DataError(f"{path}: row {row}, column model: {shown(model)} stands twice")
        found[model] = scale
    return found


def _labels(names: Mapping[Identity, ModelName]) -> tuple[dict[Identity, str], dict[Identity, str]]:
    """Return the family and the model of each, without version and number type where they may go.

    They stay for a whole family if otherwise two models of it would be one.
    """
    by_short: dict[str, set[str]] = defaultdict(set)
    for name in names.values():
        by_short[name.short.lower()].add(name.base.lower())
    clash = {n.stem for n in names.values() if len(by_short[n.short.lower()]) > 1}
    stems: dict[Identity, str] = {}
    shorts: dict[Identity, str] = {}
    for one, name in names.items():
        full = name.stem in clash
        stems[one] = (name.full_stem if full else name.stem) + one.variant
        shorts[one] = (name.base if full else name.short) + one.variant
    return stems, shorts


def _stated_sizes(names: Mapping[Identity, ModelName]) -> dict[Identity, tuple[float | None, str]]:
    """Return parameters and what states them; a count in one file holds for the model's others."""
    counted: dict[str, float] = {}
    for one, name in names.items():
        if one.n_params is not None:
            counted.setdefault(name.base + one.variant, one.n_params)
    sizes: dict[Identity, tuple[float | None, str]] = {}
    for one, name in names.items():
        count = counted.get(name.base + one.variant)
        stated = name.n_params if count is None else count
        sizes[one] = (stated, "" if stated is None else "name" if count is None else "file")
    return sizes


def _step(one: Identity, name: ModelName) -> int | None:
    revised = training_step(one.revision)
    return name.step if revised is None else revised


def _tokens(one: Identity, name: ModelName, step: int | None) -> float | None:
    stated = training_tokens(one.revision)
    if stated is None and step is not None and _is_pythia(name):
        return float(step * PYTHIA_TOKENS_A_STEP)
    return stated


def _is_pythia(name: ModelName) -> bool:
    """Return whether a step has Pythia's batch; some sizes of version 0 had a larger one."""
    return name.stem in ("pythia", "pythia-deduped") and name.version not in ("v0", "V0")


def _with_several(pairs: list[tuple[str, int | None]]) -> set[str]:
    """Return the names that occur with more than one step."""
    found: dict[str, set[int | None]] = defaultdict(set)
    for name, step in pairs:
        found[name].add(step)
    return {name for name, steps in found.items() if len(steps) > 1}
