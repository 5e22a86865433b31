"""The verdict as tables for a terminal."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from kotae.evaluation.scoring import ALL
from kotae.plain import escape_controls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kotae.evaluation.diff import Changed, Moved
    from kotae.evaluation.verdict import Figure, MetricInfo, Money, Verdict

GROUPS = ("knowledge", "form", "grounding", "retrieval", "people", "effort")
UNSURE = "≈"
"""Stands beside a figure that can't be told from the best."""
_NARROW = 9
"""Columns that a cell takes where there is little room."""


def tables(verdict: Verdict, *, by_type: Sequence[str] = (), width: int = 80) -> Iterator[Table]:
    """Tables of all metrics, then of each metric of `by_type` with a row for each type of question.

    Args:
        width: of the terminal, in columns. Where it is too narrow an interval stands below its mean, and where that is not
            enough the backends are divided among several tables.
    """
    yield from _fitted(f"{verdict.questions} questions", _overall(verdict), verdict, width)
    for name in by_type:
        if (info := next((m for m in verdict.metrics if m.name == name), None)) is not None and verdict.types:
            title = f"{_named(info)}, by type of question"
            yield from _fitted(title, _by_type(verdict, info), verdict, width)
    if verdict.standings:
        yield _standings("By votes", verdict.standings)
    if verdict.judged:
        yield _standings(_by_judge(verdict), verdict.judged)
    if verdict.money:
        yield _money(verdict.money)


