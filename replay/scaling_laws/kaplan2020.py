"""Kaplan et al. 2020: the laws at GPT-3's size, their exponents, and what they imply together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from replay.scaling_laws.printed import misses, rounds_to
from simlab.claims.claim import Claim, within
from simlab.laws.kaplan import (
    COMPUTE,
    DATA,
    JOINT,
    NAIVE_COMPUTE,
    PF_DAY,
    SIZE,
    STEPS,
    kaplan_joint_loss,
    kaplan_loss,
    kaplan_optimum,
)
from simlab.parameters import Parameters
from simlab.source import Reading, Source
from simlab.table import ScoreTable

PAPER = "Kaplan et al. 2020"
ALPHA_B = 0.21
"""Exponent of the critical batch size, equation 1.4."""


def read(path: Path | None, options: Parameters) -> Reading:
    """Return the laws L(N), L(D), L(C_min) and the naive L(C) as curves.

    >>> sorted(read(None, Parameters()).table.frame["task"].unique())
    ['L(C)', 'L(C_min)', 'L(D)', 'L(N)']
    """
    grids = {
        "L(N)": (SIZE, "params", np.geomspace(1e7, 1e12, 11)),
        "L(D)": (DATA, "tokens", np.geomspace(1e8, 1e13, 11)),
        "L(C_min)": (COMPUTE, "flops", np.geomspace(1e-6, 1e4, 11)),
        "L(C)": (NAIVE_COMPUTE, "flops", np.geomspace(1e-6, 1e4, 11)),
    }
    tables = []
    for task, (law, kind, x) in grids.items():
        scale = x * PF_DAY if kind == "flops" else x
        loss = kaplan_loss(x, constants=law)
        tables.append(
            ScoreTable.from_columns(
                {
                    "family": "WebText2 transformers",
                    "scale": scale,
                    "scale_kind": kind,
                    "task": task,
                    "metric": "loss",
                    "score": loss,
                    "higher_is_better": False,
                },
                source=f"{PAPER}, equations 1.1 to 1.3",
            )
        )
    return Reading(
        ScoreTable.concat(tables),
        notes=(
            "N is without embeddings and the corpus is WebText2: losses are not those of "
            "Hoffmann et al., only the exponents compare",
            "the joint law L(N, D) has constants of its own; its limit for unlimited data is not "
            "L(N)",
        ),
    )


def claims(reading: Reading) -> list[Claim]:
    """Return the printed numbers of the laws beside what their constants give."""
    return [*_losses(), *_exponents(), *_allocation(), *_crossing()]


def _losses() -> Iterator[Claim]:
    closed = "closed form"
    yield rounds_to(
        "loss-175b",
        "L(N) at 175e9 parameters is 1.604389 nats",
        observed=float(kaplan_loss(175e9)),
        printed="1.604389",
        source=f"{PAPER}, equation 1.1",
    )
    yield rounds_to(
        "joint-loss-gpt3",
        "L(N, D) at 175e9 parameters and 300e9 tokens is 1.660957",
        observed=float(kaplan_joint_loss(175e9, 300e9)),
        printed="1.660957",
        source=f"{PAPER}, equation 1.5 and table 2",
    )
    sizes = (1e9, 1e10, 1e11)
    first, second, third = (float(kaplan_loss(n)) for n in sizes)
    for name, ratio in (("1b-10b", second / first), ("10b-100b", third / second)):
        yield rounds_to(
            f"tenfold-{name}",
            f"From {name.upper().replace('-', ' to ')} parameters L(N) falls by the factor .8395",
            observed=ratio,
            printed=".8395",
            source=closed,
        )
    n = np.geomspace(1e7, 1e12, 26)
    slope = float(np.polyfit(np.log(n), np.log(kaplan_loss(n)), 1)[0])
    yield within(
        "log-log-exponent",
        "A log-log fit of L(N) from 10M to 1T returns alpha_N = .076",
        observed=-slope,
        expected=SIZE.alpha,
        tolerance=1e-12,
        source=closed,
    )
    limit = float(kaplan_joint_loss(1e9, np.inf) / kaplan_loss(1e9))
    yield within(
        "joint-limit",
        "For unlimited data the joint law lies below L(N) by the factor (6.4/8.8)^.076: each has "
        "constants of its own",
        observed=limit,
        expected=(JOINT.n_c / SIZE.x_c) ** 0.076,
        tolerance=1e-12,
        source=f"{PAPER}, table 2 against equation 1.1",
    )
    yield rounds_to(
        "gpt3-pf-days",
        "GPT-3's 3.14e23 FLOPs are 3.64e3 PF-days",
        observed=3.14e23 / PF_DAY,
        printed="3.64e3",
        units=1.5,  # 3.14 itself is rounded
        source="Brown et al. 2020, table D.1",
    )


def _exponents() -> Iterator[Claim]:
    yield rounds_to(
        "exponent-d-n",
        "To keep overfitting constant, D grows as N^.74 = N^(alpha_N / alpha_D) "
        "with the joint law's exponents",
        observed=JOINT.alpha_n / JOINT.alpha_d,
        printed=".74",
        source=f"{PAPER}, equation 4.4",
    )
    alpha_c = 1 / (1 / STEPS.alpha_s + 1 / ALPHA_B + 1 / STEPS.alpha_n)
    law = "1 / (1/alpha_S + 1/alpha_B + 1/alpha_N)"
    yield rounds_to(
        "alpha-c-appendix",
        f"{law} of the printed exponents is .052, as appendix B has it",
        observed=alpha_c,
        printed=".052",
        source=f"{PAPER}, equation B.7",
    )
    yield misses(
        "alpha-c-text",
        f"{law} of the printed exponents is not .054, as section 6 has it",
        observed=alpha_c,
        printed=".054",
        source=f"{PAPER}, equation 6.4",
    )
    yield misses(
        "exponent-n-c",
        "alpha_C / alpha_N of the printed exponents is not .71, as section 6 has it",
        observed=alpha_c / STEPS.alpha_n,
        printed=".71",
        source=f"{PAPER}, equation 6.5",
    )
    above = STEPS.alpha_n / STEPS.alpha_s
    yield within(
        "stop-above-converged",
        "Compute-efficient training stops alpha_N / alpha_S, about 10%, above the converged loss",
        observed=above,
        expected=0.10,
        tolerance=0.005,
        source=f"{PAPER}, equation B.5",
    )


def _allocation() -> Iterator[Claim]:
    one = kaplan_optimum(1.0)
    yield within(
        "exponents-sum",
        "N ~ C^.73 and D ~ C^.27 use up the compute: the exponents add up to 1",
        observed=0.73 + 0.27,
        expected=1.0,
        tolerance=1e-12,
        source=f"{PAPER}, table 6",
    )
    used = 6 * float(one.n_params) * float(one.n_tokens) / PF_DAY
    yield within(
        "six-n-d",
        "6 N D of the two optima is 1.8 C_min, near the 2 C_min of training at the critical batch "
        "size: D is not C_min / 6 N",
        observed=used,
        expected=2.0,
        tolerance=0.2,
        source=f"{PAPER}, equation 5.5 and table 6",
    )
    at_critical = 2 * PF_DAY / 6 / float(one.n_params)
    yield rounds_to(
        "tokens-table6",
        "2 C_min / 6 N at 1 PF-day is 2e10 tokens, as table 6 has it",
        observed=at_critical,
        printed="2e10",
        source=f"{PAPER}, table 6",
    )
    yield misses(
        "tokens-equation",
        "2 C_min / 6 N at 1 PF-day is not 4e10 tokens, as equation 6.7 has it",
        observed=at_critical,
        printed="4e10",
        source=f"{PAPER}, equation 6.7",
    )
    tenfold = kaplan_optimum(10.0)
    for name, growth, text in (
        ("n", tenfold.n_params / one.n_params, "5.37"),
        ("d", tenfold.n_tokens / one.n_tokens, "1.86"),
    ):
        yield rounds_to(
            f"tenfold-compute-{name}",
            f"Ten times the compute takes {text} times the "
            f"{'parameters' if name == 'n' else 'tokens'}",
            observed=float(growth),
            printed=text,
            source="closed form",
        )


def _crossing() -> Iterator[Claim]:
    """Where L(C_min) falls below L(D) of one epoch's tokens: section 6.3, to its powers of ten."""
    tokens = float(kaplan_optimum(1.0).n_tokens)
    gap = COMPUTE.alpha * np.log(COMPUTE.x_c) - DATA.alpha * np.log(DATA.x_c / tokens)
    c = float(np.exp(gap / (COMPUTE.alpha - 0.27 * DATA.alpha)))
    source = f"{PAPER}, section 6.3"
    for name, value, power, what in (
        ("c", c, 4.0, "1e4 PF-days"),
        ("n", float(kaplan_optimum(c).n_params), 12.0, "1e12 parameters"),
        ("d", float(kaplan_optimum(c).n_tokens), 12.0, "1e12 tokens"),
    ):
        yield within(
            f"crossing-{name}",
            f"L(C_min) meets L(D) of one epoch near {what} (power of ten; the paper: within one "
            "order of magnitude)",
            observed=float(np.log10(value)),
            expected=power,
            tolerance=1.0,
            source=source,
        )
    yield rounds_to(
        "crossing-loss",
        "At the crossing the loss is about 1.7 nats",
        observed=float(kaplan_loss(c, constants=COMPUTE)),
        printed="1.7",
        source=source,
    )


def charts(reading: Reading) -> list[Any]:
    """Return L(N) beside the laws that have a floor."""
    from replay.scaling_laws.chart import loss_figure

    return [loss_figure()]


SOURCE = Source(
    name="kaplan2020",
    title="Kaplan's laws: losses, exponents, and what they imply together",
    summary="Each law has its own constants. Losses at GPT-3's size, the factor of ten times the "
    "parameters, exponents that follow from others (two do not), and the crossing that the paper "
    "predicts.",
    citations=(
        "J. Kaplan et al. (2020). Scaling laws for neural language models. arXiv 2001.08361.",
        "T. Brown et al. (2020). Language models are few-shot learners. arXiv 2005.14165.",
    ),
    origin="constants of the paper, embedded",
    licence="facts",
    path="none",
    read=read,
    claims=claims,
    charts=charts,
)
