"""What the quote backend makes of the sample manual's questions: the floor for others, and that it claims nothing of its own.

The passages are found by BM25 alone, so that nothing has to be encoded; the floors lie a little below what was measured.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pytest

from backends.retrieval import lexical
from backends.retrieval.manual import pages
from backends.retrieval.marks import search_text
from backends.retrieval.passages import cut
from backends.retrieval.queries import weighted_terms
from backends.retrieval.quotation import quotation
from backends.retrieval.quoting import Choice, Counts, choose, question_terms
from backends.retrieval.rewriting import rewrite
from backends.retrieval.text import tokens
from kotae.conversation import Message, Passage
from plugins.grounding import flag_answer
from sample_manual import folder, questions

Lang = Literal["en", "ja"]
LANGS: tuple[Lang, Lang] = ("en", "ja")


@dataclass(frozen=True)
class Asked:
    """A question of the sample manual, and what was quoted for it."""

    row: dict[str, Any]
    history: tuple[Message, ...]
    passages: list[Passage]
    choice: Choice

    @property
    def text(self) -> str:
        return "\n\n".join(quotation(self.choice.picks, self.passages)) if self.choice.fits else ""

    @property
    def cites_its_page(self) -> bool:
        return self.choice.fits and any(
            self.passages[pick.passage].document in self.row["pages"] for pick in self.choice.picks
        )


def bm25(passages: list[Passage]) -> lexical.Lexical:
    """The words of some passages, without the rest of an index."""
    with TemporaryDirectory() as name:
        home, scratch = Path(name), Path(name) / "scratch"
        scratch.mkdir()
        collector = lexical.Collector(scratch)
        for passage in passages:
            collector.add(passage, tokens(search_text(passage)))
        collector.save(home)
        return lexical.load(home, len(passages))


@cache
def asked(lang: Lang) -> tuple[Asked, ...]:
    """All questions, answered. Takes two seconds."""
    passages = [passage for page in pages(folder(lang), []) for passage in cut(page)]
    words = bm25(passages)
    found = []
    for line in questions(lang).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        history = tuple(Message(**message) for message in row["history"])
        rewritten = rewrite(history, row["question"])
        query = rewritten.query if rewritten else row["question"]
        scores = words.scores(weighted_terms(query))
        best = [replace(passages[at], score=float(scores[at])) for at in (-scores).argsort(kind="stable")[:4]]
        counts = Counts(len(passages), {term: words.frequency(term) for term in question_terms(query)})
        told = history[-1].content if history else ""
        found.append(Asked(row, history, best, choose(query, best, counts, told)))
    return tuple(found)


def share(values: list[bool]) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize("lang", LANGS)
def test_most_questions_are_answered_from_a_page_that_holds_the_answer(lang: Lang) -> None:
    answerable = [one for one in asked(lang) if one.row["pages"]]
    assert share([one.choice.fits for one in answerable]) >= 0.85
    assert share([one.cites_its_page for one in answerable]) >= 0.75


@pytest.mark.parametrize("lang", LANGS)
def test_half_of_the_questions_that_the_manual_does_not_answer_are_refused_at_least(lang: Lang) -> None:
    unanswerable = [one for one in asked(lang) if not one.row["pages"]]
    assert share([not one.choice.fits for one in unanswerable]) >= 0.5


@pytest.mark.parametrize("lang", LANGS)
def test_the_numbers_of_the_reference_are_in_half_of_the_quotes(lang: Lang) -> None:
    there: list[bool] = []
    for one in asked(lang):
        told = set(tokens(one.row["question"] + " ".join(message.content for message in one.history)))
        numbers = {term for term in tokens(one.row["reference"]) if term[0].isdigit()} - told
        if one.choice.fits and numbers:
            there += [number in tokens(one.text) for number in sorted(numbers)]
    assert share(there) >= 0.45


@pytest.mark.parametrize("lang", LANGS)
async def test_the_flagger_has_nothing_to_say_of_quotes(lang: Lang) -> None:
    for one in asked(lang)[::3]:
        flags = await flag_answer(one.row["question"], one.text, one.passages, None, one.history, True) or []
        assert [flag for flag in flags if flag.score >= 0.5] == [], one.text


@pytest.mark.parametrize("lang", LANGS)
def test_quotes_are_short(lang: Lang) -> None:
    lengths = sorted(len(one.text) for one in asked(lang) if one.choice.fits)
    assert lengths[len(lengths) // 2] < 450
    assert lengths[-1] < 1500
