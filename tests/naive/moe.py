"""Slow plain-Python oracles of the mixture-of-experts router: lists and loops."""

import math

from tests.naive.streams import child, normal


def softmax(logits: list[float]) -> list[float]:
    top = max(logits)
    parts = [math.exp(v - top) for v in logits]
    return [v / sum(parts) for v in parts]


def choose(logits: list[float], k: int) -> list[int]:
    """The k largest, the first of equal ones first."""
    return sorted(range(len(logits)), key=lambda e: (-logits[e], e))[:k]


def dispatch(chosen: list[list[int]], capacity: int) -> list[list[bool]]:
    """All first choices in order of the tokens, then all second ones."""
    held: dict[int, int] = {}
    kept = [[False] * len(row) for row in chosen]
    for c in range(len(chosen[0])):
        for t, row in enumerate(chosen):
            kept[t][c] = held.get(row[c], 0) < capacity
            held[row[c]] = held.get(row[c], 0) + kept[t][c]
    return kept


def objective(
    logits: list[list[float]], chosen: list[list[int]], kept: list[list[bool]],
    earned: list[list[float]], share: list[float], alpha: float, worth: float, of_chosen: bool,
) -> float:  # fmt: skip
    """What the router ascends, with choices, drops and shares held: for finite differences."""
    n, T = len(share), len(logits)
    total = 0.0
    for t in range(T):
        p = softmax(logits[t])
        norm = sum(p[e] for e in chosen[t]) if of_chosen else 1.0
        for c, e in enumerate(chosen[t]):
            total += worth * earned[t][c] * p[e] / norm * kept[t][c] / T
        total -= alpha * n * sum(s * q for s, q in zip(share, p, strict=True)) / T
    return total


def tokens(key: int, n: int, width: int) -> list[list[float]]:
    return [[1.0, *(normal(key, t * width + j) for j in range(1, width))] for t in range(n)]


def normals(key: int, rows: int, columns: int, scale: float) -> list[list[float]]:
    return [[scale * normal(key, e * columns + j) for j in range(columns)] for e in range(rows)]


def step_of(
    x: list[list[float]], weights: list[list[float]], directions: list[list[float]], k: int,
    capacity: int, alpha: float, worth: float, of_chosen: bool, affinity: float, rate: float,
) -> tuple[list[float], float, float, float, list[list[float]]]:  # fmt: skip
    """One step: share of each expert, dropped, balance, earned, and the new weights."""
    n, T = len(weights), len(x)
    logits = [[sum(w * v for w, v in zip(row, t, strict=True)) for row in weights] for t in x]
    chosen = [choose(row, k) for row in logits]
    kept = dispatch(chosen, capacity)
    earned = [
        [1 + affinity * sum(v * z for v, z in zip(directions[e], t, strict=True)) for e in row]
        for t, row in zip(x, chosen, strict=True)
    ]
    share = [sum(e in row for row in chosen) / (T * k) for e in range(n)]
    p = [softmax(row) for row in logits]
    mean = [sum(row[e] for row in p) / T for e in range(n)]
    balance = n * sum(s * m for s, m in zip(share, mean, strict=True))
    slope = [[0.0] * len(x[0]) for _ in range(n)]
    for t in range(T):
        average = sum(s * q for s, q in zip(share, p[t], strict=True))
        d = [-alpha * n * p[t][e] * (share[e] - average) for e in range(n)]
        norm = sum(p[t][e] for e in chosen[t]) if of_chosen else 1.0
        gates = {e: p[t][e] / norm for e in (chosen[t] if of_chosen else range(n))}
        for c, e in enumerate(chosen[t]):
            if kept[t][c]:
                for j, gate in gates.items():
                    d[j] += worth * earned[t][c] * gates[e] * ((j == e) - gate)
        for e in range(n):
            for j in range(len(x[t])):
                slope[e][j] += d[e] * x[t][j] / T
    new = [[w + rate * s for w, s in zip(a, b, strict=True)]
           for a, b in zip(weights, slope, strict=True)]  # fmt: skip
    dropped = sum(not kept[t][c] for t in range(T) for c in range(k)) / (T * k)
    gained = sum(earned[t][c] * kept[t][c] for t in range(T) for c in range(k)) / (T * k)
    return share, dropped, balance, gained, new


def routing(
    key: int, *, n_experts: int, width: int, n_tokens: int, steps: int, start: float,
    **words: object,
) -> list[tuple[list[float], float, float, float]]:  # fmt: skip
    """The whole simulation, step by step."""
    weights = normals(child(key, 0), n_experts, width, start)
    directions = [[0.0, *row[1:]] for row in normals(child(key, 1), n_experts, width, 1.0)]
    directions = [[v / math.sqrt(sum(z * z for z in row)) for v in row] for row in directions]
    found = []
    for step in range(steps):
        x = tokens(child(child(key, 2), step), n_tokens, width)
        *seen, weights = step_of(x, weights, directions, **words)  # type: ignore[arg-type]
        found.append(tuple(seen))
    return found  # type: ignore[return-value]
