"""Claims of the scenario ``icl``: closed forms, estimators that are one, and who wins where."""

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist

import numpy as np
import polars as pl

from scenarios.icl.parameters import IclParameters, name
from simlab.claims.claim import Claim, holds, within
from simlab.table import ScoreTable

GARG = "Garg et al. 2022, arXiv 2208.01066"
AKYUREK = "Akyurek et al. 2022, arXiv 2211.15661"
_FAMILY_WISE = 1e-6  # chance that a correct simulator fails a claim of agreement
_APART = 6  # of n and d, from where the error of least squares has enough moments for its mean


def claims(cells: Sequence[IclParameters], table: ScoreTable) -> list[Claim]:
    """Return the claims that the run's cells allow."""
    errors = table.frame.filter(pl.col("metric") == "squared_error")
    pairs = table.frame.filter(pl.col("metric") == "squared_prediction_difference")
    return [
        *_equal(cells, pairs),
        *_closed_forms(errors),
        *_best(errors),
        *_double_descent(errors),
        *_more_steps(cells, pairs),
        *_sparse(errors),
    ]


def _equal(cells: Sequence[IclParameters], pairs: pl.DataFrame) -> Iterator[Claim]:
    """Ridge regression is the posterior mean, and without examples all estimators say 0."""
    same = [name(c) for c in cells if c.ridge is None or c.ridge == c.sigma**2]
    rows = pairs.filter(pl.col("family") == "ridge, bayes", pl.col("subtask").is_in(same))
    if rows.height:
        yield within(
            "ridge-equals-bayes",
            "Ridge regression with penalty sigma^2, by rank-one updates, predicts at every prefix "
            "what the posterior mean does, by a growing Cholesky factor (largest squared "
            "prediction difference over d)",
            observed=float(rows["score"].max()),  # type: ignore[arg-type]
            expected=0.0,
            tolerance=1e-16,
            source=f"{AKYUREK}, section 2; the posterior mean of a Gaussian prior",
        )
    yield within(
        "no-examples",
        "Without examples no two estimators differ (largest squared prediction difference over d)",
        observed=float(pairs.filter(pl.col("scale") == 0)["score"].max()),  # type: ignore[arg-type]
        expected=0.0,
        tolerance=0.0,
        source="every weight of every estimator is 0",
    )


def _closed_forms(errors: pl.DataFrame) -> Iterator[Claim]:
    """Observed errors against expected ones, prefix by prefix."""
    off = (pl.col("scale") - pl.col("d")).abs()
    rows = errors.filter(
        pl.col("expected").is_not_null(), (pl.col("family") != "ols") | (off >= _APART)
    ).filter(pl.col("n_items") >= 1000)
    if rows.is_empty():
        return
    z = -NormalDist().inv_cdf(_FAMILY_WISE / (2 * rows.height))
    what = {
        "zero": "Predicting 0 has error 1",
        "average": "The average has error (d + 1 + s^2) / n",
        "ols": "Least squares has error 1 - n/d + s^2 n / (d (d - n - 1)) below d examples, and "
        "s^2 / (n - d - 1) above",
    }
    for family, sentence in what.items():
        held = rows.filter(pl.col("family") == family)
        if held.is_empty():
            continue
        miss = (held["score"] - held["expected"]).abs() / held["stderr"]
        yield within(
            f"error-{family}",
            f"{sentence}: {held.height} points (largest difference in standard errors)",
            observed=float(miss.max()),  # type: ignore[arg-type]
            expected=0.0,
            tolerance=z,
            source="closed form; Hastie et al. 2022, arXiv 1903.08560, section 3",
        )


def _best(errors: pl.DataFrame) -> Iterator[Claim]:
    """No estimator beats the posterior mean by more than chance."""
    bayes = errors.filter(pl.col("family") == "bayes")
    if bayes.is_empty():
        return
    key = ["subtask", "seed", "scale"]
    rows = errors.filter(pl.col("task") == "gaussian").join(
        bayes.select(*key, best="score", error="stderr"), on=key
    )
    z = -NormalDist().inv_cdf(_FAMILY_WISE / rows.height)
    lead = (pl.col("best") - pl.col("score")) / (
        pl.col("error") ** 2 + pl.col("stderr") ** 2
    ).sqrt()
    worst = rows.select(pl.col("family"), "scale", lead=lead.fill_nan(0.0)).sort("lead")[-1]
    yield holds(
        "bayes-is-best",
        "On gaussian tasks no estimator has a smaller error than the posterior mean at any prefix "
        "(largest lead in standard errors)",
        passed=worst["lead"][0] <= z,
        observed=f"{worst['lead'][0]:.2f} ({worst['family'][0]}, {worst['scale'][0]:.0f} examples)",
        expected=f"at most {z:.1f}",
        source="the posterior mean minimises the expected squared error",
    )


