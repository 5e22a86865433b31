from __future__ import annotations

from pathlib import Path

import pytest

from backends.retrieval.readers import word
from backends.retrieval.readers.word import WordReader
from kotae.reading import PageText
from tests.backends.retrieval.readers.files import docx, paragraph, table


def read(folder: Path, data: bytes) -> PageText:
    path = folder / "guide.docx"
    path.write_bytes(data)
    return WordReader().read(path)


def test_headings_tables_and_text_become_markdown(tmp_path: Path) -> None:
    body = (
        paragraph("Ledger guide", "Title")
        + paragraph("Periods", "heading1")
        + paragraph("期間は一か月です。")
        + paragraph("Reopening", "heading2")
        + table(["State", "Meaning"], ["Open", "All may post"])
    )
    found = read(tmp_path, docx(body))
    assert found.title == "Ledger guide"
    assert found.text == (
        "# Ledger guide\n\n# Periods\n\n期間は一か月です。\n\n## Reopening\n\n"
        "| State | Meaning |\n| --- | --- |\n| Open | All may post |\n"
    )
    assert found.lines == ()


@pytest.mark.parametrize("data", [b"PK\x03\x04 torn", b"\xd0\xcf\x11\xe0 an old or encrypted one", b""])
def test_what_is_no_word_document_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match="not a Word document, broken, or protected by a password"):
        read(tmp_path, data)


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word, "LARGEST_CONTENT", 100_000)
    bomb = docx(paragraph("x" * 1_000_000))
    assert len(bomb) < 10_000
    with pytest.raises(ValueError, match="when it is unpacked"):
        read(tmp_path, bomb)
