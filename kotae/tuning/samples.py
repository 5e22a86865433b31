"""Chat rows as token sequences in which only the assistant's words are learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kotae.errors import KotaeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

IGNORED = -100
"""The label of a token that is not learnt; cross-entropy's own default."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One row as token ids; `labels` repeats those that are learnt and has `IGNORED` elsewhere."""

    ids: tuple[int, ...]
    labels: tuple[int, ...]


def encode(tokenizer: Any, rows: Sequence[Mapping[str, Any]], *, max_tokens: int = 1024) -> list[Sample]:
    """Tokens of rows `{"messages": [{"role", "content"}, ...]}`, as an OpenAI fine-tuning file has them.

    The text is what the model's chat template makes of the messages, and is cut into tokens where a server
    cuts it: the prompt up to an answer's first word by itself, then the answer with its end mark.

    Raises:
        KotaeError: a row has no answer, does not fit the template, or is longer than `max_tokens`.
    """
    return [_encode(tokenizer, row["messages"], number, max_tokens) for number, row in enumerate(rows, 1)]


def shared_prefix(samples: Sequence[Sample]) -> int:
    """How many tokens all samples begin with alike, none of them learnt and none of them a sample's last."""
    shortest = min(len(sample.ids) for sample in samples)
    first = samples[0]
    for place in range(shortest - 1):
        alike = all(sample.ids[place] == first.ids[place] for sample in samples)
        if not alike or any(sample.labels[place + 1] != IGNORED for sample in samples):
            return place
    return shortest - 1


def _encode(tokenizer: Any, messages: Sequence[Mapping[str, str]], number: int, max_tokens: int) -> Sample:
    ids: list[int] = []
    labels: list[int] = []
    for text, learnt in _pieces(tokenizer, messages, number):
        piece = tokenizer(text, add_special_tokens=False)["input_ids"]
        ids += piece
        labels += piece if learnt else [IGNORED] * len(piece)
    if all(label == IGNORED for label in labels):
        raise KotaeError(f"Row {number} has no answer to learn.", "Each row needs an assistant's message.")
    if len(ids) > max_tokens:
        raise KotaeError(
            f"Row {number} is {len(ids)} tokens long; at most {max_tokens} are learnt.",
            "Shorten it or split it.",
        )
    return Sample(tuple(ids), tuple(labels))


def _pieces(tokenizer: Any, messages: Sequence[Mapping[str, str]], number: int) -> Iterator[tuple[str, bool]]:
    plain = [{"role": message["role"], "content": message["content"]} for message in messages]
    done = ""
    for place, message in enumerate(plain):
        if message["role"] != "assistant":
            continue
        before = tokenizer.apply_chat_template(plain[:place], tokenize=False, add_generation_prompt=True)
        after = tokenizer.apply_chat_template(plain[: place + 1], tokenize=False)
        ended = before + message["content"] + tokenizer.eos_token
        if not before.startswith(done) or not after.startswith(ended):
            raise KotaeError(
                f"Row {number} does not fit the model's chat template.",
                "Check the order of its messages' roles.",
            )
        yield before[len(done) :], False
        yield ended[len(before) :], True
        done = ended