def _table(title: str, first: str, columns: Sequence[str]) -> Table:
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column(Text(escape_controls(first)), no_wrap=True)
    for column in columns:
        table.add_column(Text(escape_controls(column)), justify="right", overflow="fold")
    return table


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a table of figures: a metric, or a type of question."""

    label: Text
    metric: MetricInfo
    kind: str
    last: bool = False
    """Whether a gap comes after it."""


def _overall(verdict: Verdict) -> list[_Row]:
    rows = []
    for group in GROUPS:
        members = [metric for metric in verdict.metrics if metric.group == group]
        for place, metric in enumerate(members, 1):
            rows.append(_Row(Text(_named(metric)), metric, ALL, place == len(members)))
    return rows


def _by_type(verdict: Verdict, metric: MetricInfo) -> list[_Row]:
    return [
        *(_Row(Text(escape_controls(kind)), metric, kind) for kind in verdict.types),
        _Row(Text("all", style="bold"), metric, ALL),
    ]


def _fitted(title: str, rows: list[_Row], verdict: Verdict, width: int) -> Iterator[Table]:
    backends = verdict.backends
    wide = _figures(title, rows, verdict, backends, stacked=False)
    if _width_of(wide) <= width:
        yield wide
        return
    blocks = 1
    while True:
        size = math.ceil(len(backends) / blocks)
        parts = [backends[start : start + size] for start in range(0, len(backends), size)]
        found = [_figures(title, rows, verdict, part, stacked=True) for part in parts]
        if size == 1 or all(_width_of(table) <= width for table in found):
            yield from found
            return
        blocks += 1


def _width_of(table: Table) -> int:
    from rich.console import Console

    return Console(width=10_000).measure(table).maximum


def _figures(
    title: str, rows: list[_Row], verdict: Verdict, backends: Sequence[str], *, stacked: bool
) -> Table:
    heads = [_broken(backend) if stacked else backend for backend in backends]
    compared = len(verdict.backends) > 1
    last = ("told\napart" if stacked else "told apart",) if compared else ()
    table = _table(title, "", (*heads, "n", *last))
    for row in rows:
        figures = [verdict.figure(row.metric.name, backend, row.kind) for backend in backends]
        most = max((figure.count for figure in figures if figure is not None), default=0)
        table.add_row(
            row.label,
            *(_cell(figure, row.metric, most, stacked=stacked) for figure in figures),
            Text(str(most) if most else "", style="dim"),
            *([_apart(verdict, row.metric, row.kind, "/" if stacked else " of ")] if compared else []),
            end_section=row.last,
        )
    return table


def _broken(name: str) -> str:
    """A long name on several lines, broken after `_`, `-`, `.` and `/`."""
    if len(name) <= _NARROW:
        return name
    lines = [""]
    for piece in re.findall(r"[^-_./]*[-_./]?", escape_controls(name)):
        if lines[-1] and len(lines[-1] + piece) > _NARROW:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def _apart(verdict: Verdict, metric: MetricInfo, kind: str, of: str) -> Text:
    """How many of the pairs of backends can be told apart by a metric; that none can is said."""
    pairs = [d for d in verdict.differences if (d.metric, d.type) == (metric.name, kind)]
    told = sum(pair.distinguishable for pair in pairs)
    if not pairs:
        return Text("")
    if not told:
        return Text("no", style="dim")
    return Text("yes" if told == len(pairs) else f"{told}{of}{len(pairs)}")


def _named(metric: MetricInfo) -> str:
    unit = f" ({metric.unit})" if metric.unit else ""
    return f"{metric.name}{unit}{'' if metric.higher_is_better else ' ↓'}"


def _cell(figure: Figure | None, metric: MetricInfo, most: int, *, stacked: bool) -> Text:
    """A mean with its interval. How many questions it is over stands in a column of its own; here too where it is fewer."""
    if figure is None:
        return Text("–", style="dim")
    mark = "" if figure.best or not figure.like_best else UNSURE
    parts = [Text(f"{mark}{_number(figure.mean, metric)}", style="bold" if figure.best else "")]
    if figure.low is not None and figure.high is not None:
        parts.append(Text(_interval(figure.low, figure.high, metric, stacked=stacked), style="dim"))
    if figure.count != most:
        parts.append(Text(f"n={figure.count}", style="dim"))
    return Text("\n" if stacked else " ").join(parts)


def _number(value: float, metric: MetricInfo) -> str:
    return f"{100 * value:.0f}%" if metric.share else f"{value:.3g}"


def _interval(low: float, high: float, metric: MetricInfo, *, stacked: bool) -> str:
    if metric.share:
        return f"{100 * low:.0f}–{100 * high:.0f}%"
    if not stacked:
        return f"{low:.3g}–{high:.3g}"
    ends = [f"{end:.0f}" if abs(end) >= 100 else f"{end:.2g}" for end in (low, high)]
    # Where both ends don't fit beside each other the line is broken after the dash.
    return ("–\n" if len("–".join(ends)) > _NARROW - 2 else "–").join(ends)


def _by_judge(verdict: Verdict) -> str:
    found = verdict.agreement
    if found is None:
        return "By the judge"
    kappa = "undefined" if found.kappa is None else f"{found.kappa:.2f}"
    return f"By the judge (agreement with votes: kappa {kappa}, n={found.count})"


def _standings(title: str, rows: Sequence[dict[str, Any]]) -> Table:
    table = _table(title, "", ("win rate", "strength (Bradley-Terry)", "comparisons"))
    for row in rows:
        rate = row["win_rate"]
        table.add_row(
            Text(escape_controls(row["backend"])),
            _between(rate["mean"], rate["low"], rate["high"]),
            _between(row["strength"], row["low"], row["high"]),
            str(row["comparisons"]),
        )
    return table


def _between(mean: float, low: float | None, high: float | None) -> Text:
    interval = f" {low:.0%}–{high:.0%}" if low is not None and high is not None else ""
    return Text.assemble(f"{mean:.0%}", (interval, "dim"))


def _money(rows: Sequence[Money]) -> Table:
    columns = ("per answer", "per 1,000", "training", "hosting a day", "pays for itself")
    table = _table("Cost", "", columns)
    for row in rows:
        table.add_row(
            Text(escape_controls(row.backend)),
            f"{row.per_answer:.6g}",
            f"{row.per_thousand:.6g}",
            f"{row.training:.6g}",
            f"{row.hosting_per_day:.6g}",
            _pays(row),
        )
    return table


def _pays(row: Money) -> str:
    if not row.against or row.saved_per_answer is None:
        return "–"
    if row.saved_per_answer <= 0 and (row.training or row.hosting_per_day):
        return f"never: an answer costs no less than {escape_controls(row.against)}'s"
    said = []
    if row.break_even_answers:
        said.append(f"after {row.break_even_answers:,.1f} answers")
    if row.break_even_answers_per_day:
        said.append(f"from {row.break_even_answers_per_day:,.0f} answers a day (hosting)")
    return " and ".join(said) or "at once"


_GLYPHS = {"better": "▲ better", "worse": "▼ worse", "same": "≈", "changed": "changed"}
_STYLES = {"better": "green", "worse": "red", "same": "dim", "changed": "dim"}


def moved_table(rows: Sequence[Moved]) -> Table:
    """The means before and after."""
    table = _table("Means", "backend", ("metric", "before", "after", "difference (95 %)", "n", ""))
    for row in rows:
        interval = (
            f" {row.low:+.3g} to {row.high:+.3g}" if row.low is not None and row.high is not None else ""
        )
        table.add_row(
            Text(escape_controls(row.backend)),
            Text(row.metric),
            f"{row.before:.3g}",
            f"{row.after:.3g}",
            Text.assemble(f"{row.after - row.before:+.3g}", (interval, "dim")),
            str(row.count),
            Text(_GLYPHS[row.direction], style=_STYLES[row.direction]),
        )
    return table


def changed_table(rows: Sequence[Changed]) -> Table:
    """Answers whose scores moved."""
    table = _table("Answers", "question", ("backend", "metric", "before", "after", ""))
    for row in rows:
        table.add_row(
            Text(escape_controls(row.question)),
            Text(escape_controls(row.backend)),
            Text(row.metric),
            *("–" if value is None else f"{value:.3g}" for value in (row.before, row.after)),
            Text(_GLYPHS[row.direction], style=_STYLES[row.direction]),
        )
    return table
