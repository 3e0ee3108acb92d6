"""Parameters of the scenario ``sampling``, and what follows from them."""

from typing import Annotated, Literal

import numpy as np

from simlab.errors import UsageError
from simlab.laws.power_law import power_law_loss
from simlab.parameters import Meta, Parameters, cell_name
from simlab.simulators.repeated_sampling import Answers
from simlab.simulators.success_distributions import SuccessDistribution, with_mean

Size = Annotated[float, Meta(gt=0)]


class SamplingParameters(Parameters, frozen=True):
    """Parameters of the scenario ``sampling``."""

    distribution: Annotated[
        Literal["beta", "kumaraswamy"], Meta(description="success of one answer over items")
    ] = "beta"
    floor: Annotated[
        float, Meta(ge=0, lt=1, description="smallest success of any item; 0: a power law in k")
    ] = 0.0
    shape: Annotated[
        float, Meta(gt=0, le=20, description="density of success near 0 is p^(shape-1)")
    ] = 0.4
    samples: Annotated[int, Meta(ge=8, le=65_536, description="most answers to an item")] = 1024
    items: Annotated[int, Meta(ge=100, le=1_000_000, description="items")] = 2_000
    d: Annotated[
        float, Meta(ge=0, le=20, description="how much higher the verifier scores right answers")
    ] = 1.5
    fooled: Annotated[
        float, Meta(ge=0, le=1, description="share of items on which it prefers wrong answers")
    ] = 0.1
    wrong_answers: Annotated[int, Meta(ge=1, le=1000, description="different wrong answers")] = 8
    distractor: Annotated[
        float, Meta(ge=0, lt=1, description="share of wrong answers that are one and the same")
    ] = 0.3
    tokens: Annotated[int, Meta(ge=1, description="tokens of an answer, for its FLOPs")] = 500
    sizes: Annotated[
        tuple[Size, ...], Meta(min_length=1, description="parameter counts of the models")
    ] = (5e8, 4e9, 3.2e10)
    c: Annotated[float, Meta(gt=0, description="size with mean success exp(-1)")] = 2e9
    alpha: Annotated[float, Meta(lt=0, description="mean success is exp(-(N / c)^alpha)")] = -0.5

    def __post_init__(self) -> None:
        """Check what a range of one number cannot say."""
        if len(set(self.sizes)) < len(self.sizes):
            raise UsageError(f"--sizes {' '.join(f'{n:g}' for n in self.sizes)}: one stands twice")
        for n_params in self.sizes:
            mean = mean_success(self, n_params)
            if not self.floor + 1e-9 < mean < 1 - 1e-9:
                raise UsageError(
                    f"--floor {self.floor:g}: a model of {n_params:g} parameters succeeds with "
                    f"{mean:.3g} in the mean (--c, --alpha), which must lie above the floor and "
                    "below 1"
                )


def success_of(p: SamplingParameters, n_params: float) -> SuccessDistribution:
    """Return the distribution over items of a model's success at one answer.

    >>> round(success_of(SamplingParameters(), 2e9).rest, 4)
    0.6873
    """
    return with_mean(p.distribution, p.shape, mean_success(p, n_params), floor=p.floor)


def mean_success(p: SamplingParameters, n_params: float) -> float:
    """Return the mean over items of a model's success at one answer, ``exp(-(N / c)^alpha)``."""
    return float(np.exp(-power_law_loss([n_params], c=p.c, alpha=p.alpha))[0])


def answers_of(p: SamplingParameters) -> Answers:
    """Return how answers err and are judged."""
    return Answers(d=p.d, wrong_answers=p.wrong_answers, distractor=p.distractor)


def numbers(samples: int) -> list[int]:
    """Return the powers of two up to ``samples``, and ``samples``.

    >>> numbers(12)
    [1, 2, 4, 8, 12]
    """
    return sorted({2**i for i in range(samples.bit_length())} | {samples})


def name(cell: SamplingParameters) -> str:
    """Return the subtask of a cell."""
    return cell_name(cell, always=["distribution", "floor"])
