"""The line under an answer: who said it, how fast, how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.conversation import Turn
    from tui.strings import Strings

STOPPED, FAILED = "■", "✗"
SEPARATOR = " · "


def footer(
    turn: Turn, text: Strings, *, in_history: bool = True, vote: str = "", marks: Sequence[str] = ()
) -> str:
    """What is known of `turn`, its flags aside. `vote` says what came of voting on it, `marks` where it stands in the tree."""
    parts = [turn.backend, *_state(turn, text), *filter(None, (vote,))]
    if turn.rewrite is not None and turn.rewrite.method == "edited":
        parts.append(text.edited_query)
    if turn.pages:
        titles = ", ".join(one_line(page.title or page.document) for page in turn.pages)
        parts.append(text.commands.with_pages.format(pages=titles))
    if not in_history:
        parts.append(text.not_in_history)
    parts += marks
    parts += measured(turn, text)
    if turn.usage is not None and turn.usage.model:
        parts.append(turn.usage.model)
    return SEPARATOR.join(parts)


def measured(turn: Turn, text: Strings) -> list[str]:
    """Timings, tokens and cost, as far as they are known."""
    parts = []
    if turn.first_token is not None:
        parts.append(text.first.format(seconds=_seconds(turn.first_token)))
    if turn.total is not None:
        parts.append(text.seconds.format(seconds=_seconds(turn.total)))
    if turn.usage is not None:
        speed = tokens_per_second(turn)
        rate = text.rate.format(rate=f"{speed:.0f}") if speed is not None else ""
        sent, received = turn.usage.prompt_tokens, turn.usage.completion_tokens
        parts.append(text.tokens.format(sent=sent, received=received, rate=rate))
    if turn.cost is not None:
        parts.append(text.cost.format(cost=_money(turn.cost)))
    return parts


def tokens_per_second(turn: Turn) -> float | None:
    """Answer tokens a second, counted from the first one; None when too little came to say."""
    if (
        turn.usage is None
        or turn.total is None
        or turn.first_token is None
        or turn.usage.completion_tokens < 2
    ):
        return None
    streaming = turn.total - turn.first_token
    return (turn.usage.completion_tokens - 1) / streaming if streaming >= 0.05 else None


def _state(turn: Turn, text: Strings) -> list[str]:
    if turn.status == "cancelled":
        return [f"{STOPPED} {text.stopped}"]
    if turn.status == "length":
        return [f"{STOPPED} {text.cut_off}"]
    if turn.status == "error":
        return [f"{FAILED} {text.failed}"]
    return []


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _money(value: float) -> str:
    return f"{value:.4f}" if value >= 0.001 else f"{value:.2g}"
