from __future__ import annotations

from pathlib import Path

import pytest

from backends.retrieval import lexical
from backends.retrieval.lexical import Lexical
from backends.retrieval.marks import search_text
from backends.retrieval.mentions import mentioned
from backends.retrieval.text import tokens
from kotae.conversation import Passage

TEXTS = [
    (
        "Periods › Reopening",
        "Only the Controller may reopen it. The user's audit log says CL-207 or SL-104-B.",
    ),
    ("", "It takes 12.5 seconds in version v2.1 and costs 1,000,000 yen. Don't wait. Log the audit."),
    ("会計期間", "経理責任者だけがコントローラーを使えます。ＣＬ－３０８は２０７年のユーザーです。る"),
    ("Links", "See **the [price list](x.md)** for `error_code` and naïve café."),
]


@pytest.fixture
def manual(tmp_path: Path) -> tuple[list[Passage], Lexical]:
    passages = [
        Passage(id=str(number), document=str(number), title=title, text=text)
        for number, (title, text) in enumerate(TEXTS)
    ]
    (tmp_path / "scratch").mkdir()
    collector = lexical.Collector(tmp_path / "scratch")
    for passage in passages:
        collector.add(passage, tokens(search_text(passage)))
    collector.save(tmp_path)
    return passages, lexical.load(tmp_path, len(passages))


@pytest.mark.parametrize(
    ("term", "there"),
    [
        ("Controller", True),
        ("CONTROLLERS", False),
        ("control", False),
        ("audit log", True),
        ("log audit", False),
        ("user", True),
        ("user's audit", True),
        ("cl-207", True),
        ("CL-20", False),
        ("sl-104", True),
        ("104-b", True),
        ("12.5", True),
        ("12.5 seconds", True),
        ("5 seconds", True),
        ("v2.1", True),
        ("v2", True),
        ("1,000,000", True),
        ("1,000,000 yen", True),
        ("2,000,000 yen", False),
        ("the", True),
        ("don't", True),
        ("won't", False),
        ("Reopening", True),
        ("経理責任者", True),
        ("経理", True),
        ("経理部長", False),
        ("コント", True),
        ("コントローラ", True),
        ("ユーザー", True),
        ("る", True),
        ("を", True),
        ("ぬ", False),
        ("CL-308", True),
        ("207年", True),
        ("price list", True),
        ("error_code", True),
        ("naïve", True),
        ("café", True),
        ("cafe", False),
        ("", False),
        (" ", False),
        ("!", False),
        ("🎉", False),
    ],
)
def test_terms_are_found_as_whole_words(
    manual: tuple[list[Passage], Lexical], term: str, there: bool
) -> None:
    passages, words = manual
    assert mentioned([term], passages, words) == ({term} if there else set())


def test_no_more_passages_are_read_than_allowed(manual: tuple[list[Passage], Lexical]) -> None:
    passages, words = manual
    assert mentioned(["log the audit", "the audit"], passages, words, most=1) == set()
    assert mentioned(["log the audit", "the audit"], passages, words) == {"log the audit", "the audit"}
