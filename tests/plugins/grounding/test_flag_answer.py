"""The flagger as the engine calls it: with a manual, while streaming, with what the user said, with hostile
text."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from kotae.claims import claims
from kotae.conversation import Flag, Message, Passage
from kotae.errors import IndexFolderError
from kotae.settings import POSITIONS
from plugins.grounding import flag_answer
from tests.plugins.grounding.conftest import check, flags_of
from tests.small_manual import PAGES

if TYPE_CHECKING:
    from plugins.grounding.judging import Judging
    from tests.small_manual import SmallManual


def marked(answer: str, flags: list[Flag]) -> list[tuple[str, str]]:
    return [(flag.kind, answer[flag.start : flag.end]) for flag in flags]


async def test_without_passages_and_manual_nothing_is_judged() -> None:
    answer = "Komorebi Ledger is a mobile game."
    assert await flag_answer("", answer, passages=(), manual=None, history=(), final=True) is None


async def test_a_manual_that_cant_be_searched_leaves_the_answer_unjudged(manual: SmallManual) -> None:
    answer = "Komorebi Ledger is a mobile game. " + "".join(f"It has {n} dragons. " for n in range(20, 40))
    manual.failure = IndexFolderError("The index is damaged.")
    assert await flag_answer("", answer, passages=(), manual=manual, history=(), final=True) is None
    asked = len(manual.searched)
    await asyncio.sleep(0.01)
    assert len(manual.searched) == asked < 20  # the other claims are not searched for any more
    manual.failure = None
    assert await flags_of(answer, manual=manual)


async def test_an_answer_without_claims_has_no_flags() -> None:
    assert await check("Hello! How can I help?", "Anything.", threshold=0) == []


async def test_a_backend_without_retrieval_is_held_against_the_manual(manual: SmallManual) -> None:
    answer = "Komorebi Ledger is a mobile game in which players collect dragons."
    flags = await flags_of(answer, question="What is Komorebi Ledger?", manual=manual)
    assert marked(answer, flags) == [("unsupported", answer)]
    assert "mobile" in flags[0].reason
    assert flags[0].evidence is not None
    assert flags[0].evidence.id == "about"


async def test_what_the_manual_says_is_clean_without_passages(manual: SmallManual) -> None:
    answer = (
        "Komorebi Ledger is browser-based accounting software for small companies. 支払期限は30日後です。"
    )
    assert await flags_of(answer, manual=manual) == []


async def test_what_the_passages_lack_is_looked_for_in_the_manual(
    manual: SmallManual, invoices: Passage
) -> None:
    answer = "Posted invoices cannot be deleted."
    assert await flags_of(answer, passages=(invoices,), manual=None)
    assert await flags_of(answer, passages=(invoices,), manual=manual) == []


async def test_what_the_passages_bear_out_is_not_searched_for(manual: SmallManual, invoices: Passage) -> None:
    assert (
        await flags_of("An invoice is due 30 days after its date.", passages=(invoices,), manual=manual) == []
    )
    assert manual.searched == []


async def test_a_module_the_manual_does_not_know_is_named(manual: SmallManual) -> None:
    answer = "Open Sales › Invoices in the HR module and choose New Invoice."
    assert ("name", "HR module") in marked(answer, await flags_of(answer, manual=manual))


async def test_a_name_the_manual_knows_elsewhere_is_no_invention(
    manual: SmallManual, invoices: Passage
) -> None:
    answer = "In Komorebi Ledger, open Sales › Invoices and choose New Invoice."
    assert await flags_of(answer, passages=(invoices,), manual=manual) == []


async def test_what_the_user_said_is_not_invented(invoices: Passage) -> None:
    answer = "For Yamada Trading, an invoice is due 30 days after its date."
    assert marked(answer, await flags_of(answer, passages=(invoices,))) == [("name", "Yamada Trading")]
    assert await flags_of(answer, passages=(invoices,), question="When must Yamada Trading pay?") == []
    told = (Message("user", "We invoice Yamada Trading."), Message("assistant", "I see."))
    assert await flags_of(answer, passages=(invoices,), history=told) == []


@pytest.mark.parametrize(
    ("question", "yes", "no", "part"),
    [
        (
            "Does it have an HR module?",
            "Yes, it has an HR module.",
            "No, it does not have an HR module.",
            "HR module",
        ),
        (
            "給与計算画面はありますか。",
            "はい、給与計算画面があります。",
            "いいえ、給与計算画面はありません。",
            "給与計算画面",
        ),
    ],
)
async def test_a_part_that_the_user_asks_for_is_no_part_of_the_product(
    manual: SmallManual, question: str, yes: str, no: str, part: str
) -> None:
    assert ("name", part) in marked(yes, await flags_of(yes, question=question, manual=manual))
    assert await flags_of(no, question=question, manual=manual) == []


async def test_what_the_manual_does_not_speak_of_is_flagged_however_short(manual: SmallManual) -> None:
    for answer in ("It is a mobile game.", "Players collect dragons.", "プレイヤーは竜を集めて戦います。"):
        assert await flags_of(answer, question="What is Komorebi Ledger?", manual=manual), answer


async def test_a_question_has_a_score_below_all_thresholds_that_have_a_name(invoices: Passage) -> None:
    answer = "Invoices are due. Did you choose New Invoice under Invoices? Did you enable the Payroll module?"
    near, far = answer.index("Did you choose"), answer.index("Did you enable")
    found = await flags_of(answer, passages=(invoices,), threshold=0)
    assert all(flag.score < min(POSITIONS.values()) for flag in found if near <= flag.start < far)
    assert any(flag.start == near and flag.end == far - 1 for flag in found)
    assert max(flag.score for flag in found if flag.start >= far) > min(POSITIONS.values())


async def test_what_the_assistant_said_before_is_no_evidence(invoices: Passage) -> None:
    told = (Message("user", "Hello."), Message("assistant", "Invoices are due after 45 days."))
    answer = "An invoice is due 45 days after its date."
    assert marked(answer, await flags_of(answer, passages=(invoices,), history=told)) == [
        ("number", "45 days")
    ]


@pytest.mark.parametrize(
    ("answer", "kind", "span"),
    [
        ("1. An **invoice** is due **45 days** after its date [1].", "number", "45 days"),
        ("🧾🧾 Ｉnvoices: an invoice is due ４５ days after its date.", "number", "４５ days"),
        ("- ㍿ An invoice is due ４５ days after its date.", "number", "４５ days"),
        ("> Open **Payroll Hub** › Invoices and choose New Invoice.", "name", "Payroll Hub"),
    ],
)
async def test_spans_are_exact_in_the_answers_own_characters(
    answer: str, kind: str, span: str, invoices: Passage
) -> None:
    assert (kind, span) in marked(answer, await flags_of(answer, passages=(invoices,)))


async def test_list_marker_and_citation_lie_outside_an_unsupported_span(invoices: Passage) -> None:
    answer = "- Players collect dragons and trade magic swords [1][2]\n"
    expected = [("unsupported", "Players collect dragons and trade magic swords")]
    assert marked(answer, await flags_of(answer, passages=(invoices,))) == expected


async def test_streaming_marks_what_the_final_answer_marks(
    manual: SmallManual, invoices: Passage, judging: Judging
) -> None:
    answer = (
        "Sure! Here are the steps:\n\n1. Open Sales › Invoices.\n2. Choose New Invoice in the Payroll Hub. It is due "
        "after 45 days.\n\nPlayers collect dragons and trade magic swords. 請求書は「給与明細」画面で作成します。"
    )
    final = await flags_of(answer, passages=(invoices,), manual=manual, judging=judging)
    assert len(final) >= 4
    searched = len(manual.searched)
    seen: list[Flag] = []
    for end in range(0, len(answer), 7):
        flags = await flags_of(
            answer[:end], passages=(invoices,), manual=manual, final=False, judging=judging
        )
        assert flags == final[: len(flags)]
        assert len(flags) >= len(seen)
        seen = flags
    assert seen
    assert len(manual.searched) == searched, "claims already judged were judged again"


async def test_flags_hold_the_passage_that_was_given_and_no_copy(invoices: Passage) -> None:
    flags = await flags_of("An invoice is due 45 days after its date.", passages=(invoices,))
    assert flags
    assert all(flag.evidence is invoices for flag in flags)


async def test_answers_side_by_side_are_not_judged_anew(manual: SmallManual, judging: Judging) -> None:
    answers = [f"Dragons number {n} breathe fire." for n in range(20, 26)]
    asked = []
    for _ in range(3):
        for answer in answers:
            await flags_of(answer, question=answer, manual=manual, judging=judging)
        asked.append(len(manual.searched))
    assert asked[0] == asked[-1] > 0


async def test_flags_lie_apart_or_within_each_other(manual: SmallManual) -> None:
    answer = "The HR module pays 3,000 yen in bonuses. Dragon Quest Online needs 45 GB. 「給与明細」画面で賞与を計算します。"
    flags = await flags_of(answer, manual=manual)
    for one in flags:
        for other in flags:
            apart = one.end <= other.start or other.end <= one.start
            within = (
                one.start <= other.start <= other.end <= one.end
                or other.start <= one.start <= one.end <= other.end
            )
            assert apart or within


@pytest.mark.parametrize(
    "answer",
    [
        "A per\u00adiod clo\u200bses it\u2060self after 7\u200b2 hours.",
        "\u202aA period closes itself after \u206672\u2069 hours.\u202c",
        "A period closes itself after 7\ufe0f\u20e32\ufe0f\u20e3 hours.",
        "A period closes itself after 72¹ hours.",
        "A period closes itself after 72 hours①.",
        "A period closes itself after ②72 hours.",
    ],
)
async def test_what_is_not_seen_and_notes_part_neither_words_nor_numbers(answer: str) -> None:
    assert not await check(answer, "A period closes itself after 72 hours. Nobody can extend that.", 0.3)


async def test_steps_that_are_counted_in_circles_have_no_numbers() -> None:
    page = "「会計期間」を開きます。月を選びます。「本締め」を選びます。"
    assert not await check("①「会計期間」を開きます。②月を選びます。③「本締め」を選びます。", page)


@pytest.mark.parametrize(
    "number", ["9\u0301", "9\ufe0f\u20e3", "9" + "\u0323\u0301" * 20, "9\u200d", "9\u3099", "９\u3099"]
)
async def test_a_span_ends_where_a_character_ends(number: str) -> None:
    answer = f"A period closes itself after {number}\U0001f469\u200d\U0001f469."
    (flag,) = await check(answer, "A period closes itself after 72 hours.")
    assert answer[flag.start : flag.end] == number


async def test_an_opposite_beside_the_same_negation_is_not_about_the_same_thing() -> None:
    table = "| State | Who may post | How it is reached |\n|---|---|---|\n| Closed | Nobody | Hard close |\n"
    page = f"{table}\nAn archived period can never be reopened."
    assert not [
        flag
        for flag in await check("Once a period is archived, nobody can open it.", page)
        if flag.kind == "contradicted"
    ]


async def test_a_long_context_is_read_to_its_end() -> None:
    page = "".join(f"Shelf {n} of the store holds boxes and labels.\n" for n in range(5000))
    page += "Zeppelins of the harbour fleet land at pier 4711 after 93 minutes."
    assert not await check("The harbour fleet's zeppelins land at pier 4711.", page)
    assert [flag.kind for flag in await check("The zeppelins land after 55 minutes.", page)] == ["number"]


HOSTILE = {
    "one long word": "a" * 100_000,
    "one long sentence": "ledger " * 15_000,
    "one long Japanese sentence": "請求書を作成して" * 12_000,
    "digits": "1" * 100_000,
    "numbers": "1,000 " * 16_000,
    "kanji numerals": "一千" * 50_000,
    "punctuation": ".!?。、「」()[]|*_`#>-" * 5_000,
    "control characters": "\x00\x1b[31m\x9b\u202e" * 10_000,
    "combining characters": "e" + "\u0301" * 100_000,
    "capitals": "Foo Bar " * 12_000,
    "short sentences": "A b. C d. " * 5_000,
    "brackets": "[(「" * 30_000,
    "lone surrogates": "\ud800 claims stand here." * 100,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_text_neither_hangs_nor_raises(text: str, invoices: Passage) -> None:
    japanese = Passage(id="ja", document="ja.md", title="", text=PAGES["denpyo"])
    hostile = Passage(id="hostile", document="hostile.md", title="", text=text)
    started = time.process_time()
    for flag in await flags_of(text, passages=(invoices, japanese)):
        assert 0 <= flag.start < flag.end <= len(text)
    await flags_of("An invoice is due 30 days after its date.", passages=(hostile, invoices))
    claims(text)
    assert time.process_time() - started < 5
