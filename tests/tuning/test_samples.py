"""Rows become tokens as a server would cut them, and only the assistant's words are learnt."""

from __future__ import annotations

from typing import Any

import pytest

from kotae.errors import KotaeError
from kotae.tuning.samples import IGNORED, Sample, encode, shared_prefix


class Letters:
    """A tokenizer whose tokens are code points and whose template is a line for each message."""

    eos_token = "$"

    def __call__(self, text: str, **_: Any) -> dict[str, list[int]]:
        return {"input_ids": [ord(letter) for letter in text]}

    def apply_chat_template(self, messages: list[dict[str, str]], **options: Any) -> str:
        text = "".join(f"{message['role'][0]}:{message['content'].strip()}$\n" for message in messages)
        return text + ("a:" if options.get("add_generation_prompt") else "")


def row(*contents: str) -> dict[str, Any]:
    roles = ["system", *["user", "assistant"] * 5]
    return {"messages": [{"role": r, "content": c} for r, c in zip(roles, contents, strict=False)]}


def text(numbers: tuple[int, ...]) -> str:
    return "".join("." if number == IGNORED else chr(number) for number in numbers)


def test_the_prompt_is_given_and_the_answer_with_its_end_is_learnt() -> None:
    [sample] = encode(Letters(), [row("S", "hi", "yes")])
    assert text(sample.ids) == "s:S$\nu:hi$\na:yes$"
    assert text(sample.labels) == ".............yes$"


def test_every_answer_of_a_conversation_is_learnt() -> None:
    [sample] = encode(Letters(), [row("S", "hi", "yes", "and", "no")])
    assert text(sample.ids) == "s:S$\nu:hi$\na:yes$\nu:and$\na:no$"
    assert text(sample.labels).replace(".", "") == "yes$no$"


def test_a_row_without_an_answer_is_named() -> None:
    with pytest.raises(KotaeError, match=r"Row 2 has no answer to learn\."):
        encode(Letters(), [row("S", "q", "a"), row("S", "q")])


def test_a_row_that_is_too_long_is_named() -> None:
    with pytest.raises(KotaeError, match=r"Row 1 is 18 tokens long; at most 10 are learnt\."):
        encode(Letters(), [row("S", "hi", "yes!")], max_tokens=10)


def test_a_row_that_the_template_changes_is_named() -> None:
    with pytest.raises(KotaeError, match=r"Row 1 does not fit the model's chat template\."):
        encode(Letters(), [row("S", "hi", " yes ")])


@pytest.mark.parametrize(
    ("rows", "shared"),
    [
        ([("aab..", "...b."), ("aac..", "...c.")], 2),
        ([("aaaa", "..aa"), ("aaaa", "..aa")], 1),  # the token before a learnt one has to be scored
        ([("ab", ".."), ("ab", "..")], 1),
        ([("ab", ".b"), ("cb", ".b")], 0),
    ],
)
def test_what_all_rows_begin_with_ends_before_anything_is_learnt(
    rows: list[tuple[str, str]], shared: int
) -> None:
    samples = [
        Sample(tuple(map(ord, ids)), tuple(IGNORED if label == "." else ord(label) for label in labels))
        for ids, labels in rows
    ]
    assert shared_prefix(samples) == shared