def _double_descent(errors: pl.DataFrame) -> Iterator[Claim]:
    """Least squares is worst where there are as many examples as dimensions; ridge is not."""
    found = []
    for (kind, _, _), rows in errors.group_by("task", "subtask", "seed", maintain_order=True):
        d = int(rows["d"][0])
        curves = {
            str(f): g.sort("scale")["score"].to_numpy() for (f,), g in rows.group_by("family")
        }
        if d < 4 or len(curves["ols"]) <= 2 * d:
            continue
        ols, ridge = curves["ols"], curves["ridge"]
        peak = int(np.argmax(ols[1:])) + 1
        rise = ols[d] / max(ols[d // 2], ols[2 * d])
        found.append((str(kind), d, peak, float(rise), float(ridge[d] / ridge[d // 2])))
    if not found:
        return
    yield holds(
        "double-descent",
        "Least squares is at its worst with as many examples as dimensions (one more or less), "
        "worse than with half or twice as many; ridge regression is better there than with half",
        passed=all(
            abs(peak - d) <= 1 and rise > 1 and ridge < 1 for _, d, peak, rise, ridge in found
        ),
        observed="; ".join(f"{kind}: worst at {peak} of d = {d}" for kind, d, peak, *_ in found),
        expected="n within 1 of d",
        source=f"{GARG}, section 4 (double descent); Hastie et al. 2022, arXiv 1903.08560",
    )


def _more_steps(cells: Sequence[IclParameters], pairs: pl.DataFrame) -> Iterator[Claim]:
    """More steps come nearer to least squares at the longest prompt."""
    for method, title, field in (
        ("gd", "gradient descent", "gd_steps"),
        ("newton", "Newton's iteration", "newton_steps"),
    ):
        lists = {getattr(c, field) for c in cells}
        if len(lists) != 1 or len(steps := lists.pop()) < 2:
            continue
        enough = [name(c) for c in cells if c.points > c.d]
        last = pairs.filter(pl.col("subtask").is_in(enough)).filter(
            pl.col("scale") == pl.col("scale").max().over("subtask")
        )
        means = [
            float(last.filter(pl.col("family") == f"ols, {method}_{m}")["score"].mean() or 0.0)  # type: ignore[arg-type]
            for m in steps
        ]
        if not all(means):
            continue
        yield holds(
            f"{method}-goes-to-least-squares",
            f"At the longest prompt, more steps of {title} come nearer to least squares (squared "
            f"prediction difference over d after {', '.join(map(str, steps))} steps)",
            passed=means == sorted(means, reverse=True) and means[-1] < means[0],
            observed=", ".join(f"{m:.3g}" for m in means),
            expected="descending",
            source=f"{AKYUREK}, section 3; Fu et al. 2023, arXiv 2310.17086",
        )


def _sparse(errors: pl.DataFrame) -> Iterator[Claim]:
    """With as many examples as dimensions, LASSO beats ridge on sparse tasks, and only on these."""
    rows = errors.filter(pl.col("scale") == pl.col("d"), pl.col("d") >= 8)
    for kind, better in (("sparse", True), ("gaussian", False)):
        held = rows.filter(pl.col("task") == kind).group_by("family").agg(pl.col("score").mean())
        score = dict(held.iter_rows())
        if "lasso" not in score or math.isnan(score["lasso"]):
            continue
        yield holds(
            f"lasso-on-{kind}-tasks",
            f"With as many examples as dimensions, LASSO is {'better' if better else 'worse'} than "
            f"ridge regression on {kind} tasks",
            passed=(score["lasso"] < score["ridge"]) is better,
            observed=f"LASSO {score['lasso']:.4f}, ridge {score['ridge']:.4f}",
            expected="LASSO less" if better else "ridge less",
            source=f"{GARG}, section 4 (sparse linear functions)",
        )
