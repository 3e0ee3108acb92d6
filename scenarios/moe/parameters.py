"""Parameters of the scenario ``moe``, and the routers that its presets stand for."""

from typing import Annotated, Literal

from simlab.errors import UsageError
from simlab.parameters import Meta, Parameters, cell_name
from simlab.simulators.moe_routing import Router

SWITCH = Router(top_k=1, capacity_factor=1.25, gates_of_chosen=False)
"""Fedus et al. 2021: one expert, a capacity, the gate a softmax over all experts."""

MIXTRAL = Router(top_k=2, capacity_factor=None, gates_of_chosen=True)
"""Jiang et al. 2024: two of eight experts, no token drops, softmax over the chosen logits."""

_PRESETS = {"switch": SWITCH, "mixtral": MIXTRAL}


class MoeParameters(Parameters, frozen=True):
    """Parameters of the scenario ``moe``."""

    preset: Annotated[
        Literal["switch", "mixtral"], Meta(description="top_k, capacity and gates of a router")
    ] = "switch"
    alpha: Annotated[float, Meta(ge=0, description="weight of the balance loss")] = 0.01
    n_experts: Annotated[int, Meta(ge=2, le=1024, description="experts")] = 8
    top_k: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="experts of a token; preset's")
    ] = None
    capacity_factor: Annotated[
        Annotated[float, Meta(ge=0)] | None,
        Meta(description="capacity over an even load, 0 for no limit; preset's"),
    ] = None
    tokens: Annotated[int, Meta(ge=16, le=65_536, description="tokens of a batch")] = 1024
    steps: Annotated[int, Meta(ge=2, le=100_000, description="updates of the router")] = 400
    worth: Annotated[
        float, Meta(gt=0, description="nats by which a token's loss falls with its expert")
    ] = 0.02
    affinity: Annotated[
        float, Meta(ge=0, description="how much more an expert is worth to tokens that suit it")
    ] = 0.5
    learning_rate: Annotated[float, Meta(gt=0, description="of the router's weights")] = 50.0

    def __post_init__(self) -> None:
        """Check what a range of one number cannot say."""
        if (self.top_k or 1) > self.n_experts:
            raise UsageError(f"--top-k {self.top_k}: there are only {self.n_experts} experts")


def router_of(p: MoeParameters) -> Router:
    """Return the router of a cell: its preset with what the user changed.

    >>> router_of(MoeParameters(preset="mixtral", top_k=1)).top_k
    1
    """
    preset = _PRESETS[p.preset]
    factor = preset.capacity_factor if p.capacity_factor is None else (p.capacity_factor or None)
    return Router(
        n_experts=p.n_experts, top_k=p.top_k or min(preset.top_k, p.n_experts),
        capacity_factor=factor, alpha=p.alpha, gates_of_chosen=preset.gates_of_chosen,
        worth=p.worth, affinity=p.affinity, learning_rate=p.learning_rate,
    )  # fmt: skip


def recorded(steps: int) -> list[int]:
    """Return the steps that are measured: 0, and 1, 2, 5 times powers of ten up to ``steps``.

    >>> recorded(400)
    [0, 1, 2, 5, 10, 20, 50, 100, 200, 400]
    """
    found = [m * 10**e for e in range(6) for m in (1, 2, 5)]
    return [0, *(s for s in found if s < steps), steps]


def name(cell: MoeParameters) -> str:
    """Return the subtask of a cell."""
    return cell_name(cell, always=["preset", "alpha"])
