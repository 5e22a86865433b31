"""Words can only be held against words of the same language; where they can't, nothing is said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kotae.claims import claims_and_questions
from kotae.conversation import Flag, Passage
from plugins.grounding.judging import Judging, Setting
from tests.small_manual import SmallManual

ENGLISH = "Only the Controller can reopen a closed period. It closes by itself after 72 hours."
JAPANESE = "締めた期間を再開できるのは経理責任者だけです。再開した期間は72時間後に自動で閉じます。"


class Manual(SmallManual):
    """Finds nothing, and knows the words of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.asked = 0

    async def search(self, query: str, top: int = 5, **_: object) -> list[Passage]:  # type: ignore[override]
        return []

    async def known(self, terms: Sequence[str]) -> set[str]:
        self.asked += 1
        return {term for term in terms if term in self.text}


IN_ENGLISH = Manual("the and of to with")
IN_JAPANESE = Manual("これは説明です。印刷することができます。色はない。登録する。")


def passage(text: str) -> Passage:
    return Passage(id="1", document="a.md", title="A", text=text)


async def judged(
    judging: Judging, answer: str, *passages: Passage, manual: SmallManual | None = None
) -> list[Flag] | None:
    return await judging.judge(*claims_and_questions(answer), Setting("", (), passages, manual))


@pytest.mark.parametrize(
    ("answer", "context"),
    [(JAPANESE, ENGLISH), (ENGLISH, JAPANESE), ("Controllerだけが期間を再開できます。", ENGLISH)],
)
async def test_an_answer_in_another_language_than_its_passages_is_not_judged(
    judging: Judging, answer: str, context: str
) -> None:
    assert await judged(judging, answer, passage(context)) is None


@pytest.mark.parametrize(("answer", "manual"), [(JAPANESE, IN_ENGLISH), (ENGLISH, IN_JAPANESE)])
async def test_nor_is_one_in_another_language_than_the_manual(
    judging: Judging, answer: str, manual: Manual
) -> None:
    assert await judged(judging, answer, manual=manual) is None


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        (JAPANESE, JAPANESE),
        (ENGLISH, ENGLISH),
        # a product's names are in letters of an alphabet in a Japanese manual, too
        ("SL-104 Freight module.", JAPANESE),
        # one passage of either
        (JAPANESE, f"{ENGLISH} {JAPANESE}"),
        (ENGLISH, f"{ENGLISH} {JAPANESE}"),
        # without letters it can't be told
        (JAPANESE, "72 / 24"),
        ("72.", JAPANESE),
    ],
)
async def test_what_shares_a_language_is_judged(judging: Judging, answer: str, context: str) -> None:
    assert await judged(judging, answer, passage(context)) is not None


@pytest.mark.parametrize("manual", [IN_ENGLISH, IN_JAPANESE])
async def test_an_answer_that_claims_nothing_is_judged_in_any_language(
    judging: Judging, manual: Manual
) -> None:
    assert await judged(judging, "OK.", manual=manual) == []


async def test_a_manual_of_few_words_is_taken_for_one_in_every_language(judging: Judging) -> None:
    assert await judged(judging, JAPANESE, manual=Manual("")) is not None


async def test_a_manual_is_asked_once_a_question(judging: Judging) -> None:
    manual = Manual("the and of to with")
    for answer in (JAPANESE[:22], JAPANESE):
        await judged(judging, answer, manual=manual)
    assert manual.asked == 1
