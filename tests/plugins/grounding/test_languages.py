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


IN_ENGLISH = "the and of to with"
IN_JAPANESE = "これは説明です。印刷することができます。登録する。"


def passage(text: str) -> Passage:
    return Passage(id=text, document="a.md", title="A", text=text)


async def judged(
    judging: Judging, answer: str, *passages: str, manual: SmallManual | None = None
) -> list[Flag] | None:
    setting = Setting("", (), tuple(map(passage, passages)), manual)
    return await judging.judge(*claims_and_questions(answer), setting)


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        (JAPANESE, ENGLISH),
        (ENGLISH, JAPANESE),
        ("Controllerだけが期間を再開できます。", ENGLISH),
        ("Только контролёр может снова открыть период.", JAPANESE),
    ],
)
async def test_an_answer_in_another_language_than_its_passages_is_not_judged(
    judging: Judging, answer: str, context: str
) -> None:
    assert await judged(judging, answer, context) is None
    assert await judged(judging, answer, context, "72 / 24") is None


@pytest.mark.parametrize(("answer", "words"), [(JAPANESE, IN_ENGLISH), (ENGLISH, IN_JAPANESE)])
@pytest.mark.parametrize("passages", [(), ("72 / 24",)])
async def test_nor_is_one_in_another_language_than_the_manual(
    judging: Judging, answer: str, words: str, passages: tuple[str, ...]
) -> None:
    assert await judged(judging, answer, *passages, manual=Manual(words)) is None


@pytest.mark.parametrize(
    ("answer", "context"),
    [
        (JAPANESE, JAPANESE),
        (ENGLISH, ENGLISH),
        # a product's names are in letters of an alphabet in a Japanese manual, too
        ("SL-104 Freight module.", JAPANESE),
        ("`kubectl get pods --namespace production` を実行します。", "次の命令を実行します。"),
        ("Terminalで kubectl get pods production を実行します。", "Run kubectl get pods in the Terminal."),
        # a button is in Japanese in an English one
        ("Click 保存 (Save), then 次へ (Next).", "Click 保存 (Save)."),
        ("It was written by 夏目漱石 in 1999.", "It was written by 夏目漱石 in 1906."),
        # one passage of either
        (JAPANESE, f"{ENGLISH} {JAPANESE}"),
        (ENGLISH, f"{ENGLISH} {JAPANESE}"),
        # what can't be told apart here
        ("期間由会计负责人重新开放。", ENGLISH),
        ("72.", JAPANESE),
    ],
)
async def test_what_may_share_a_language_is_judged(judging: Judging, answer: str, context: str) -> None:
    assert await judged(judging, answer, context) is not None


async def test_of_an_answer_in_two_languages_that_of_the_passages_is_judged(judging: Judging) -> None:
    answer = f"It closes by itself after 99 hours.\n\n{JAPANESE}"
    flags = await judged(judging, answer, ENGLISH)
    assert flags is not None
    assert {answer[flag.start : flag.end] for flag in flags if flag.score >= 0.5} == {"99 hours"}


@pytest.mark.parametrize(
    "words", ["", "the and of to with です", "der und", "これは説明です。the and of することができます。"]
)
async def test_where_a_manual_may_be_in_the_answer_s_language_it_is_judged(
    judging: Judging, words: str
) -> None:
    assert await judged(judging, JAPANESE, manual=Manual(words)) is not None
    assert await judged(judging, ENGLISH, manual=Manual(words)) is not None


@pytest.mark.parametrize("words", [IN_ENGLISH, IN_JAPANESE])
async def test_an_answer_that_claims_nothing_needs_no_language(judging: Judging, words: str) -> None:
    assert await judged(judging, "OK.", manual=Manual(words)) == []


async def test_a_manual_is_asked_once_a_question_and_only_in_doubt(judging: Judging) -> None:
    manual = Manual(IN_ENGLISH)
    await judged(judging, ENGLISH, ENGLISH, manual=manual)
    languages = manual.asked
    for answer in (JAPANESE[:22], JAPANESE):
        await judged(judging, answer, manual=manual)
    assert (languages, manual.asked) == (0, 1)
