"""Fine-tuning rows for chat models, as OpenAI's and most other trainers take them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kotae import Conversation, Turn
from plugins.exports.json import dumps


class ChatRows:
    """`{"messages": [...]}`, a line a conversation: the branch on view, question and answer in turn.

    An answer that did not end by itself, or a flag of which the reader has confirmed, is not to be learnt: its `weight` is 0. A
    conversation in which nothing is to be learnt gives no line.
    """

    name = "chat"
    suffix = ".jsonl"
    about = "fine-tuning rows, a line a conversation: {messages: [...]} of the branch on view"

    def write(self, conversations: Iterable[Conversation]) -> Iterator[str]:
        for conversation in conversations:
            turns = [turn for turn in conversation.branch() if turn.answer]
            if any(to_be_learnt(turn) for turn in turns):
                yield dumps({"messages": [message for turn in turns for message in _messages(turn)]})
                yield "\n"


def to_be_learnt(turn: Turn) -> bool:
    """Whether an answer is whole, and no flag of it was confirmed."""
    return turn.status == "stop" and all(flag.verdict != "confirmed" for flag in turn.flags)


def _messages(turn: Turn) -> list[dict[str, Any]]:
    answer: dict[str, Any] = {"role": "assistant", "content": turn.answer}
    if not to_be_learnt(turn):
        answer["weight"] = 0
    return [{"role": "user", "content": turn.question}, answer]
