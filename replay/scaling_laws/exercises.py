"""What teachers ask about scaling laws, and what wikis and slides get wrong.

The exercises: the optimum at 1e22 FLOPs; whether 10B parameters on 100B tokens are optimal; loss at
1B, 10B and 100B; the exponent of L(N) by a log-log fit; a dense 70B model beside a mixture of
experts.
"""

from collections.abc import Iterator

import numpy as np

from replay.scaling_laws.hoffmann2022 import CONSTANTS, GOPHER_BUDGET, PAPER
from replay.scaling_laws.printed import misses, rounds_to
from simlab.claims.claim import Claim, contradicts, holds, within
from simlab.laws.chinchilla import (
    BESIROGLU,
    HOFFMANN_ROUNDED,
    HOFFMANN_TEX,
    ChinchillaConstants,
    chinchilla_loss,
    compute_optimum,
)
from simlab.laws.kaplan import PF_DAY, kaplan_loss, kaplan_optimum
from simlab.planning.moe_size import MIXTRAL_8X7B, moe_size

EXERCISE = "exercise; closed form against a search"
SLIDE = "teaching slides"
WIKI = "a wiki article on scaling laws"


def exercise_claims() -> list[Claim]:
    """Return the exercises and the errors as claims."""
    return [
        *_budget(1e22),
        *_ten_on_hundred(),
        *_three_sizes(),
        *_log_log(),
        *_mixture(),
        *_slides(),
    ]


def _budget(flops: float) -> Iterator[Claim]:
    """The optimum at a budget: equation 4 against a search along 6 N D = C."""
    for name, constants in CONSTANTS.items():
        n, d = (float(x) for x in compute_optimum(flops, constants=constants))
        found = _search(flops, constants)
        for what, value, expected in (("n", n, found), ("d", d, flops / 6 / found)):
            yield within(
                f"1e22-{what}-{name}",
                f"At 1e22 FLOPs the {name} constants ask for {value / 1e9:.3g}B "
                f"{'parameters' if what == 'n' else 'tokens'}",
                observed=value,
                expected=expected,
                tolerance=1e-5 * expected,
                source=EXERCISE,
            )


def _search(flops: float, constants: ChinchillaConstants) -> float:
    """Return the size of least loss at 6 N D = flops, by search and without equation 4."""
    from scipy.optimize import minimize_scalar

    def loss(log_n: float) -> float:
        n = np.exp(log_n)
        return float(chinchilla_loss(n, flops / 6 / n, constants=constants) - constants.E)

    done = minimize_scalar(
        loss, bounds=(np.log(1e6), np.log(1e13)), method="bounded", options={"xatol": 1e-9}
    )
    return float(np.exp(done.x))


def _ten_on_hundred() -> Iterator[Claim]:
    n, d = 10e9, 100e9
    for name, constants in CONSTANTS.items():
        best = compute_optimum(6 * n * d, constants=constants)
        loss = float(chinchilla_loss(n, d, constants=constants))
        lowest = float(chinchilla_loss(*best, constants=constants))
        yield holds(
            f"10b-on-100b-{name}",
            f"10B parameters on 100B tokens are not optimal by the {name} constants: a smaller "
            f"model on more tokens has a loss {loss - lowest:.3f} nats lower for the same compute",
            passed=bool(best.n_params < n and lowest < loss),
            observed=f"{float(best.n_params) / 1e9:.2f}B on {float(best.n_tokens) / 1e9:.0f}B",
            expected="fewer than 10B parameters",
            source=EXERCISE,
        )
    kaplan = float(kaplan_optimum(6 * n * d / PF_DAY).n_params)
    yield holds(
        "10b-on-100b-kaplan",
        "By Kaplan et al. the same budget asks for a larger model, not a smaller one",
        passed=kaplan > n,
        observed=f"{kaplan / 1e9:.1f}B",
        expected="more than 10B parameters",
        source=EXERCISE,
    )


def _three_sizes() -> Iterator[Claim]:
    """Loss at 1B, 10B and 100B: a constant factor without a floor, a fading one with it."""
    sizes = np.array([1e9, 1e10, 1e11])
    kaplan = kaplan_loss(sizes)
    yield within(
        "tenfold-is-constant",
        "From 1B to 10B and from 10B to 100B Kaplan's L(N) falls by one and the same factor",
        observed=float(kaplan[1] / kaplan[0]),
        expected=float(kaplan[2] / kaplan[1]),
        tolerance=1e-12,
        source="closed form",
    )
    ours = chinchilla_loss(sizes, np.inf, constants=BESIROGLU)
    yield holds(
        "tenfold-fades",
        "With a floor, the second factor of ten gains less than the first",
        passed=bool(ours[1] / ours[0] < ours[2] / ours[1] < 1),
        observed=f"{ours[1] / ours[0]:.4f}, {ours[2] / ours[1]:.4f}",
        expected="rising towards 1",
        source="closed form",
    )
    above = ours - BESIROGLU.E
    yield within(
        "tenfold-above-floor",
        "Above the floor both factors are 10^-alpha",
        observed=float(above[2] / above[1]),
        expected=10**-BESIROGLU.alpha,
        tolerance=1e-12,
        source="closed form",
    )


