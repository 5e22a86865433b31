"""Charts as inline SVG: means with their intervals. Drawn by matplotlib; the page's style sheet gives the colours."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from kotae.evaluation.verdict import Figure, MetricInfo, Verdict
from kotae.plain import escape_controls

_INK = "#010203"
"""Stands for the page's text colour until the chart is written."""
_ROW = 0.24
"""Inches a backend's line takes."""
_WIDTH = 7.4


def colour(place: int) -> str:
    """How the page's variable `--backend-PLACE` is told to the library, which knows no variables."""
    return f"#0000{place:02x}"


def means(verdict: Verdict, metrics: Sequence[MetricInfo], colours: Sequence[str]) -> str:
    """A dot and its 95 % interval for each backend, a group a metric; the metrics are shares. Empty: there is nothing to draw."""
    rows = [
        (metric.name + ("" if metric.higher_is_better else " ↓"), _figures(verdict, metric.name, ""))
        for metric in metrics
    ]
    return _dots([row for row in rows if any(row[1])], verdict.backends, colours)


def by_type(verdict: Verdict, metric: MetricInfo, colours: Sequence[str]) -> str:
    """The same for one metric, a group a type of question."""
    rows = [(kind, _figures(verdict, metric.name, kind)) for kind in verdict.types]
    return _dots([row for row in rows if any(row[1])], verdict.backends, colours)


def _figures(verdict: Verdict, metric: str, kind: str) -> list[Figure | None]:
    return [verdict.figure(metric, backend, kind) for backend in verdict.backends]


def _dots(
    rows: Sequence[tuple[str, list[Figure | None]]], backends: Sequence[str], colours: Sequence[str]
) -> str:
    if not rows:
        return ""
    from matplotlib.figure import Figure as Drawing

    step = len(backends) + 1
    drawing = Drawing(figsize=(_WIDTH, 0.5 + _ROW * step * len(rows)), layout="constrained")
    axes = drawing.subplots()
    for group, (_, figures) in enumerate(rows):
        for place, figure in enumerate(figures):
            if figure is not None:
                _dot(axes, figure, group * step + place, colours[place])
        if group:
            axes.axhline(
                group * step - 1, color=_INK, alpha=0.15, linewidth=0.8
            )  # what belongs together is told by it
    axes.set_yticks([group * step + (len(backends) - 1) / 2 for group in range(len(rows))])
    axes.set_yticklabels([_plain(name) for name, _ in rows])
    axes.set_ylim(step * len(rows) - 1.2, -0.8)
    axes.set_xlim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=_INK, length=0)
    axes.spines["bottom"].set_color(_INK)
    axes.grid(axis="x", color=_INK, alpha=0.15)
    axes.set_axisbelow(True)
    return _svg(drawing)


def _dot(axes: Any, figure: Figure, y: float, colour: str) -> None:
    if figure.low is not None and figure.high is not None:
        axes.hlines(y, figure.low, figure.high, color=colour, linewidth=2, alpha=0.55)
    axes.plot([figure.mean], [y], "o", color=colour, markersize=5, clip_on=False)


def _plain(name: str) -> str:
    """Names come from files: a `$` would be mathematics to the library."""
    return escape_controls(name).replace("$", r"\$")


def _svg(drawing: Any) -> str:
    import warnings

    import matplotlib

    out = io.StringIO()
    with (
        warnings.catch_warnings(),
        matplotlib.rc_context({"svg.fonttype": "none", "font.size": 9, "svg.hashsalt": "kotae"}),
    ):
        warnings.filterwarnings("ignore", "Glyph")  # the page's fonts draw the text, not the library's
        drawing.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"#0000([0-9a-f]{2})\b", lambda found: f"var(--backend-{int(found[1], 16)})", svg)
    return svg.replace(_INK, "currentColor")
