"""What answers cost, and from how many of them a fine-tuned model pays for itself."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One way of answering, as money sees it; all in one currency."""

    per_answer: float
    """Price of the tokens of an answer, on average."""
    training: float = 0.0
    """Paid once."""
    hosting_per_day: float = 0.0
    """Paid whatever the traffic."""

    def per_day(self, answers: float) -> float:
        """What a day with so many answers costs; training aside."""
        return self.hosting_per_day + answers * self.per_answer

    def total(self, answers_per_day: float, days: float) -> float:
        """What so many days cost, with training."""
        return self.training + days * self.per_day(answers_per_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """When one plan, whose answers are cheaper, has earned back what it costs beside them."""

    saved_per_answer: float
    """Negative: its answers cost more."""
    answers: float | None
    """Answers after which training is earned back, hosting aside; None: never."""
    answers_per_day: float | None
    """Answers a day that earn back what hosting costs more; 0 where it costs no more, None: no traffic does."""

    def days(self, plan: Plan, base: Plan, answers_per_day: float) -> float | None:
        """Days after which all is earned back at a traffic; None: never."""
        gained = base.per_day(answers_per_day) - plan.per_day(answers_per_day)
        owed = plan.training - base.training
        if owed <= 0:
            return 0.0 if gained >= 0 else None
        return owed / gained if gained > 0 else None


def break_even(plan: Plan, base: Plan) -> BreakEven:
    """When `plan` pays for itself against `base`."""
    saved = base.per_answer - plan.per_answer
    owed = plan.training - base.training
    floor = plan.hosting_per_day - base.hosting_per_day
    return BreakEven(
        saved_per_answer=saved,
        answers=0.0 if owed <= 0 else owed / saved if saved > 0 else None,
        answers_per_day=0.0 if floor <= 0 else floor / saved if saved > 0 else None,
    )


def price(tokens: float, per_million: float) -> float:
    """The price of tokens."""
    return tokens * per_million / 1_000_000


def rounded_up(answers: float) -> int:
    """The first whole number of answers that is enough."""
    return math.ceil(answers - 1e-9)
