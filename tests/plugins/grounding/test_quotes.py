"""What stands in the evidence word for word, and is denied there or not."""

from __future__ import annotations

import pytest

from kotae.conversation import Passage
from plugins.grounding.evidence import gather, with_rarest
from plugins.grounding.quotes import standing as stands
from plugins.grounding.text import normalise, tokens
from tests.plugins.grounding.conftest import check


def standing(claim: str, *pages: str) -> str:
    """How the claim stands in the pages."""
    evidence = gather([Passage(id=str(n), document="", title="", text=page) for n, page in enumerate(pages)])
    plain = normalise(claim).text
    return stands(plain, with_rarest(evidence, tokens(plain)))


CUT = [
    ("Entries can be changed after posting.", "No entries can be changed after posting."),
    ("The Controller can reopen a closed period.", "Not even the Controller can reopen a closed period."),
    ("Unplug the device while the lamp blinks.", "Don’t unplug the device while the lamp blinks."),
    ("Store chemicals next to the food.", "Take care: never store chemicals next to the food."),
    ("The export contains all users.", "It is not the case that the export contains all users."),
    ("締めた期間を再開する。", "締めた期間を再開することはできません。"),
    ("経理責任者が期間を再開できる。", "経理責任者が期間を再開できるわけではありません。"),
    ("監査担当者が伝票を変更できる。", "監査担当者が伝票を変更できるようにはなっていない。"),
]
WHOLE = [
    ("The Controller can reopen a closed period.", "Only the Controller can reopen a closed period."),
    ("The Controller can reopen a closed period.", "Not only the Controller can reopen a closed period."),
    ("Entries can be changed after posting.", "Are entries final? No, entries can be changed after posting."),
    ("Unplug the device for a minute.", "If it does not start, unplug the device for a minute."),
    ("代理人が承認できる。", "承認者がいないときは、代理人が承認できる。取り消すことはできない。"),
    ("代理人が伝票を承認できる。", "代理人が伝票を承認できるが、取り消すことはできない。"),
    ("The Controller can reopen a closed period.", "The Auditor can read a closed period."),
]
OPEN = [
    ("下書きを後から削除する。", "下書きを後から削除することは問題ありません。"),
    ("この操作で設定が初期化される。", "この操作で設定が初期化されることは避けられない仕様です。"),
    ("The device is ready for use.", "When the lamp is not lit the device is ready for use."),
    ("Entries can be changed after posting.", "It says whether or not entries can be changed after posting."),
    ("代理人が伝票を承認できる。", "代理人が伝票を承認できるが取り消せない。"),
]

TAILS = [
    ("Use the supplied cable.", "Do not use the supplied cable with other devices."),
    ("The original file is kept unchanged.", "If you answer No the original file is kept unchanged."),
    ("You use the export function.", "Why don't you use the export function."),
]
ASKED = [
    ("締めた期間は再開できます。", "締めた期間は再開できますか？いいえ、締めた期間は再開できません。"),
    ("締めた期間を再開できる。", "締めた期間を再開できるかどうかは経理部が決めます。"),
    ("締めた期間を再開できる。", "締めた期間を再開できる場合は画面に表示されます。"),
    ("The period can be reopened.", "The screen shows whether the period can be reopened."),
    ("The period can be reopened.", "If the period can be reopened, a button is shown."),
]


@pytest.mark.parametrize(("claim", "page"), CUT)
def test_what_was_cut_from_its_denial_is_denied(claim: str, page: str) -> None:
    assert standing(claim, page) == "denied"


@pytest.mark.parametrize(("claim", "page"), WHOLE)
def test_a_denial_of_something_else_is_none(claim: str, page: str) -> None:
    assert standing(claim, page) == "said"


@pytest.mark.parametrize(("claim", "page"), [*OPEN, *TAILS, *ASKED])
def test_a_question_a_condition_and_a_denial_further_off_leave_it_open(claim: str, page: str) -> None:
    assert standing(claim, page) == "open"


@pytest.mark.parametrize(("claim", "page"), CUT)
def test_another_sentence_that_says_so_settles_it(claim: str, page: str) -> None:
    assert standing(claim, page, f"Something else.\n{claim}") == "said"


def test_a_part_of_a_word_is_not_there() -> None:
    assert standing("locked at night", "The drawer is not unlocked at night.") == "said"


def test_a_word_of_a_list_is_no_quote() -> None:
    assert standing("Reports", "There are no reports.") == "said"


@pytest.mark.parametrize(("claim", "page"), CUT)
async def test_a_quote_that_lost_its_denial_contradicts(claim: str, page: str) -> None:
    [flag] = await check(claim, page)
    assert (flag.kind, flag.score >= 0.7) == ("contradicted", True)


@pytest.mark.parametrize(("claim", "page"), [*WHOLE[:-1], *OPEN])
async def test_a_quote_is_borne_out(claim: str, page: str) -> None:
    assert not await check(claim, page)
