"""``simlab plan moe``: total and active parameters of a mixture of experts, FLOPs per token."""

from typing import Any

import click

from simlab.cli.options import add
from simlab.cli.values import Real, ValuesCommand, Whole
from simlab.errors import EXIT_OK, UsageError

EPILOG = """\b
Examples:
  simlab plan moe --preset mixtral-8x7b
  simlab plan moe --preset mixtral-8x7b --n-experts 16 --top-k 1 --dense 70e9
  simlab plan moe --n-layers 24 --d-model 1024 --d-ff 4096 --n-heads 16 --n-experts 64 --top-k 1
"""

_WORDS = {
    "n_layers": "Layers.",
    "d_model": "Width of the residual stream.",
    "d_ff": "Hidden width of one expert.",
    "n_heads": "Attention heads.",
    "d_head": "Width of a head.  [default: d-model / n-heads]",
    "n_kv_heads": "Heads of keys and values.  [default: n-heads]",
    "vocabulary": "Tokens of the vocabulary.  [default: 32000]",
    "n_experts": "Experts.",
    "top_k": "Experts that work on a token.",
    "moe_every": "A mixture in every so-manieth layer.  [default: 1]",
    "n_shared": "Experts that work on every token.  [default: 0]",
}


def _configuration(function: Any) -> Any:
    for name, text in reversed(_WORDS.items()):
        function = click.option("--" + name.replace("_", "-"), type=Whole(), help=text)(function)
    return function


@click.command(
    cls=ValuesCommand,
    epilog=EPILOG,
    help="Total and active parameters of a decoder with a mixture of experts, and the FLOPs of a "
    "token (2 per active parameter forward, 6 in training). Options change the preset.",
)
@click.option("--preset", type=click.Choice(["mixtral-8x7b", "mixtral-8x22b"]),
              help="A published configuration.")  # fmt: skip
@_configuration
@click.option("--gated/--not-gated", default=None, help="Three matrices an expert or two.")
@click.option("--tied/--untied", default=None, help="Whether the output layer is the embedding.")
@click.option("--dense", type=Real(), help="Parameters of a dense model to compare with.")
@add("format", "debug")
def command(form: str, debug: bool, preset: str | None, dense: float | None, **given: Any) -> int:
    """Print one row."""
    from simlab.cli.plan_output import write_plans
    from simlab.planning.moe_size import PRESETS, MoeConfiguration, moe_size

    own = {name: value for name, value in given.items() if value is not None}
    if preset:
        configuration = PRESETS[preset]._replace(**own)
    else:
        wanted = ("n_layers", "d_model", "d_ff", "n_heads", "n_experts", "top_k")
        missing = [f"--{name.replace('_', '-')}" for name in wanted if name not in own]
        if missing:
            raise UsageError(f"plan moe: give --preset, or {', '.join(missing)} too")
        own.setdefault("d_head", own["d_model"] // max(own["n_heads"], 1))
        own.setdefault("n_kv_heads", own["n_heads"])
        own.setdefault("vocabulary", 32000)
        configuration = MoeConfiguration(**own)
    if dense is not None and not dense > 0:
        raise UsageError(f"--dense {dense:g}: give a number of parameters")
    size = moe_size(configuration)
    c = configuration
    said = (
        f"{size.n_params / 1e9:.4g}B parameters are stored and {size.n_active / 1e9:.4g}B work on "
        f"a token ({c.top_k + c.n_shared} of {c.n_experts + c.n_shared} experts in a mixture): "
        f"{size.training_flops:.4g} FLOPs a token in training."
    )
    if dense is not None:
        said += (
            f" A dense model of {dense / 1e9:.4g}B costs {dense / size.n_active:.3g} times that."
        )
    row = {**size._asdict(), "dense_flops_ratio": dense and dense / size.n_active, "meaning": said}
    write_plans(form, "Mixture of experts", [row])
    return EXIT_OK
