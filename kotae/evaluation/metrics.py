"""What a metric is: a name, what it tells of, and a score for each answer.

The bundled ones are registered through the hook that third parties use, `register_metrics`; `per_answer` makes one of a function.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from kotae.conversation import Turn
from kotae.evaluation.questions import Question

Group = Literal["knowledge", "form", "retrieval", "grounding", "people", "effort"]
"""What a metric tells of. Accuracy of knowledge (is what it says right?) and of form (is it said as required?) are never mixed."""
Score = float | None
"""None: the metric does not apply to that answer, which then counts nowhere."""

METRIC_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_@]{0,39}")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that is to be scored."""

    question: Question
    turn: Turn

    @property
    def text(self) -> str:
        """What was answered."""
        return self.turn.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Scores many answers at once: what asks a model or an encoder does so in batches."""

    name: str
    """As tables and JSON name it: letters, digits, `_`, `@`."""
    group: Group
    score: Callable[[Sequence[Answer]], Awaitable[Sequence[Score]]]
    """A score for each answer, in their order."""
    higher_is_better: bool = True
    share: bool = True
    """Whether scores lie from 0 to 1 and are shown as percentages."""
    unit: str = ""
    about: str = ""
    """One sentence that says what it measures, for the report."""


def per_answer(
    name: str,
    group: Group,
    function: Callable[[Answer], Score],
    *,
    higher_is_better: bool = True,
    share: bool = True,
    unit: str = "",
) -> Metric:
    """A metric that looks at one answer at a time. What it measures is told by the first line of the function's docstring."""

    async def score(answers: Sequence[Answer]) -> list[Score]:
        return [function(answer) for answer in answers]

    about = (function.__doc__ or "").strip().partition("\n")[0]
    return Metric(
        name=name,
        group=group,
        score=score,
        higher_is_better=higher_is_better,
        share=share,
        unit=unit,
        about=about,
    )
