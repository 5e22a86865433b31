"""Fine-tuning rows from votes: preference pairs, and the answers that were picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kotae.preferences import PreferencePair, preference_pairs
from plugins.exports.json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kotae.conversation import Conversation


class PreferencePairs:
    """Rows as OpenAI's preference fine-tuning takes them: https://platform.openai.com/docs/guides/direct-preference-optimization."""

    name = "preferences"
    suffix = ".jsonl"
    about = "preference pairs from votes, for preference fine-tuning (DPO): a line a pair"

    def write(self, conversations: Iterable[Conversation]) -> Iterator[str]:
        """A row for each answer that another one was preferred to."""
        for conversation in conversations:
            for pair in preference_pairs(conversation):
                yield dumps(
                    {
                        "input": {"messages": _prefix(pair), "tools": [], "parallel_tool_calls": True},
                        "preferred_output": [_said(pair.chosen.answer)],
                        "non_preferred_output": [_said(pair.rejected.answer)],
                    }
                )
                yield "\n"


class PickedRows:
    """Chat rows of the answers that a vote picked, each once."""

    name = "picked"
    suffix = ".jsonl"
    about = "fine-tuning rows of the answers that were picked in votes: a line an answer"

    def write(self, conversations: Iterable[Conversation]) -> Iterator[str]:
        """A row for each answer that was preferred, with what was said before."""
        for conversation in conversations:
            picked = {pair.chosen.id: pair for pair in preference_pairs(conversation)}
            for pair in picked.values():
                yield dumps({"messages": [*_prefix(pair), _said(pair.chosen.answer)]})
                yield "\n"


def _prefix(pair: PreferencePair) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in pair.prefix]


def _said(answer: str) -> dict[str, str]:
    return {"role": "assistant", "content": answer}
