"""Bipartite percolation of concepts: a true transition, rounded by finite size.

Lubana et al. 2024, arXiv 2408.12578: a model learns which entities go with which properties, edge
by edge; it can answer about a pair it never saw once the two lie in one connected cluster. With
``n_entities`` and ``n_properties`` nodes, a giant cluster appears at sqrt(n_entities n_properties)
random edges. In the limit of many nodes, shares S and T of entities and properties lie in it, with

    S = 1 - exp(-(edges / n_entities) T),  T = 1 - exp(-(edges / n_properties) S),

and a pair is connected with probability S T: 0 up to the threshold, then rising at once.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simlab._jit import kernel
from simlab.errors import UsageError
from simlab.simulators.binomial import binomial
from simlab.simulators.zoo.kind import Draw, Floats, Ints, Kind, Truth, positive, whole, within
from simlab.streams import child, integer, seed_key

_GRAPHS = 2000
_MOST_EDGES = 1e7


@dataclass(frozen=True, kw_only=True)
class Percolation(Kind):
    """Pairs of entity and property that are connected; one graph that grows with scale a curve.

    ``expected`` is the mean over 2,000 graphs of this size, to about 0.003; ``limit`` is the
    closed form.
    """

    n_entities: int = 500
    n_properties: int = 500
    growth: float = 0.5
    """Edges known rise as N^growth."""
    break_at: float = 3e9
    """Scale at which the edges number sqrt(n_entities n_properties)."""

    chunk: ClassVar[int] = 64

    def __post_init__(self) -> None:
        whole(self, "n_entities", 1, 10**6)
        whole(self, "n_properties", 1, 10**6)
        within(self, "growth", 0.0, 100.0)
        positive(self, "break_at")

    @property
    def truth(self) -> Truth:
        """See `Kind.truth`."""
        reason = "A giant cluster of known pairs appears: a phase transition, rounded by its size."
        return Truth("yes", self.break_at, True, reason, "Lubana et al. 2024, arXiv 2408.12578")

    def edges(self, log_scales: Floats) -> Ints:
        """Return the edges known at each scale, (n_scales,) int64; UsageError beyond 1e7."""
        x = self.growth * (log_scales - math.log(self.break_at))
        ln_edges = 0.5 * math.log(self.n_entities * self.n_properties) + x
        if ln_edges.max(initial=0.0) > math.log(_MOST_EDGES):
            raise UsageError(
                f"Percolation: exp({ln_edges.max():.1f}) edges at the largest scale; at most 1e7 "
                "are drawn: give smaller scales, less growth or a larger break_at"
            )
        return np.rint(np.exp(ln_edges)).astype(np.int64)

    def limit(self, log_scales: Floats) -> Floats:
        """Return the connected share of pairs in the limit of many nodes, (n_scales,)."""
        shares = [self._limit1(float(m)) for m in self.edges(log_scales)]
        return np.array(shares)

    def _limit1(self, edges: float) -> float:
        """Return S T: bisection on S, since S - F(S) changes its sign once above 0."""
        a, b = edges / self.n_entities, edges / self.n_properties
        if a * b <= 1.0:
            return 0.0
        low, high = 1e-12, 1.0
        for _ in range(200):
            s = 0.5 * (low + high)
            if -math.expm1(a * math.expm1(-b * s)) > s:
                low = s
            else:
                high = s
        return -low * math.expm1(-b * low)

    def expected(
        self, log_scales: Floats, *, chance: float = 0.0, metric: str | None = None
    ) -> Floats:
        """See `Kind.expected`; the mean over 2,000 graphs of their own."""
        edges, place = np.unique(self.edges(log_scales), return_inverse=True)
        share = np.array(_mean_shares(self.n_entities, self.n_properties, tuple(edges.tolist())))
        return np.asarray(chance + (1.0 - chance) * share[place])

    def sums(self, draw: Draw, metric: str) -> Ints | Floats:
        """See `Kind.sums`."""
        edges = self.edges(draw.log_scales)
        order = np.argsort(edges, kind="stable")
        counts = np.empty((draw.n_curves, len(edges)), np.int64)
        _questions(
            self.key(draw, "graph"),
            self.scale_keys(draw),
            draw.first,
            self.n_entities,
            self.n_properties,
            edges,
            order,
            draw.n_items,
            draw.chance,
            counts,
        )
        return counts


@lru_cache(maxsize=64)
def _mean_shares(n_entities: int, n_properties: int, edges: tuple[int, ...]) -> tuple[float, ...]:
    total = np.zeros(len(edges))
    key = seed_key(0, "zoo", "percolation", n_entities, n_properties)
    _add_shares(key, _GRAPHS, n_entities, n_properties, np.array(edges, np.int64), total)
    return tuple((total / _GRAPHS).tolist())


@kernel
def _root(parent: Ints, node: int) -> int:
    """Return the root of a node's cluster; every second parent on the way is shortened."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel
def connected_shares(
    key: np.uint64, n_entities: int, n_properties: int, edges: Ints, parent: Ints, held: Ints
) -> Floats:
    """Return the connected share of pairs after each number of edges, in ascending order.

    ``parent`` (n_nodes,) and ``held`` (2 n_nodes,) are scratch. Edge e has the counters 2 e and
    2 e + 1 of the stream, so that a larger graph contains the smaller ones.
    """
    n_nodes = n_entities + n_properties
    entities, properties = held[:n_nodes], held[n_nodes:]
    for node in range(n_nodes):
        parent[node] = node
        entities[node] = node < n_entities
        properties[node] = node >= n_entities
    shares = np.empty(len(edges))
    pairs, e = 0, 0
    for s in range(len(edges)):
        while e < edges[s]:
            u = integer(key, np.uint64(2 * e), n_entities)
            v = n_entities + integer(key, np.uint64(2 * e + 1), n_properties)
            u, v = _root(parent, u), _root(parent, v)
            e += 1
            if u == v:
                continue
            if entities[u] + properties[u] < entities[v] + properties[v]:
                u, v = v, u
            pairs += entities[u] * properties[v] + entities[v] * properties[u]
            parent[v] = u
            entities[u] += entities[v]
            properties[u] += properties[v]
        shares[s] = pairs / (n_entities * n_properties)
    return shares


@kernel
def _add_shares(
    key: np.uint64, n_graphs: int, n_entities: int, n_properties: int, edges: Ints, total: Floats
) -> None:
    n_nodes = n_entities + n_properties
    parent, held = np.empty(n_nodes, np.int64), np.empty(2 * n_nodes, np.int64)
    for graph in range(n_graphs):
        own = child(key, np.uint64(graph))
        total += connected_shares(own, n_entities, n_properties, edges, parent, held)


@kernel
def _questions(
    graph_key: np.uint64,
    scale_keys: NDArray[np.uint64],
    first: int,
    n_entities: int,
    n_properties: int,
    edges: Ints,
    order: Ints,
    n_items: int,
    chance: float,
    counts: Ints,
) -> None:
    """Ask about random pairs: right if connected, else by chance."""
    n_nodes = n_entities + n_properties
    parent, held = np.empty(n_nodes, np.int64), np.empty(2 * n_nodes, np.int64)
    for c in range(len(counts)):
        curve = np.uint64(first + c)
        own = child(graph_key, curve)
        shares = connected_shares(own, n_entities, n_properties, edges[order], parent, held)
        for s in range(len(order)):
            p = min(chance + (1.0 - chance) * shares[s], 1.0)
            counts[c, order[s]] = binomial(scale_keys[order[s]], curve, n_items, p)
