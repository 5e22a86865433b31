from __future__ import annotations

import time

import pytest

from backends.retrieval.quotable import Quotable, quotables

TITLE = "Periods › Reopening"
PROCEDURE = """To reopen a period, follow these steps:

1. Open **Closing > Periods**.
2. Choose **Reopen**. It asks for a reason.

Nothing else is needed.
"""


def parts(text: str, *kinds: str) -> list[Quotable]:
    return [part for part in quotables(TITLE, text) if not kinds or part.kind in kinds]


def texts(text: str, *kinds: str) -> list[str]:
    return [part.text for part in parts(text, *kinds)]


def test_a_paragraph_is_cut_into_sentences_in_both_languages() -> None:
    assert texts("It costs 3.5 %. See e.g. **Costs.** It is due.\n") == [
        "It costs 3.5 %.",
        "See e.g. **Costs.**",
        "It is due.",
    ]
    assert texts("締めた期間は再開できます（理由が必要です。）。誰がですか？経理責任者です！") == [
        "締めた期間は再開できます（理由が必要です。）。",
        "誰がですか？",
        "経理責任者です！",
    ]


def test_a_wrapped_sentence_is_one_and_japanese_lines_are_their_own() -> None:
    assert texts("A period is\na month. It ends.") == ["A period is a month.", "It ends."]
    assert texts("開始日\n終了日") == ["開始日", "終了日"]


def test_a_sentence_that_points_back_needs_the_one_before_it() -> None:
    text = "A lot can be put on hold. It is then not shipped. This manual says why. それは解除できます。"
    assert [part.points_back for part in parts(text)] == [False, True, False, True]
    assert not parts("It is a ledger.")[0].points_back  # nothing stands before it


def test_rows_come_with_the_head_of_their_table() -> None:
    rows = parts("| Role | May |\n|---|---|\n| Controller | [reopen](x.md) |\n| Buyer | nothing |")
    assert [row.text for row in rows] == ["| Controller | reopen |", "| Buyer | nothing |"]
    assert {row.lead for row in rows} == {"| Role | May |\n|---|---|"}
    assert len({row.group for row in rows}) == 1


def test_a_procedure_comes_whole_and_in_steps_with_what_leads_into_it() -> None:
    whole, first, second = parts(PROCEDURE, "procedure", "item")
    assert whole.kind == "procedure"
    assert whole.text == "1. Open **Closing > Periods**.\n2. Choose **Reopen**. It asks for a reason."
    assert (first.marker, first.text) == ("1. ", "Open **Closing > Periods**.")
    assert second.text == "Choose **Reopen**. It asks for a reason."
    assert whole.lead == first.lead == "To reopen a period, follow these steps:"
    assert texts(PROCEDURE, "sentence") == ["Nothing else is needed."]


def test_the_items_of_a_japanese_list_know_the_sentence_that_leads_into_it() -> None:
    listed = parts("次の順に検索されます。\n\n- 見積の価格\n- 価格表の価格", "item")
    assert {item.lead for item in listed} == {"次の順に検索されます。"}


def test_a_heading_within_the_text_is_that_of_what_follows() -> None:
    first, second = parts("Only once.\n\n**After › Costs**\n\nIt is free.")
    assert first.heading == TITLE
    assert second.heading == f"{TITLE} › After › Costs"


def test_lists_of_links_are_no_answer_and_links_into_the_manual_are_labels() -> None:
    assert texts("- [Archiving](archiving.md)\n- [Errors](../e.md)") == []
    assert texts("See [Periods](periods.md) and [the law](https://example.org/law).") == [
        "See Periods and [the law](https://example.org/law)."
    ]


def test_code_is_quoted_whole_and_never_read_as_text() -> None:
    (block,) = parts("Run this:\n\n```console\n$ a. B\n# c\n```", "code")
    assert block.text == "```console\n$ a. B\n# c\n```"
    assert block.lead == "Run this:"


def test_what_is_as_long_as_a_page_is_no_quotation() -> None:
    assert texts("word " * 400) == []


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "- " * 50_000, "|" * 50_000, "**" * 50_000, "1. a\n" * 20_000, "次の" * 40_000]
)
def test_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    quotables("t", text)
    assert time.process_time() - began < 2
