"""Memory of training a transformer on each device: weights, gradients, optimiser, activations."""

from typing import NamedTuple

from simlab.errors import UsageError, did_you_mean


class Shape(NamedTuple):
    """A transformer decoder and its batch."""

    n_layers: int
    d_model: int
    n_heads: int
    vocabulary: int = 50_257
    sequence: int = 2048
    micro_batch: int = 1
    """Sequences that go through the model at once."""


class Parallelism(NamedTuple):
    """How a model is spread; devices are data x tensor x pipeline."""

    data: int = 1
    tensor: int = 1
    pipeline: int = 1
    zero: int = 0
    """ZeRO stage 0 to 3: what the data-parallel devices share out among themselves."""
    sequence: bool = False
    """Sequence parallelism: tensor-parallel devices also share norms and dropout."""
    interleaved: int = 1
    """Stages of the pipeline on each device."""


BYTES = {
    "mixed-adam": (2, 2, 12),
    "mixed-sgd": (2, 2, 8),
    "fp32-adam": (4, 4, 8),
    "fp32-sgd": (4, 4, 4),
}
"""Bytes a parameter of weights, gradients and optimiser: mixed precision keeps fp32 weights too."""

CHECKPOINTING = ("none", "selective", "full")


class MemoryPlan(NamedTuple):
    """Bytes on the fullest device."""

    n_params: float
    """Parameters of the whole model."""
    n_devices: int
    parameters: float
    gradients: float
    optimiser: float
    activations: float
    total: float
    meaning: str


def transformer_params(shape: Shape) -> float:
    """Return ``12 l h^2 (1 + 13 / (12 h) + (V + s) / (12 l h))``, biases and positions included.

    Raises UsageError for a number below 1 or heads that do not divide the width.

    References
    ----------
    Narayanan et al. 2021, arXiv:2104.04473, equation 2.

    >>> round(transformer_params(Shape(96, 12288, 96, vocabulary=51200)) / 1e9, 1)
    174.6
    """
    _check_shape(shape)
    layers, h = shape.n_layers, shape.d_model
    ends = (shape.vocabulary + shape.sequence) / (12 * layers * h)
    return 12 * layers * h * h * (1 + 13 / (12 * h) + ends)


def activation_bytes(
    shape: Shape,
    *,
    tensor: int = 1,
    sequence_parallel: bool = False,
    checkpointing: str = "none",
) -> float:
    """Return the bytes of activations that one layer keeps for one micro-batch on one device.

    Without parallelism ``34 s b h + 5 a s^2 b``, with s the sequence, b the micro-batch, h the
    width, a the heads. ``selective`` checkpointing drops the second term, which is computed again;
    ``full`` keeps the layer's input of ``2 s b h`` alone.

    Raises UsageError for an unknown kind of checkpointing or a number out of its range.

    References
    ----------
    Korthikanti et al. 2022, arXiv:2205.05198, table 2.

    >>> gpt3 = Shape(96, 12288, 96)
    >>> activation_bytes(gpt3) / (2048 * 12288) == 34 + 80
    True
    """
    _check_shape(shape)
    if checkpointing not in CHECKPOINTING:
        raise UsageError(
            f"checkpointing {checkpointing!r}{did_you_mean(checkpointing, list(CHECKPOINTING))}; "
            f"there are {', '.join(CHECKPOINTING)}"
        )
    if tensor < 1 or shape.n_heads % tensor:
        raise UsageError(f"tensor {tensor}: it must divide the {shape.n_heads} heads")
    width = float(shape.sequence * shape.micro_batch * shape.d_model)
    if checkpointing == "full":
        return 2 * width
    scores = 5 * shape.n_heads * shape.sequence / shape.d_model
    scores *= checkpointing == "none"
    if sequence_parallel:
        return width * (34 + scores) / tensor
    return width * (10 + 24 / tensor + scores / tensor)


