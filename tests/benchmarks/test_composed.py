"""What is composed for the reader to learn from says what its label says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from benchmarks import composed
from benchmarks.changed import Changed

MADE = composed.claims(12_000, {"en": (), "ja": ()}, seed=11)


def japanese(claim: Changed) -> bool:
    return bool(re.search("[ぁ-ん]", claim.claim))


def test_half_of_the_claims_are_borne_out_in_either_language() -> None:
    for language in (False, True):
        labels = [one.label for one in MADE if japanese(one) is language]
        assert 0.4 < sum(labels) / len(labels) < 0.6


def test_no_slot_is_left_open() -> None:
    assert not [one for one in MADE if re.search(r"[{}]", one.claim + one.beside)]


def test_a_claim_that_is_not_borne_out_stands_nowhere_in_its_passage() -> None:
    assert not [one for one in MADE if one.label and one.claim in one.beside]


def test_what_was_true_before_the_change_is_something_else() -> None:
    assert not [one for one in MADE if one.true == one.claim]


def test_most_claims_are_in_other_words_than_their_passage() -> None:
    borne_out = [one for one in MADE if not one.label]
    assert sum(one.claim in one.beside for one in borne_out) / len(borne_out) < 0.25


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_table_bears_out_who_may_and_no_more(language: str) -> None:
    cell = {"en": ("yes", "no"), "ja": ("可", "不可")}[language]
    denied = {
        "en": r"cannot|may not|not allowed|no right|forbidden|unable|must not",
        "ja": "できません|いけません|ていません|できない|不可能|禁止",
    }
    seen = 0
    for one in MADE:
        rows = [line.strip("| ").split(" | ") for line in one.beside.splitlines() if line.startswith("| ")]
        if not rows or japanese(one) is not (language == "ja"):
            continue
        who = [row for row in rows[2:] if row[0].lower() in one.claim.lower()]
        what = [
            at
            for at, head in enumerate(rows[0])
            if at and all(part in one.claim for part in _parts(head, language))
        ]
        if len(who) == len(what) == 1:
            says_no = bool(re.search(denied[language], one.claim))
            assert one.label == int(who[0][what[0]] != cell[says_no]), one
            seen += 1
    assert seen > 20


def _parts(head: str, language: str) -> list[str]:
    """The object of an act, as a table's head names it."""
    return head.split("の")[:1] if language == "ja" else [head.split(" ", 1)[1]]


_LEAST, _MOST = "at least|minimum|less than|or more|fall below", "at most|maximum|more than|up to|exceed"


@pytest.mark.parametrize(("bound", "tighter"), [(_LEAST, min), (_MOST, max)])
def test_a_looser_bound_is_borne_out_by_a_tighter_one(bound: str, tighter: Callable[[int, int], int]) -> None:
    seen = 0
    for one in MADE:
        said = re.search(
            rf"(?:The|the|for the) ([a-z -]+?)(?: (?:is|must|has|may)|\.).*?(?:{bound})|(?:{bound}).*",
            one.claim,
        )
        if japanese(one) or not said or not (number := re.search(r"\b\d+\b", one.claim)):
            continue
        for sentence in re.split(r"(?<=\.)\s+-?", one.beside):
            thing = said[1] and f" {said[1]} " in f" {sentence} "
            there = re.search(r"\b\d+\b", sentence)
            if thing and there and re.search(bound, sentence):
                looser = tighter(int(number[0]), int(there[0])) == int(number[0])
                assert one.label == int(not looser), one
                seen += 1
    assert seen > 10


def test_one_pair_alone_does_not_tell_the_label() -> None:
    pair = re.compile(
        r"The [a-z ]+ (?:is stored in|belongs in|is marked in|is for|serves for|comes with) [^.]+\."
    )
    alone = [one.label for one in MADE if pair.fullmatch(one.beside)]
    assert 0.2 < sum(alone) / len(alone) < 0.8


def test_the_same_seed_composes_the_same() -> None:
    assert composed.claims(40, {"en": (), "ja": ()}) == composed.claims(40, {"en": (), "ja": ()})
