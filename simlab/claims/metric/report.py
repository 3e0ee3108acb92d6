"""What a search says of a metric: findings, one a property, each with the example that shows it."""

import msgspec

DEFINED, DETERMINISTIC, KEEPS = "gives a finite number", "deterministic", "leaves its input alone"
RETURNS = "comes back"
"""Told only of a metric that does not: see `simlab.claims.metric.apart`."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What the search says of one property."""

    property: str
    verdict: str
    """"yes", "no", "undecided", or the property itself, such as "higher is better"."""
    holds: bool | None
    """Whether no counterexample was found; None where the property is no yes-or-no question."""
    counterexample: str | None = None
    """The smallest one; where there is none to be had, the example that shows the verdict."""
    numbers: dict[str, float | str | None] = {}
    """The verdict in numbers, where it has any."""


class MetricReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a search says of a metric."""

    metric: str
    kind: str
    properties: list[Finding]
    traces: list[str]
    """Tracebacks of calls that raised, one a kind of error, for whoever debugs the metric."""

    def finding(self, property: str) -> Finding:
        """Return the finding whose name begins so."""
        return next(f for f in self.properties if f.property.startswith(property))

    @property
    def broken(self) -> list[str]:
        """One line for each way in which the metric is no function of its input."""
        words = {
            DEFINED: "",
            DETERMINISTIC: "is not deterministic: ",
            KEEPS: "changes its input: ",
            RETURNS: "",
        }
        return [
            f"{self.metric}: {words[f.property]}{f.counterexample}"
            for f in self.properties
            if f.property in words and f.holds is False
        ]