def plan_memory(
    shape: Shape,
    *,
    n_params: float | None = None,
    parallelism: Parallelism | None = None,
    numbers: str = "mixed-adam",
    checkpointing: str = "none",
) -> MemoryPlan:
    """Return the bytes that training takes on the fullest device.

    Parameters
    ----------
    shape : Shape
    n_params : float, optional
        Parameters; default: `transformer_params`.
    parallelism : Parallelism, optional
        Default: one device.
    numbers : str
        ``mixed-adam`` (16 bytes a parameter), ``mixed-sgd`` (12), ``fp32-adam`` (16) or
        ``fp32-sgd`` (12, with momentum).
    checkpointing : {"none", "selective", "full"}

    Returns
    -------
    MemoryPlan
        Layers are taken to be spread evenly. The first stage of a pipeline keeps the activations
        of as many micro-batches as there are stages, so that a pipeline does not lower them.
        Left out: buffers, fragments, logits, and the layer that is being computed again.

    Raises UsageError if an argument is out of its range.

    References
    ----------
    Rajbhandari et al. 2020, "ZeRO", arXiv:1910.02054, figure 1; Korthikanti et al. 2022,
    arXiv:2205.05198, table 2 and equation 5.

    >>> zero2 = Parallelism(data=64, zero=2)
    >>> plan = plan_memory(Shape(1, 64, 1), n_params=7.5e9, parallelism=zero2)
    >>> round((plan.total - plan.activations) / 1e9, 1)
    16.6
    """
    spread = parallelism or Parallelism()
    _check_parallelism(spread, shape)
    if numbers not in BYTES:
        raise UsageError(
            f"numbers {numbers!r}{did_you_mean(numbers, list(BYTES))}; there are {', '.join(BYTES)}"
        )
    if n_params is not None and not 0 < n_params < float("inf"):
        raise UsageError(f"n-params {n_params:g}: give a positive number")
    own = transformer_params(shape) if n_params is None else n_params
    held = own / (spread.tensor * spread.pipeline)
    weights, gradients, optimiser = (
        size * held / (spread.data if spread.zero >= stage else 1)
        for size, stage in zip(BYTES[numbers], (3, 2, 1), strict=True)
    )
    layer = activation_bytes(
        shape, tensor=spread.tensor, sequence_parallel=spread.sequence, checkpointing=checkpointing
    )
    more = 1 + (spread.pipeline - 1) / (spread.pipeline * spread.interleaved)
    activations = layer * shape.n_layers * (more if spread.interleaved > 1 else 1.0)
    total = weights + gradients + optimiser + activations
    devices = spread.data * spread.tensor * spread.pipeline
    said = (
        f"{own:.4g} parameters on {devices:,} devices take {_gb(total)} on the fullest: "
        f"{_gb(weights)} of weights, {_gb(gradients)} of gradients, {_gb(optimiser)} of the "
        f"optimiser ({numbers}, ZeRO stage {spread.zero}), {_gb(activations)} of activations "
        f"(checkpointing: {checkpointing})."
    )
    return MemoryPlan(own, devices, weights, gradients, optimiser, activations, total, said)


def _gb(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:.3g} GB"


def _check_shape(shape: Shape) -> None:
    for name, value in shape._asdict().items():
        if value < 1:
            raise UsageError(f"{name} {value}: give at least 1")
    if shape.d_model % shape.n_heads:
        raise UsageError(f"n_heads {shape.n_heads}: they must divide the width {shape.d_model}")


def _check_parallelism(spread: Parallelism, shape: Shape) -> None:
    for name in ("data", "tensor", "pipeline", "interleaved"):
        if getattr(spread, name) < 1:
            raise UsageError(f"{name} {getattr(spread, name)}: give at least 1")
    if spread.zero not in (0, 1, 2, 3):
        raise UsageError(f"zero {spread.zero}: the stages are 0, 1, 2 and 3")
    stages = spread.pipeline * spread.interleaved
    if shape.n_layers % stages:
        raise UsageError(f"pipeline {stages} stages: they must divide the {shape.n_layers} layers")
    if spread.interleaved > 1 and spread.pipeline == 1:
        raise UsageError("interleaved: is for pipelines; give --pipeline too")
    if spread.sequence and spread.tensor == 1:
        raise UsageError("sequence: shares what tensor parallelism leaves; give --tensor too")
