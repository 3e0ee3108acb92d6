"""What all charts share: type, grid and margins, as a Vega-Lite config."""

from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif"
INK = "#1f2937"

CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "#ffffff",
    "padding": 8,
    "view": {"stroke": "#d1d5db"},
    "axis": {
        "gridColor": "#eceef1",
        "domainColor": "#9ca3af",
        "tickColor": "#9ca3af",
        "labelColor": "#4b5563",
        "titleColor": INK,
        "titleFontWeight": "normal",
        "labelFontSize": 11,
        "titleFontSize": 12,
    },
    "legend": {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "symbolStrokeWidth": 2,
        "symbolOpacity": 1,
    },
}
