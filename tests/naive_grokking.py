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
        out.append((p1 * keep - rate * (m1 / (np.sqrt(v1) * root + e)), m1, v1))
    return [np.array(column, f) for column in zip(*out, strict=True)]
