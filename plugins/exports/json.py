"""Conversations as data: a line of JSON each, with all branches and everything that is known of each turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

import msgspec

from kotae import Conversation
from kotae.plain import encodable


class Json:
    """A conversation a line; `turns` is a list in the order in which they were asked, `parent` makes it a tree."""

    name = "json"
    suffix = ".jsonl"
    about = "one JSON object a conversation, a line each: all branches, passages, prompts, flags"

    def write(self, conversations: Iterable[Conversation]) -> Iterator[str]:
        for conversation in conversations:
            yield dumps(
                {
                    "id": conversation.id,
                    "created": conversation.created,
                    "title": conversation.title,
                    "pinned": conversation.pinned,
                    "head": conversation.head,
                    "turns": [asdict(turn) for turn in conversation.turns.values()],
                }
            )
            yield "\n"


def dumps(data: object) -> str:
    """JSON that can be encoded, whatever a transcript holds."""
    try:
        return msgspec.json.encode(data).decode()
    except UnicodeEncodeError:  # a lone surrogate
        import json

        return encodable(json.dumps(data, ensure_ascii=False))
