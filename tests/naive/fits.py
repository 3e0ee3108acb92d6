"""Slow plain-Python oracles of the kernels under simlab/fitting."""

import math

from tests.naive import streams as naive


def draw(key, first, size, n):
    return [naive.integer(key, first + i, size) for i in range(n)]


def draw_part(key, first, size, n):
    """Places below ``size``, each kept with the chance that fills what is still wanted."""
    kept = []
    for i in range(size):
        if naive.integer(key, first + i, size - i) < n - len(kept):
            kept.append(i)
    return kept


def interpolate(x, y, at):
    """The straight line between the two points around ``at``; infinity outside."""
    if not x[0] <= at <= x[-1]:
        return float("inf")
    for i in range(len(x) - 1):
        if x[i] <= at <= x[i + 1]:
            return y[i] + (at - x[i]) / (x[i + 1] - x[i]) * (y[i + 1] - y[i])
    raise AssertionError


def smooth(y, window):
    out = []
    for i in range(len(y)):
        reach = min(window // 2, i, len(y) - 1 - i)
        part = y[i - reach : i + reach + 1]
        out.append(sum(part) / len(part))
    return out


def lowest(losses, taken):
    """The taken run with the lowest finite loss, -1 if there is none."""
    runs = [r for r, loss in enumerate(losses) if taken[r] and loss != float("inf")]
    return min(runs, key=lambda r: losses[r]) if runs else -1


def training_curve(key, n, d, law, training, middle, points):
    """Tokens and losses of one synthetic run, as `simlab.simulators.training_runs` defines them."""
    E, A, B, alpha, beta = law
    rate = training.lr_drift * math.log(n / middle) + training.lr_spread * naive.normal(key, 0)
    log = training.lr_cost * rate**2 + training.noise * naive.normal(key, 1)
    if naive.uniform(key, 2) < training.outliers:
        log += training.outlier_excess
    tokens, losses = [], []
    for i in range(points):
        share = 0.02 ** (1 - i / (points - 1))
        t = share * d
        to_go = (1 + math.cos(math.pi * min(share / training.horizon, 1))) / 2
        loss = E + A / n**alpha + B / t**beta * (1 + training.decay * to_go)
        step = training.step_noise * naive.normal(key, 3 + i)
        tokens.append(t)
        losses.append(loss * math.exp(log + step))
    return tokens, losses


def chinchilla_objective(
    theta: list[float], runs: list[tuple[float, float, float, float]], kind: str, delta: float
) -> tuple[float, list[float]]:
    """The objective and its gradient, run by run; runs are (ln N, ln D, ln L, weight)."""
    e, a, b, alpha, beta = theta
    total, gradient = 0.0, [0.0] * 5
    for x, y, z, w in runs:
        parts = [math.exp(e), math.exp(a - alpha * x), math.exp(b - beta * y)]
        loss = sum(parts)
        inner = [parts[0], parts[1], parts[2], -x * parts[1], -y * parts[2]]
        if kind == "squares":
            r, slope = loss - math.exp(z), inner
        else:
            r, slope = math.log(loss) - z, [t / loss for t in inner]
        if kind == "asymmetric":
            w *= 1.5 if r > 0 else 0.5
        if kind in ("squares", "log-squares"):
            penalty, pull = r * r, 2 * r
        elif abs(r) <= delta:
            penalty, pull = r * r / 2, r
        else:
            penalty, pull = delta * (abs(r) - delta / 2), math.copysign(delta, r)
        total += w * penalty
        gradient = [g + w * pull * s for g, s in zip(gradient, slope, strict=True)]
    return total, gradient
