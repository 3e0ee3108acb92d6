"""Slow plain-Python oracles of the optimiser and of the models that grok."""

import math

import numpy as np


def adamw(p, g, m, v, step, lr, beta1, beta2, eps, weight_decay):
    """One step of AdamW, one parameter at a time, each operation rounded to float32."""
    f = np.float32
    rate, keep = f(lr / (1 - beta1**step)), f(1 - lr * weight_decay)
    root = f(1 / math.sqrt(1 - beta2**step))
    new1, new2, b2, e = f(1 - beta1), f(1 - beta2), f(beta2), f(eps)
    out = []
    for p1, g1, m1, v1 in zip(p, g, m, v, strict=True):
        if abs(g1) < f(1e-17):
            g1 = f(0)
        m1 = m1 + new1 * (g1 - m1)
        if abs(m1) < f(1e-20):
            m1 = f(0)
        v1 = b2 * v1 + new2 * g1 * g1
        if not v1 > f(1e-30) and not np.isnan(v1):
            v1 = f(1e-30)
        p1 = p1 * keep - rate * (m1 / (np.sqrt(v1) * root + e))
        out.append((f(0) if abs(p1) < f(1e-12) else p1, m1, v1))
    return [np.array(column, f) for column in zip(*out, strict=True)]


def cross_entropy(logits, target, share):
    """Loss, gradient and number right of rows of logits; logits are (n_classes, n_rows)."""
    loss, right = 0.0, 0
    gradient = np.zeros(logits.shape)
    for j, t in enumerate(target):
        row = [float(x) for x in logits[:, j]]
        total = sum(math.exp(x - max(row)) for x in row)
        loss += max(row) + math.log(total) - row[t]
        for c, x in enumerate(row):
            gradient[c, j] = share * (math.exp(x - max(row)) / total - (c == t))
        right += all(x < row[t] for c, x in enumerate(row) if c != t)
    return loss, gradient, right


def squared_error(outputs, target, share):
    """As `cross_entropy`, with the mean over classes of squared differences to the one-hot row."""
    n_classes = outputs.shape[0]
    loss, right = 0.0, 0
    gradient = np.zeros(outputs.shape)
    for j, t in enumerate(target):
        row = [float(x) for x in outputs[:, j]]
        for c, x in enumerate(row):
            loss += (x - (c == t)) ** 2 / n_classes
            gradient[c, j] = share * 2 * (x - (c == t)) / n_classes
        right += all(x < row[t] for c, x in enumerate(row) if c != t)
    return loss, gradient, right


def network(params, x, y, answer, rows, relu, squared):
    """Mean loss, its gradient and the number right of the two-layer network, in float64."""
    a, b, w = (np.asarray(matrix, np.float64) for matrix in params)
    z = np.array([a[x[r]] + b[y[r]] for r in rows])
    hidden = np.maximum(z, 0) if relu else z * z
    outputs = np.array([[float(w[c] @ h) for h in hidden] for c in range(len(w))])
    of = squared_error if squared else cross_entropy
    loss, back, right = of(outputs, [answer[r] for r in rows], 1 / len(rows))
    grads = np.zeros((3, *a.shape))
    for j, r in enumerate(rows):
        grads[2] += np.outer(back[:, j], hidden[j])
        slope = (z[j] > 0) if relu else 2 * z[j]
        for which, operand in ((0, x[r]), (1, y[r])):
            grads[which, operand] += slope * (back[:, j] @ w)
    return loss / len(rows), grads, right


def concentration(embeddings):
    """Share of power at each unit's strongest frequency, by sums of cosines and sines."""
    n, width = embeddings.shape
    largest = total = 0.0
    for k in range(width):
        powers = []
        for f in range(1, n // 2 + 1):
            angle = 2 * math.pi * f * np.arange(n) / n
            column = embeddings[:, k]
            power = (column @ np.cos(angle)) ** 2 + (column @ np.sin(angle)) ** 2
            powers.append(power / 2 if 2 * f == n else power)
        largest += max(powers)
        total += sum(powers)
    return largest / total
