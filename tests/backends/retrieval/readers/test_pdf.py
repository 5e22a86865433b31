from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from backends.retrieval.page import Page
from backends.retrieval.passages import cut
from backends.retrieval.readers import pdf as reading
from backends.retrieval.readers.pdf import PdfReader
from kotae.reading import PageText
from tests.backends.retrieval.readers.files import Outline, pdf

LONG = "The Controller closes the period after the reconciliation of the bank"


def read(folder: Path, pages: Sequence[Sequence[str]], outline: Outline = (), title: str = "") -> PageText:
    path = folder / "guide.pdf"
    path.write_bytes(pdf(pages, outline, title))
    return PdfReader().read(path)


def test_the_outline_gives_the_headings_and_the_page_its_number(tmp_path: Path) -> None:
    pages = [
        ["Chapter 1", "About periods", "A period is a month.", "1.2 Reopening", "Only the Controller may."],
        ["Another page on reopening."],
    ]
    outline = [(0, "Chapter 1", 0), (1, "About periods", 0), (1, "Reopening", 0)]
    found = read(tmp_path, pages, outline, title="The Ledger")
    assert found.title == "The Ledger"
    assert found.text == (
        "# Chapter 1\n\n## About periods\n\n###### p. 1\n\nA period is a month.\n\n"
        "## Reopening\n\n###### p. 1\n\nOnly the Controller may.\n\n###### p. 2\n\nAnother page on reopening.\n"
    )
    assert found.lines == ()


def test_a_passage_of_a_pdf_names_its_page_and_no_line(tmp_path: Path) -> None:
    found = read(tmp_path, [[f"{LONG} {number}." for number in range(10)]] * 2, [(0, "Closing", 1)])
    page = Page(id="guide.pdf", title="Guide", text=found.text, source="guide.pdf", line=0, lines=found.lines)
    assert [(passage.title, passage.line) for passage in cut(page)] == [
        ("Guide › p. 1", 0),
        ("Guide › Closing › p. 2", 0),
    ]


def test_lines_are_put_together_to_paragraphs_and_bullets_to_lists(tmp_path: Path) -> None:
    lines = [LONG, "was finished.", "Short line", "Next", "\x95 one", "\x95 two", "# no heading"]
    found = read(tmp_path, [lines])
    assert f"{LONG} was finished.\n\nShort line\n\nNext" in found.text
    assert "\n- one\n- two\n" in found.text
    assert "\\# no heading" in found.text


def test_running_titles_page_numbers_and_tables_of_contents_are_left_out(tmp_path: Path) -> None:
    pages = [["Ledger manual 2.1", f"Text of page {word}.", f"{at}"] for at, word in enumerate("abcd", 7)]
    found = read(tmp_path, [["Periods . . . . . . . . . . 12"], *pages])
    assert "Ledger manual" not in found.text
    assert "Periods" not in found.text
    assert [line for line in found.text.split("\n") if line and line[0] != "#"] == [
        f"Text of page {word}." for word in "abcd"
    ]


@pytest.mark.parametrize("title", ["untitled", "Microsoft Word - guide.doc", "guide.indd", "", "-"])
def test_a_title_that_a_program_made_up_is_none(tmp_path: Path, title: str) -> None:
    assert read(tmp_path, [["text"]], title=title).title == ""


def test_what_holds_no_text_or_is_no_pdf_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no text in it; scanned pages"):
        read(tmp_path, [[]])
    (tmp_path / "broken.pdf").write_bytes(pdf([["text"]])[:200])
    with pytest.raises(ValueError, match="broken, or not PDF"):
        PdfReader().read(tmp_path / "broken.pdf")


def test_a_pdf_with_a_password_is_refused(tmp_path: Path) -> None:
    whole = pdf([["text"]])
    # The standard security handler, with hashes that no password fits.
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<00> <00>]" % (
        b"11" * 32,
        b"22" * 32,
    )
    (tmp_path / "locked.pdf").write_bytes(whole.replace(b"/Root 1 0 R", b"/Root 1 0 R " + lock))
    with pytest.raises(ValueError, match="protected by a password"):
        PdfReader().read(tmp_path / "locked.pdf")


@pytest.mark.parametrize(
    ("bound", "value", "reason"),
    [
        ("MOST_PAGES", 1, "more than 1 pages"),
        ("MOST_CHARACTERS", 3, "more than 3 characters on page 1"),
        ("PATIENCE", -1.0, "takes longer than"),
    ],
)
def test_a_file_that_would_take_for_ever_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: float, reason: str
) -> None:
    monkeypatch.setattr(reading, bound, value)
    with pytest.raises(ValueError, match=reason):
        read(tmp_path, [["text"], ["text"]])
