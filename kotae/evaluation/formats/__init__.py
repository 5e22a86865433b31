"""What other tools use: question sets and answers, out and in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kotae.evaluation.formats import inspect_log, promptfoo, ragas, tabular
from kotae.evaluation.metrics import Answer
from kotae.evaluation.questions import EvaluationError, Question


@dataclass(frozen=True, slots=True)
class Format:
    """One format. What it can't do is None."""

    name: str
    about: str
    read: Callable[[str], list[Question]] | None = None
    """Questions from a file's text; raises ValueError for one that is none, saying why."""
    write: Callable[[Sequence[Answer]], str] | None = None
    """A file's text of answers, or of the questions behind them."""


FORMATS = (
    Format("jsonl", "question set, one JSON object a line", tabular.read_jsonl, tabular.write_jsonl),
    Format("csv", "question set as a table", tabular.read_csv, tabular.write_csv),
    Format("promptfoo", "test cases of promptfoo, YAML or JSON", promptfoo.read, promptfoo.write),
    Format("inspect", "log of Inspect as JSON, a sample an answer", inspect_log.read, inspect_log.write),
    Format("ragas", "rows of Ragas, one JSON object a line", ragas.read, ragas.write),
)


def by_name(name: str) -> Format:
    """The format of that name.

    Raises:
        EvaluationError: there is none.
    """
    for known in FORMATS:
        if known.name == name:
            return known
    raise EvaluationError(
        f"There is no format {name!r}.", f"Choose from: {', '.join(f.name for f in FORMATS)}."
    )
