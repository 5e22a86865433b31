from __future__ import annotations

from backends.retrieval.manual import Page
from backends.retrieval.passages import LIMIT, TARGET, cut, search_text
from backends.retrieval.text import length


def page(text: str, *, markdown: bool = True, title: str = "Page") -> Page:
    return Page(id="p.md", title=title, text=text, source="p.md", markdown=markdown)


WORDS = " ".join(["word"] * 60) + "."


def test_a_passage_keeps_its_headings_and_its_line() -> None:
    found = cut(page(f"# Page\n\n{WORDS}\n\n## Section\n\n### Below\n\n{WORDS}\n"))
    assert [(passage.title, passage.line) for passage in found] == [
        ("Page", 3),
        ("Page › Section › Below", 9),
    ]
    assert [passage.id for passage in found] == ["p.md#1", "p.md#2"]
    assert {passage.document for passage in found} == {"p.md"}


def test_tiny_sections_join_and_keep_their_headings_in_the_text() -> None:
    (found,) = cut(page("# Page\n\n## One\n\nfirst\n\n## Two\n\nsecond\n"))
    assert found.title == "Page"
    assert found.text == "**One**\n\nfirst\n\n**Two**\n\nsecond"


def test_a_heading_in_a_code_block_is_no_heading() -> None:
    (found,) = cut(page("# Page\n\n```sh\n# not a heading\nls\n```\n"))
    assert found.title == "Page"
    assert "# not a heading" in found.text


def test_a_table_that_fits_stays_whole() -> None:
    rows = "\n".join(f"| {number} | {WORDS[:40]} |" for number in range(18))
    found = cut(page(f"# Page\n\n{WORDS}\n\n| A | B |\n|---|---|\n{rows}\n"))
    assert any(all(f"| {number} |" in passage.text for number in range(18)) for passage in found)


def test_a_long_table_is_cut_between_rows_and_repeats_its_head() -> None:
    rows = "\n".join(f"| {number} | {WORDS[:40]} |" for number in range(100))
    found = cut(page(f"# Page\n\n| A | B |\n|---|---|\n{rows}\n"))
    assert len(found) > 3
    assert all(passage.text.startswith("| A | B |\n|---|---|\n| ") for passage in found)
    assert found[0].line == 3
    first = found[1].text.split("\n")[2].split("|")[1].strip()
    assert found[1].line == 5 + int(first)


def test_long_text_is_cut_between_sentences_in_both_languages() -> None:
    for sentence in (
        "The period is closed by the Controller after the bank reconciliation. ",
        "期間は経理責任者が銀行照合の後に締めます。",
    ):
        found = cut(page("# Page\n\n" + sentence * 60))
        assert len(found) > 2
        assert all(length(passage.text) <= LIMIT for passage in found)
        assert all(passage.text.rstrip()[-1] in ".。" for passage in found)


def test_text_without_sentences_is_cut_all_the_same() -> None:
    found = cut(page("あ" * 3000, markdown=False))
    assert "".join(passage.text.replace("\n", "") for passage in found).count("あ") == 3000
    assert all(length(passage.text) <= TARGET for passage in found)


def test_a_row_of_ordinary_size_is_one_passage_under_its_own_id() -> None:
    (found,) = cut(
        Page(id="row 7", title="T", text=WORDS + "\n\n" + WORDS, source="c.jsonl", line=7, markdown=False)
    )
    assert (found.id, found.document, found.title, found.line) == ("row 7", "row 7", "T", 7)


def test_front_matter_is_no_passage_and_moves_no_line() -> None:
    (found,) = cut(page("---\ntitle: Page\n---\n\nText\n"))
    assert (found.text, found.line) == ("Text", 5)


def test_a_page_that_begins_with_a_rule_loses_nothing() -> None:
    (found,) = cut(page("---\n\nFirst words.\n\n---\n\nText\n"))
    assert "First words." in found.text


def test_what_is_searched_has_no_marks_and_no_link_targets() -> None:
    (found,) = cut(
        page("# Page\n\n**Press** [Post](../sales/post.md) or `Save`.\n\n| A | B |\n|---|---|\n| 1 | 2 |\n")
    )
    searched = search_text(found)
    assert searched.startswith("Page\nPress Post or Save.")
    assert "---" not in searched
    assert "post.md" not in searched
