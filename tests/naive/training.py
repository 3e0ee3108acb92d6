"""Slow oracles of the training runs: one network in double precision, one number at a time.

Nothing here imports simlab. Gradients are written out by hand and checked against finite
differences of the loss, which is the part that cannot be wrong in the same way.
"""

import math
from itertools import pairwise

from tests.naive import streams as naive

# --------------------------------------------------------------------------------------------------
# simlab/simulators/training/parity.py
# --------------------------------------------------------------------------------------------------


def parity_input(key, item, n, k):
    """The bits of an item, one word for every 64 of them, and the product of the first k."""
    words = -(-n // 64)
    bits = [naive.word(key, item * words + i // 64) >> (i % 64) & 1 for i in range(n)]
    x = [1 - 2 * bit for bit in bits]
    return x, math.prod(x[:k])


def parity_hinge(net, xs, ys):
    """The mean hinge loss of a network (w, b, u, beta), w[i][j] from input i to unit j."""
    w, b, u, beta = net
    total = 0.0
    for x, y in zip(xs, ys, strict=True):
        out = beta
        for j in range(len(u)):
            z = b[j] + sum(x[i] * w[i][j] for i in range(len(x)))
            out += u[j] * max(z, 0.0)
        total += max(0.0, 1.0 - y * out)
    return total / len(xs)


def parity_gradient(net, xs, ys):
    """The gradient of `parity_hinge`, in the shape of the network."""
    w, b, u, beta = net
    n, width = len(w), len(u)
    gw = [[0.0] * width for _ in range(n)]
    gb, gu, gbeta = [0.0] * width, [0.0] * width, 0.0
    for x, y in zip(xs, ys, strict=True):
        z = [b[j] + sum(x[i] * w[i][j] for i in range(n)) for j in range(width)]
        out = beta + sum(u[j] * max(z[j], 0.0) for j in range(width))
        if 1.0 - y * out <= 0.0:
            continue
        slope = -y / len(xs)
        gbeta += slope
        for j in range(width):
            if z[j] > 0.0:
                gu[j] += slope * z[j]
                gb[j] += slope * u[j]
                for i in range(n):
                    gw[i][j] += slope * u[j] * x[i]
    return gw, gb, gu, gbeta


def parity_train(net, key, n, k, batch, first, last, lr, decay):
    """SGD with decay in the gradient, on the inputs of the steps first .. last - 1."""
    w, b, u, beta = [list(row) for row in net[0]], list(net[1]), list(net[2]), net[3]
    for t in range(first, last):
        items = [parity_input(key, t * batch + r, n, k) for r in range(batch)]
        xs, ys = [x for x, _ in items], [y for _, y in items]
        gw, gb, gu, gbeta = parity_gradient((w, b, u, beta), xs, ys)
        for j in range(len(u)):
            for i in range(n):
                w[i][j] -= lr * (gw[i][j] + decay * w[i][j])
            b[j] -= lr * (gb[j] + decay * b[j])
            u[j] -= lr * (gu[j] + decay * u[j])
        beta -= lr * (gbeta + decay * beta)
    return w, b, u, beta


def linear_complexity(bits):
    """The length of the shortest linear recurrence over F2 of a sequence (Berlekamp & Massey)."""
    c, b = [1] + [0] * len(bits), [1] + [0] * len(bits)
    length, since = 0, -1
    for i, bit in enumerate(bits):
        miss = bit
        for j in range(1, length + 1):
            miss ^= c[j] & bits[i - j]
        if miss:
            old = c[:]
            shift = i - since
            for j in range(len(bits) + 1 - shift):
                c[j + shift] ^= b[j]
            if 2 * length <= i:
                length, since, b = i + 1 - length, i, old
    return length


def never_falls(values):
    """Whether a sequence ascends, steps of zero allowed."""
    return all(a <= b for a, b in pairwise(values))


# --------------------------------------------------------------------------------------------------
# simlab/simulators/training/autoencoder.py
# --------------------------------------------------------------------------------------------------


def permutation(key, n):
    """Fisher and Yates' shuffle, from the end."""
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = naive.integer(key, i, i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def autoencoder_loss(params, images, width):
    """The mean squared error per value of a leaky autoencoder, parameters in one flat list."""
    n = len(images[0])
    p = iter(params)
    first = [[next(p) for _ in range(width)] for _ in range(n)]
    b = [next(p) for _ in range(width)]
    second = [[next(p) for _ in range(n)] for _ in range(width)]
    c = [next(p) for _ in range(n)]
    total = 0.0
    for x in images:
        z = [b[j] + sum(x[i] * first[i][j] for i in range(n)) for j in range(width)]
        a = [v if v > 0 else 0.1 * v for v in z]
        for i in range(n):
            total += (c[i] + sum(a[j] * second[j][i] for j in range(width)) - x[i]) ** 2
    return total / (len(images) * n)


# --------------------------------------------------------------------------------------------------
# simlab/simulators/training/classifier.py
# --------------------------------------------------------------------------------------------------


def classifier_loss(params, images, labels, width, n_classes):
    """The mean cross-entropy of a leaky perceptron, parameters in one flat list."""
    n = len(images[0])
    p = iter(params)
    first = [[next(p) for _ in range(width)] for _ in range(n)]
    b = [next(p) for _ in range(width)]
    second = [[next(p) for _ in range(n_classes)] for _ in range(width)]
    c = [next(p) for _ in range(n_classes)]
    total = 0.0
    for x, label in zip(images, labels, strict=True):
        z = [b[j] + sum(x[i] * first[i][j] for i in range(n)) for j in range(width)]
        a = [v if v > 0 else 0.1 * v for v in z]
        out = [c[k] + sum(a[j] * second[j][k] for j in range(width)) for k in range(n_classes)]
        highest = max(out)
        total += highest + math.log(sum(math.exp(o - highest) for o in out)) - out[label]
    return total / len(images)