def _log_log() -> Iterator[Claim]:
    """Return what a straight line through ln L against ln N finds, with the floor and without."""
    n = np.geomspace(1e7, 1e12, 26)
    loss = chinchilla_loss(n, np.inf, constants=BESIROGLU)
    for id, check, words, y in (
        ("kept", contradicts, "of L(N) does not return alpha: the floor bends the line", loss),
        ("removed", within, "of L(N) - E returns alpha", loss - BESIROGLU.E),
    ):
        yield check(
            f"log-log-floor-{id}",
            f"A log-log fit {words}",
            observed=-float(np.polyfit(np.log(n), np.log(y), 1)[0]),
            expected=BESIROGLU.alpha,
            tolerance=1e-6,
            source="exercise",
        )


def _mixture() -> Iterator[Claim]:
    size = moe_size(MIXTRAL_8X7B)
    source = "Jiang et al. 2024, arXiv 2401.04088; sizes from the published configuration"
    yield rounds_to(
        "dense-70b",
        "A dense 70B model trains at 4.2e11 FLOPs a token",
        observed=6 * 70e9,
        printed="4.2e11",
        source="6 N",
    )
    yield rounds_to(
        "mixtral-total",
        "Mixtral 8x7B has 46.7B parameters",
        observed=size.n_params,
        printed="46.7e9",
        source=source,
    )
    yield rounds_to(
        "mixtral-active",
        "Of these 12.9B work on a token",
        observed=size.n_active,
        printed="12.9e9",
        source=source,
    )
    yield misses(
        "mixtral-56b",
        "8 experts of 7B are not 56B parameters: attention is shared",
        observed=size.n_params,
        printed="56e9",
        source=source,
    )
    yield misses(
        "mixtral-14b",
        "2 of 8 experts of 7B are not 14B active parameters",
        observed=size.n_active,
        printed="14e9",
        source=source,
    )
    yield within(
        "mixtral-against-70b",
        "A token costs a dense 70B model 5.4 times as much as Mixtral",
        observed=70e9 / size.n_active,
        expected=5.4,
        tolerance=0.05,
        source="ratio of active parameters",
    )


def _slides() -> Iterator[Claim]:
    for name, fitted, printed in (
        ("alpha", HOFFMANN_TEX.alpha, ".46"),
        ("beta", HOFFMANN_TEX.beta, ".54"),
    ):
        yield misses(
            f"slide-{name}",
            f"{name} = {printed} is not the fitted exponent of the loss: "
            "it is that of the allocation",
            observed=fitted,
            printed=printed,
            source=SLIDE,
        )
    c = 1e22
    n = 0.1715 * c**0.5
    yield misses(
        "wiki-six-n-d",
        "N_opt = D_opt = .1715 sqrt(C) does not spend C: C / 6 N D is 5.7",
        observed=c / (6 * n * n),
        printed="1.0",
        source=WIKI,
    )
    yield rounds_to(
        "wiki-factor",
        "N_opt = D_opt = .1715 sqrt(C) misses C by the factor 5.7",
        observed=c / (6 * n * n),
        printed="5.7",
        source=WIKI,
    )
    one = compute_optimum(1.0, constants=HOFFMANN_ROUNDED)
    total = HOFFMANN_ROUNDED.alpha + HOFFMANN_ROUNDED.beta
    for name, coefficient, exponent, texts in (
        ("n", float(one.n_params), HOFFMANN_ROUNDED.beta / total, (".6", ".45")),
        ("d", float(one.n_tokens), HOFFMANN_ROUNDED.alpha / total, (".3", ".55")),
    ):
        for what, value, text in zip(
            ("factor", "exponent"), (coefficient, exponent), texts, strict=True
        ):
            yield rounds_to(
                f"slide-{name}-{what}",
                f"The {what} of {name.upper()}_opt on a slide, {text}, is that of the rounded "
                "constants",
                observed=value,
                printed=text,
                source=f"{SLIDE}; {PAPER}, equations 4 and 10",
            )
    slide = 0.6 * GOPHER_BUDGET**0.45
    ratio = 0.3 * GOPHER_BUDGET**0.55 / slide
    yield contradicts(
        "slide-20-tokens",
        "The slide's own formulas do not give 20 tokens a parameter at Gopher's budget",
        observed=ratio,
        expected=20.0,
        tolerance=5.0,
        source=SLIDE,
    )
