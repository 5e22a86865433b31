from __future__ import annotations

import time

import pytest

from backends.flagging.evidence import gather
from backends.flagging.windows import Windows
from kotae.conversation import Passage


def passage(text: str, title: str = "", number: int = 1) -> Passage:
    return Passage(id=str(number), document="", title=title, text=text)


PERIODS = passage(
    "A period is one month. The Controller closes it.\n\nOnly a Controller may reopen a closed period. "
    "It closes itself again after 72 hours.",
    "Periods",
)
STOCK = passage("Stock is counted by warehouse. " * 40, "Stock", 2)
JAPANESE = passage(
    "期間は一か月です。締めた期間を再開できるのは経理責任者だけです。再開は72時間で終わります。", "", 3
)


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("A Controller may reopen a period.", "Only a Controller may reopen a closed period."),
        ("再開できるのは管理者です。", "締めた期間を再開できるのは経理責任者だけです。"),
        ("It ends after 90 hours.", "It closes itself again after 72 hours."),
    ],
)
def test_the_part_that_shares_most_with_a_claim_is_the_nearest(claim: str, text: str) -> None:
    best = Windows([STOCK, PERIODS, JAPANESE]).nearest(claim, 1)[0]
    assert text in best.text
    assert len(best.text) <= 500


def test_a_passages_title_counts_for_each_of_its_parts() -> None:
    windows = Windows([passage("It is one month."), passage("It is one month.", "Period")])
    assert windows.nearest("How long is a period?", 1)[0].passage == 1


def test_where_nothing_is_shared_the_first_parts_are_given_and_never_more_than_there_are() -> None:
    windows = Windows([PERIODS, STOCK])
    assert [window.passage for window in windows.nearest("dragons", 2)] == [0, 0]
    assert len(windows.nearest("period", 100)) == len(windows.nearest("dragons", 100)) > 5
    assert Windows([]).nearest("period", 3) == []


def test_all_of_a_passage_is_in_some_part_of_it() -> None:
    words = [f"Word{number}" for number in range(3000)]
    text = ". ".join(" ".join(words[at : at + 7]) for at in range(0, 3000, 7))
    seen = " ".join(window.text for window in Windows([passage(text)]).nearest("Word1", 10_000))
    assert set(words) <= set(seen.replace(".", " ").split())


HOSTILE = {
    "one long word": "a" * 1_000_000,
    "one long sentence": "ledger " * 150_000,
    "short lines": "ledger\n" * 150_000,
    "lines of one letter": "a\n" * 300_000,
    "punctuation": ".!?。、「」()[]|*_`#>-" * 50_000,
    "brackets": "[(「" * 300_000,
    "marks": "**a** _b_ `c` " * 60_000,
    "Japanese": "請求書を作成して、" * 100_000,
    "controls": "\x00\x1b[31m\x9b\u202e\u2028" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_passages_neither_hang_nor_raise(text: str) -> None:
    answer = "The ledger is closed by a Controller. 請求書を作成します。 " * 30
    began = time.process_time()
    evidence = await gather(answer, [passage(text), PERIODS], None)
    assert evidence is not None
    assert sum(len(part.text) for part in evidence.fitted(evidence.claims, 16_000)) <= 16_000
    for claim in evidence.claims:
        assert evidence.nearest(claim) in evidence.passages
    assert time.process_time() - began < 20
