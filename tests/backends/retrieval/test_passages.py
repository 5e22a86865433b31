from __future__ import annotations

import pytest

from backends.retrieval.manual import Page
from backends.retrieval.marks import only_refers, search_text
from backends.retrieval.passages import CHARACTERS, LIMIT, TARGET, cut
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


def linked(text: str, *names: str, **more: str) -> Page:
    """A page whose links lead to pages of the manual, `x.md` to `doc:x.md`."""
    links = {name: f"doc:{name}" for name in names}
    return Page(id="p.md", title="Page", text=text, source="p.md", links=links)


def test_a_passage_names_the_pages_that_its_own_text_links_to() -> None:
    text = f"""# Page

See [a](a.md#x), [a again](a.md), [b][ref], [away](https://example.org/c.md) and `[c](c.md)`. {WORDS}

## Second

<p>HTML: <a href="d.md">d</a></p>

| A | B |
|---|---|
| [e](sub%20folder/e.md) | x |

> - [ ] <a class=x href='f.md'>f</a> and [期](期間.md)

{WORDS}

[ref]: b.md "B"
"""
    first, second = cut(linked(text, "a.md", "b.md", "c.md", "d.md", "sub folder/e.md", "f.md", "期間.md"))
    assert first.links == ("doc:a.md", "doc:b.md")
    assert second.links == ("doc:d.md", "doc:sub folder/e.md", "doc:f.md", "doc:期間.md")


def test_the_parts_of_a_long_block_have_the_links_of_their_lines() -> None:
    items = "\n".join(f"- {WORDS}\n  [{number}]({number}.md)" for number in range(9))
    found = cut(linked(f"# Page\n\n{items}\n", *(f"{number}.md" for number in range(9))))
    assert len(found) > 2
    assert [name for passage in found for name in passage.links] == [
        f"doc:{number}.md" for number in range(9)
    ]
    for passage in found:
        assert all(f"({name.removeprefix('doc:')})" in passage.text for name in passage.links)


def test_a_long_paragraph_tells_its_lines_apart() -> None:
    lines = "\n".join(f"{WORDS} [{number}]({number}.md)" for number in range(9))
    found = cut(linked(lines, *(f"{number}.md" for number in range(9))))
    assert [passage.links[0] for passage in found][:2] == ["doc:0.md", "doc:2.md"]


def test_a_long_list_is_cut_between_its_items_and_what_lies_below_them_stays() -> None:
    items = "\n".join(
        f"{number}. {WORDS[:200]}\n\n   - below {number}\n     - and below that" for number in range(1, 20)
    )
    found = cut(page(f"# Page\n\n{items}\n"))
    assert len(found) > 3
    assert all(passage.text.split(".")[0].isdigit() for passage in found)
    assert all(passage.text.rstrip().endswith("and below that") for passage in found)
    second = int(found[1].text.split(".")[0])
    assert found[1].line == 3 + 4 * (second - 1)


def test_long_code_is_cut_between_lines_and_fenced_again() -> None:
    code = "\n".join(f"command --number {number} --with several options" for number in range(80))
    found = cut(page(f"# Page\n\n```sh\n{code}\n```\n"))
    assert len(found) > 3
    assert all(
        passage.text.startswith("```sh\ncommand") and passage.text.endswith("\n```") for passage in found
    )
    assert found[0].line == 3
    assert found[1].line == 4 + int(found[1].text.split()[3])


def test_html_in_markdown_is_searched_for_its_text_alone() -> None:
    text = "# Page\n\n<!-- a remark -->\n\n<table class='x'>\n"
    text += "<tr><td>SL-104</td><td>no&nbsp;stock</td></tr>\n</table>\n\nRun `kotae index <SOURCE>`.\n"
    (found,) = cut(page(text))
    searched = search_text(found).split()
    assert "remark" not in found.text
    assert "<SOURCE>." in searched
    assert {"SL-104", "no", "stock"} <= set(searched)
    assert not {"td", "tr", "class='x'", "<td>"} & set(searched)
    assert found.line == 5


