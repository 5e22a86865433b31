"""What is known by knowing the whole manual: words that no page has, premises that fail, denials."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from backends.retrieval.quoting import Counts
from backends.retrieval.text import tokens
from kotae.conversation import Flag, Message, Passage
from plugins.grounding import manual_wide
from plugins.grounding.asking import asks_how
from plugins.grounding.conflicts import Conflict
from plugins.grounding.denying import forbidden_by, stands
from plugins.grounding.evidence import Evidence, gather
from plugins.grounding.judging import Judging
from plugins.grounding.polarity import Opposition
from plugins.grounding.premise import failed
from plugins.grounding.text import tokens as content
from plugins.grounding.vocabulary import absent
from tests.plugins.grounding.conftest import flags_of
from tests.small_manual import PAGES, SmallManual


class CountingManual(SmallManual):
    """A small manual that says it is a large one."""

    def __init__(self, passages: int = 1000) -> None:
        super().__init__()
        self._passages = passages

    async def counts(self, terms: Sequence[str]) -> Counts:
        texts = [{*tokens(text)} for text in PAGES.values()]
        return Counts(self._passages, {term: sum(term in text for text in texts) for term in terms})


def _premise(question: str, *pages: str, lacking: tuple[str, ...] = (), reach: float = 1.0) -> str | None:
    evidence = gather([Passage(id=str(n), document="", title="", text=text) for n, text in enumerate(pages)])
    found = failed(question, evidence, lacking, reach)
    if found is None:
        return None
    return found.denial.text if found.denial else ", ".join(found.unknown)


async def _absent(text: str, passages: int = 1000, *, typed: bool = False) -> tuple[str, ...]:
    found = await absent(CountingManual(passages), text, typed=typed)
    assert found is not None
    return found.words


async def test_words_are_absent_that_no_page_has() -> None:
    assert await _absent("The browser sends invoices to a neural network.") == ("send", "neural", "network")
    assert await _absent("ブラウザーで請求書を給与計算する") == ("ブラウザ", "給与", "与計", "計算")


async def test_a_pair_of_kanji_across_two_words_is_no_word() -> None:
    assert await _absent("請求書作成") == ()


async def test_a_word_that_begins_like_a_known_one_is_known() -> None:
    assert await _absent("The invoicer posts deletions.") == ()


async def test_a_slip_in_what_somebody_typed_is_no_new_word() -> None:
    assert await _absent("How do I delete an invocie?") == ("invoci",)
    assert await _absent("How do I delete an invocie?", typed=True) == ()


async def test_a_manual_without_statistics_is_not_asked() -> None:
    assert await absent(SmallManual(), "A neural network.") is None


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Hello! Tell me, how do I share a view?", "how do I share a view?"),
        ("We work with Safari here. Will it run?", ""),
        ("How long does it take?", ""),
        ("月末です。期間を締めるにはどうすればよいですか。", "期間を締めるにはどうすればよいですか。"),
    ],
)
def test_what_takes_something_for_granted_is_a_question_of_how(question: str, asks: str) -> None:
    assert asks_how(question) == asks


def test_a_premise_fails_that_the_manual_denies() -> None:
    denial = "A saved view belongs to you alone and cannot be shared with another user."
    merging = "You cannot merge two customers."
    assert _premise("How do I merge two customers?", denial, merging) == merging
    assert _premise("How do I save a view?", denial, merging) is None
    assert _premise("Can I merge two customers?", merging) is None


def test_what_is_denied_on_a_condition_is_no_premise_that_fails() -> None:
    assert _premise("How do I receive the goods?", "You cannot receive goods without an order.") is None


def test_a_premise_fails_whose_words_no_page_has() -> None:
    page = "Confirm an order with Confirm."
    lacking = ("smartphon", "app")
    question = "How do I install the smartphone app?"
    assert _premise(question, page, lacking=lacking) == "smartphone, app"
    assert _premise(question, page, lacking=lacking, reach=0.1) is None


async def test_a_claim_is_flagged_whose_words_no_page_has() -> None:
    answer = "Invoices are read by a neural network with a microphone."
    flags = await flags_of(answer, manual=CountingManual())
    assert [(flag.kind, flag.start, flag.end) for flag in flags] == [("unsupported", 0, len(answer))]


async def test_in_a_small_manual_an_absent_word_says_little() -> None:
    answer = "Posted invoices are kept in a vault with a password."

    async def highest(passages: int) -> float:
        return max(
            flag.score for flag in await flags_of(answer, manual=CountingManual(passages), threshold=0)
        )

    assert await highest(4) < await highest(1000)


async def test_words_for_anybody_are_not_invented(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = "Whoever it is, somebody or anybody closes the period."

    async def highest() -> float:
        return max(flag.score for flag in await flags_of(answer, manual=CountingManual(), threshold=0))

    nothing_new = await highest()
    monkeypatch.setattr(manual_wide, "_ANYBODY", frozenset())
    assert nothing_new < await highest()


async def test_that_nothing_of_the_kind_is_possible_is_no_invention() -> None:
    for denial in ("That is not possible.", "できません。"):
        assert (
            await flags_of(denial, question="Can I delete a posted invoice?", manual=CountingManual()) == []
        )


async def test_evidence_that_was_searched_for_is_trusted_less() -> None:
    answer = "Invoices are posted by the customer in a period."
    passages = tuple(Passage(id=name, document="", title="", text=text) for name, text in PAGES.items())

    class Found(SmallManual):
        async def search(self, *asked: object, **more: object) -> list[Passage]:
            return list(passages)

    [given] = await flags_of(answer, passages=passages, threshold=0)
    [searched] = await flags_of(answer, manual=Found(), threshold=0)
    assert 0 < given.score < searched.score < 1


async def test_a_claim_is_searched_for_with_its_question() -> None:
    manual = SmallManual()
    await flags_of("It is a week old.", question="How old may\na shipment be? " + "x" * 900, manual=manual)
    assert manual.searched[0].startswith("How old may a shipment be? xx")
    assert manual.searched[0].endswith("x It is a week old.")


async def test_what_was_said_before_is_searched_with_and_judged_by(judging: Judging) -> None:
    heard: list[tuple[Message, ...]] = []

    class Hearing(SmallManual):
        async def search(
            self, *asked: object, history: Sequence[Message] = (), **more: object
        ) -> list[Passage]:
            heard.append(tuple(history))
            return []

    manual = Hearing()
    for said in ("Active, Blocked and Inactive.", "Open and Closed."):
        history = (Message("user", "Which are there?"), Message("assistant", said))
        await flags_of("The second one takes no invoices.", manual=manual, history=history, judging=judging)
        assert heard[-1] == history


QUESTION = "How do I install the smartphone app?"
STEPS = "Open Invoices and choose your customer."


def _reasons(flags: Sequence[Flag]) -> list[str]:
    return [flag.reason for flag in flags]


async def test_an_answer_to_a_premise_that_fails_is_flagged_in_familiar_words() -> None:
    flags = await flags_of(STEPS, question=QUESTION, manual=CountingManual())
    assert _reasons(flags) == [
        "The question is about “install”, “smartphone” and “app”, of which the manual knows nothing."
    ]
    assert (flags[0].start, flags[0].end) == (0, len(STEPS))


@pytest.mark.parametrize(
    "answer",
    [
        "There is no smartphone app.",
        "An invoice is due 30 days after its date.",  # beside the point, but the manual's
    ],
)
async def test_what_says_so_or_is_the_manuals_is_not(answer: str) -> None:
    assert await flags_of(answer, question=QUESTION, manual=CountingManual()) == []


async def test_the_same_claim_is_judged_alike_when_the_question_takes_nothing_for_granted() -> None:
    alone = await flags_of(STEPS, manual=CountingManual(), threshold=0)
    asked = await flags_of(STEPS, question="Is there an app?", manual=CountingManual(), threshold=0)
    assert max(flag.score for flag in asked) <= max(flag.score for flag in alone) + 0.01


async def test_the_denial_of_a_premise_is_the_evidence() -> None:
    question = "How do I delete a posted invoice?"
    flags = await flags_of(STEPS, question=question, manual=CountingManual())
    assert [flag.kind for flag in flags] == ["contradicted"]
    assert flags[0].evidence is not None
    assert flags[0].evidence.id == "closing"


def _evidence(*sentences: str) -> Evidence:
    return gather([Passage(id="1", document="", title="", text="\n".join(sentences))])


def _forbidden(claim: str, *sentences: str) -> bool:
    evidence = _evidence(*sentences)
    return forbidden_by(claim, content(claim), evidence, japanese=claim[0] > "\u2e80") is not None


def test_what_a_sentence_says_cannot_be_done_is_wrong_however_it_is_told() -> None:
    rule = "You cannot reopen an archived period."
    assert _forbidden("The Controller can reopen an archived period within 24 months.", rule)
    assert _forbidden("部門の予算は部門の画面で登録できます。", "部門の予算を登録することはできません。")
    assert not _forbidden("The Controller can reopen a period twice.", rule)  # no archived one
    assert not _forbidden("Reopen an archived period.", rule)  # an item of a list that its heading may deny
    assert not _forbidden("The Controller cannot reopen an archived period.", rule)


def test_a_denial_stands_only_where_the_manual_does_not_deny_it_too() -> None:
    claim = "Posted invoices cannot be changed once they are sent."
    allowed, denied = "Sent invoices can be changed.", "Posted and sent invoices are never edited."
    evidence = _evidence(allowed, denied)
    against = Conflict(Opposition(0, 0, "not", ""), evidence.sentences[0], 1.0)
    assert not stands(against, claim, content(claim), evidence)
    assert stands(against, claim, content(claim), _evidence(allowed))


def test_a_denial_for_another_case_does_not_stand() -> None:
    evidence = _evidence("You cannot receive goods without an order.")
    against = Conflict(Opposition(0, 0, "", "not"), evidence.sentences[0], 1.0)
    assert not stands(against, "You can receive goods.", content("You can receive goods."), evidence)
    claim = "You can receive goods without an order."
    assert stands(against, claim, content(claim), evidence)
