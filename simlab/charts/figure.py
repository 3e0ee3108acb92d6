"""A figure: an Altair chart with the words that a reader needs beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import altair as alt


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a run; ``name`` becomes its file name under ``charts/``."""

    name: str
    title: str
    caption: str
    chart: alt.TopLevelMixin | Mapping[str, Any]
    """A chart, or the Vega-Lite specification that one was written as."""

    def spec(self) -> dict[str, Any]:
        """Return the Vega-Lite specification with its data inside; made once, not to be changed."""
        return self._spec

    @cached_property
    def _spec(self) -> dict[str, Any]:
        if isinstance(self.chart, Mapping):
            return dict(self.chart)
        return self.chart.to_dict(validate=False)