def test_escapes_are_not_searched() -> None:
    (found,) = cut(page("# Page\n\n1\\. no list, and \\# no heading\n"))
    assert search_text(found) == "Page\n1. no list, and # no heading"


def test_lines_come_from_where_the_reader_says() -> None:
    text = f"# Page\n\n{WORDS}\n\n## Section\n\n{WORDS}\n"
    lines = (10, 12, 12, 15, 15, 20, 20, 20)
    found = cut(Page(id="p.html", title="Page", text=text, source="p.html", line=0, lines=lines))
    assert [passage.line for passage in found] == [12, 20]
    found = cut(Page(id="p.pdf", title="Page", text=text, source="p.pdf", line=0, lines=()))
    assert [passage.line for passage in found] == [0, 0]


def test_all_passages_of_a_row_are_in_its_line() -> None:
    text = "\n\n".join([WORDS] * 8)
    found = cut(Page(id="1", title="", text=text, source="c.jsonl", line=1, lines=(), markdown=False))
    assert {passage.line for passage in found} == {1}


@pytest.mark.parametrize(
    ("text", "refers"),
    [
        ("- [Receipts](../sales/receipts.md)\n- [Supplier payments](pay.md)", True),
        ("- [Periods](periods.md): who may post in which state", False),
        ("Nothing is linked.", False),
        ("- [会計期間](periods.md)\n- [締め](closing.md)", True),
    ],
)
def test_a_list_of_links_only_refers(text: str, refers: bool) -> None:
    assert only_refers(text) is refers


@pytest.mark.parametrize(
    "text",
    [
        "!" * 300_000,
        "# Page\n\n" + "\n".join("  " * level + "- a" for level in range(500)),
        "| " + "A" * 9000 + " |\n|---|\n" + "| 1 |\n" * 300,
        "# " + "long " * 5000 + "\n\n" + f"{WORDS}\n\n" * 50,
    ],
    ids=["marks", "nested list", "head of a table", "heading"],
)
@pytest.mark.parametrize("markdown", [True, False])
def test_a_passage_has_a_bounded_number_of_characters(text: str, markdown: bool) -> None:
    found = cut(page(text, markdown=markdown))
    assert max(len(passage.title) + len(passage.text) for passage in found) <= LIMIT * CHARACTERS
    assert sum(len(passage.text) for passage in found) < 3 * len(text)


def test_a_heading_with_nothing_below_it_is_found_all_the_same() -> None:
    found = cut(page(f"# Page\n\n## Full\n\n{WORDS}\n\n## Discontinued features\n\n## Last\n"))
    assert [(passage.title, passage.text) for passage in found] == [
        ("Page › Full", WORDS),
        ("Page", "**Discontinued features**\n\n**Last**"),
    ]
    assert found[1].line == 7


def test_a_heading_with_nothing_below_it_joins_the_section_that_follows() -> None:
    (found,) = cut(page("# Page\n\n## Nothing\n\n## Something\n\ntext\n"))
    assert found.text == "**Nothing**\n\n**Something**\n\ntext"


@pytest.mark.parametrize("text", ["# Page\n", "Page\n====\n\n<!-- to be written -->\n"])
def test_a_page_that_is_a_heading_is_a_passage(text: str) -> None:
    (found,) = cut(page(text))
    assert (found.id, found.title, found.text, found.line) == ("p.md", "Page", "**Page**", 1)


def test_a_heading_with_sections_below_it_is_told_once() -> None:
    (found,) = cut(page("# Page\n\n## Part\n\n### Chapter\n\ntext\n"))
    assert (found.title, found.text) == ("Page › Part › Chapter", "text")


def test_long_paragraphs_have_their_links_too() -> None:
    text = "\n".join(f"{WORDS} [{number}]({number}.md)" for number in range(200))
    found = cut(linked(text, "0.md", "199.md"))
    assert found[0].links == ("doc:0.md",)
    assert found[-1].links == ("doc:199.md",)
