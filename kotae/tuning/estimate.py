"""What training on a file costs, and from when on it pays for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from kotae.evaluation.costs import BreakEven, Plan, break_even, price
from kotae.tuning.rows import Row
from kotae.tuning.tokens import Tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The tokens of a file."""

    rows: int
    total: int
    """Of all rows, as a service counts them."""
    longest: int
    learnt: int
    """Of the answers."""
    prompt: float
    """What is sent for an answer, on average: instruction, conversation and question."""
    answer: float
    """What comes back, on average."""
    instruction: float
    """The part of what is sent that is the instruction."""


def counted(rows: Sequence[Row], tokenizer: Tokenizer) -> Counted:
    """The tokens of rows; there has to be one."""
    whole = [tokenizer.row(row) for row in rows]
    answers = [tokenizer.count(row.answer) for row in rows]
    prompts = [tokenizer.messages(row.messages[:-1]) for row in rows]
    return Counted(
        rows=len(rows),
        total=sum(whole),
        longest=max(whole),
        learnt=sum(answers),
        prompt=fmean(prompts),
        answer=fmean(answers),
        instruction=fmean(tokenizer.count(row.system) for row in rows),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """All per million tokens, in one currency, but for the hosting."""

    training: float = 0.0
    input: float = 0.0
    output: float = 0.0
    base_input: float = 0.0
    """Of the model that the fine-tuned one is held against."""
    base_output: float = 0.0
    hosting_per_day: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """Another way of getting the same answers: what stands in the prompt in place of what was learnt."""

    name: str
    tokens: float
    """Sent for each answer, beside what is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The fine-tuned model held against another way."""

    name: str
    prompt: float
    """Tokens that it sends for an answer."""
    plan: Plan
    when: BreakEven
    days: float | None
    """After which all is earned back at the traffic; None: never, or no traffic was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What it comes to."""

    counted: Counted
    epochs: int
    trained: int
    """Tokens that are paid for: those of the file, once an epoch."""
    plan: Plan
    against: tuple[Compared, ...]


def estimate(
    found: Counted,
    prices: Prices,
    *,
    epochs: int = 3,
    against: Sequence[Against] = (),
    answers_per_day: float | None = None,
) -> Estimate:
    """Training, answers and break-even.

    The other ways send their tokens beside the same conversation and question, without the instruction that the rows have.
    """
    trained = found.total * epochs
    plan = Plan(
        per_answer=price(found.prompt, prices.input) + price(found.answer, prices.output),
        training=price(trained, prices.training),
        hosting_per_day=prices.hosting_per_day,
    )
    compared = []
    for other in against:
        prompt = found.prompt - found.instruction + other.tokens
        base = Plan(per_answer=price(prompt, prices.base_input) + price(found.answer, prices.base_output))
        when = break_even(plan, base)
        days = when.days(plan, base, answers_per_day) if answers_per_day is not None else None
        compared.append(Compared(name=other.name, prompt=prompt, plan=base, when=when, days=days))
    return Estimate(counted=found, epochs=epochs, trained=trained, plan=plan, against=tuple(compared))


def to_dict(told: Estimate) -> dict[str, Any]:
    """The estimate as JSON has it."""
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(told)
    return plain
