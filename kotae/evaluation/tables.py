"""The verdict as tables for a terminal."""

from __future__ import annotations

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


def tables(verdict: Verdict, *, by_type: Sequence[str] = ()) -> Iterator[Table]:
    """A table of all metrics, then one for each metric of `by_type` with a row for each type of question."""
    yield _overall(verdict)
    for name in by_type:
        if (info := next((m for m in verdict.metrics if m.name == name), None)) is not None and verdict.types:
            yield _by_type(verdict, info)
    if verdict.standings:
        yield _standings("By votes", verdict.standings)
    if verdict.judged:
        yield _standings(_by_judge(verdict), verdict.judged)
    if verdict.money:
        yield _money(verdict.money)


def _table(title: str, first: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE, pad_edge=False)
    table.add_column(Text(escape_controls(first)), no_wrap=True)
    for column in columns:
        table.add_column(Text(escape_controls(column)), justify="right")
    return table


def _overall(verdict: Verdict) -> Table:
    table = _table(f"{verdict.questions} questions", "", (*verdict.backends, "told apart"))
    for group in GROUPS:
        members = [metric for metric in verdict.metrics if metric.group == group]
        for place, metric in enumerate(members):
            cells = [_cell(verdict.figure(metric.name, backend), metric) for backend in verdict.backends]
            last = place == len(members) - 1
            table.add_row(Text(_named(metric)), *cells, _apart(verdict, metric, ALL), end_section=last)
    return table


def _by_type(verdict: Verdict, metric: MetricInfo) -> Table:
    table = _table(f"{_named(metric)}, by type of question", "", (*verdict.backends, "told apart"))
    for kind in (*verdict.types, ALL):
        cells = [_cell(verdict.figure(metric.name, backend, kind), metric) for backend in verdict.backends]
        label = Text(escape_controls(kind) if kind else "all", style="" if kind else "bold")
        table.add_row(label, *cells, _apart(verdict, metric, kind))
    return table


def _apart(verdict: Verdict, metric: MetricInfo, kind: str) -> Text:
    """How many of the pairs of backends can be told apart by a metric; that none can is said."""
    pairs = [d for d in verdict.differences if (d.metric, d.type) == (metric.name, kind)]
    told = sum(pair.distinguishable for pair in pairs)
    if not pairs:
        return Text("")
    return (
        Text("no", style="dim")
        if not told
        else Text("yes" if told == len(pairs) else f"{told} of {len(pairs)}")
    )


def _named(metric: MetricInfo) -> str:
    unit = f" ({metric.unit})" if metric.unit else ""
    return f"{metric.name}{unit}{'' if metric.higher_is_better else ' ↓'}"


def _cell(figure: Figure | None, metric: MetricInfo) -> Text:
    if figure is None:
        return Text("–", style="dim")
    text = Text()
    mark = "" if figure.best or not figure.like_best else UNSURE
    text.append(f"{mark}{_number(figure.mean, metric)}", style="bold" if figure.best else "")
    if figure.low is not None and figure.high is not None:
        text.append(f" {_number(figure.low, metric)}–{_number(figure.high, metric)}", style="dim")
    text.append(f" n={figure.count}", style="dim")
    return text


def _number(value: float, metric: MetricInfo) -> str:
    return f"{100 * value:.0f}%" if metric.share else f"{value:.3g}"


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
