from __future__ import annotations

import gzip
import json
import os
import time
from pathlib import Path

import pytest

from backends.retrieval.manual import Page, Skipped, front_matter, pages, stamps
from backends.retrieval.readers import corpus
from backends.retrieval.readers.html import HtmlReader
from backends.retrieval.readers.pdf import PdfReader
from backends.retrieval.readers.plain import MarkdownReader
from kotae.errors import ManualError
from kotae.reading import PageText
from tests.backends.retrieval.conftest import write
from tests.backends.retrieval.readers.files import docx, paragraph, pdf


def read(source: Path) -> tuple[list[Page], list[Skipped]]:
    skipped: list[Skipped] = []
    return list(pages(source, skipped)), skipped


def test_a_folder_is_read_in_the_order_of_its_paths(english: Path) -> None:
    (english / "a.txt").write_text("plain", encoding="utf-8")
    found, skipped = read(english)
    assert [(page.id, page.title) for page in found] == [
        ("a.txt", "a"),
        ("closing/periods.md", "Periods"),
        ("shipments.md", "Shipments"),
    ]
    assert not skipped


def test_front_matter_gives_the_title(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("---\nlang: en\ntitle: 'The page'\n---\n\nText\n", encoding="utf-8")
    assert read(tmp_path)[0][0].title == "The page"


def title_of(folder: Path, text: str) -> str:
    (folder / "x.md").write_text(text, encoding="utf-8")
    return read(folder)[0][0].title


def test_the_title_is_looked_for_in_the_front_matter_and_not_behind_it(tmp_path: Path) -> None:
    assert title_of(tmp_path, "---\nlang: en\n---\n\n# Heading #\n\ntitle: no\n\n---\n") == "Heading"
    assert title_of(tmp_path, "---\n# note\nlang: en\n---\n\ntext\n") == "note"
    assert title_of(tmp_path, "---\nlang: en\n# note\n---\n\n# Heading\n") == "Heading"
    assert title_of(tmp_path, "---\ntitle: What's 'this'\n---\n") == "What's 'this'"
    assert title_of(tmp_path, '---\ntitle: ""\n---\n# Heading\n') == "Heading"


@pytest.mark.parametrize("text", ["---\n" + "title: a\n" * 100_000 + "x\n", "# a" + " " * 100_000 + "b\n"])
def test_the_title_of_an_odd_page_is_found_in_no_time(tmp_path: Path, text: str) -> None:
    began = time.process_time()
    title_of(tmp_path, text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("front", "rest"),
    [
        ("---\ntitle: A\n---\n", "Text\n"),
        ("---\ntitle: A\n---", ""),
        ("---\ntags:\n- a\n- b\n\nsummary: |\n  Long: and\n  longer\n---\n", "Text\n---\n"),
        ("", "---\n\nNote: prose between two rules.\n\n---\nText\n"),
        ("", "---\nProse between two rules.\n---\nText\n"),
        ("", "---\nkey: value\n\nProse.\n---\nText\n"),
        ("", "---\nkey: value\n"),
        ("", "Text\n---\nkey: value\n---\n"),
    ],
)
def test_front_matter_is_yaml_between_two_rules(front: str, rest: str) -> None:
    assert front_matter(front + rest) == front


def test_what_cant_be_read_is_skipped_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "manual"
    folder.mkdir()
    (tmp_path / "secret.md").write_text("secret", encoding="utf-8")
    (folder / "away.md").symlink_to(tmp_path / "secret.md")
    (folder / "dangling.md").symlink_to(tmp_path / "nowhere.md")
    (folder / "itself.md").symlink_to("itself.md")
    (folder / "latin.md").write_bytes(b"caf\xe9")
    (folder / "empty.md").write_text(" \n", encoding="utf-8")
    (folder / "huge.md").write_text("x" * 2000, encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4")
    (folder / "broken.docx").write_bytes(b"PK")
    (folder / "~$open.docx").write_bytes(b"Word's own")
    (folder / "deep.html").write_text("<div>" * 900, encoding="utf-8")
    (folder / "latin.html").write_bytes(b"<p>caf\xe9")
    (folder / "blank.html").write_text("<title>T</title><script>x()</script>", encoding="utf-8")
    monkeypatch.setattr(MarkdownReader, "largest", 1000)
    monkeypatch.setattr(HtmlReader, "largest", 1000)
    found, skipped = read(folder)
    assert found == []
    assert {skip.path: skip.reason for skip in skipped} == {
        "away.md": "a link that leaves the manual's folder",
        "dangling.md": "no such file or directory",
        "itself.md": "too many levels of symbolic links",
        "empty.md": "empty",
        "huge.md": "larger than 0 MiB",
        "latin.md": "not UTF-8",
        "broken.pdf": "broken, or not PDF",
        "broken.docx": "not a Word document, broken, or protected by a password",
        "deep.html": "larger than 0 MiB",
        "latin.html": "not UTF-8, and it names no other charset",
        "blank.html": "empty",
    }


def test_folders_that_are_not_looked_into_are_skipped_with_the_reason(tmp_path: Path) -> None:
    folder = write(tmp_path / "manual", {"a.md": "text", ".git/b.md": "hidden"})
    write(tmp_path / "elsewhere", {"c.md": "text"})
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    deep = os.open(folder, os.O_RDONLY)
    for _ in range(20):  # deeper than any path may be long: nobody can list the last ones, root neither
        os.mkdir("d" * 250, dir_fd=deep)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = below
    os.close(deep)
    found, skipped = read(folder)
    assert [page.id for page in found] == ["a.md"]
    assert [skip.reason for skip in skipped] == ["file name too long", "a link to a folder"]
    assert skipped[1].path == "linked"
    assert list(stamps(folder)) == ["a.md"]


def test_an_index_within_the_manual_is_none_of_its_pages(tmp_path: Path) -> None:
    version = "v-0123456789abcdef"
    index = {"CURRENT": version, f"{version}/manifest.json": "{}", f"{version}/terms.txt": "closedperiod"}
    folder = write(
        tmp_path / "manual",
        {"a.md": "text", **{f"sub/index/{name}": text for name, text in index.items()}},
    )
    damaged = folder / "damaged" / version
    write(damaged, {"manifest.json": "{}", "terms.txt": "closedperiod"})
    assert read(folder) == ([page for page in read(folder)[0] if page.id == "a.md"], [])
    assert list(stamps(folder)) == ["a.md"]
    with pytest.raises(ManualError, match="is an index, and no manual"):
        read(folder / "sub" / "index")


@pytest.mark.parametrize("name", ["corpus.jsonl", "corpus.jsonl.gz", "rows.JSONL", "rows.Jsonl.GZ"])
def test_a_corpus_gives_a_page_a_row(tmp_path: Path, name: str) -> None:
    rows = [
        '{"id": 1, "title": "T", "text": "one"}',
        "",
        "no json",
        '{"id": "2"}',
        '{"id": "1", "text": "again"}',
        '{"id":"3","text":"x"}',
        '{"id":"4","text":" "}',
        '{"id":0,"text":"nought"}',
        '{"id":false,"text":"x"}',
    ]
    data = "\n".join(rows).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.lower().endswith("gz") else data)
    found, skipped = read(tmp_path / name)
    assert [(page.id, page.title, page.line) for page in found] == [("1", "T", 1), ("3", "", 6), ("0", "", 8)]
    assert [skip.path for skip in skipped] == [f"{name}:{number}" for number in (3, 4, 5, 7, 9)]
    assert skipped[3].reason == "empty"


def test_a_row_without_end_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "LONGEST_ROW", 100)
    row = json.dumps({"id": "long", "text": "x" * 1000})
    (tmp_path / "c.jsonl").write_text(f'{row}\n{{"id": "2", "text": "short"}}\n', encoding="utf-8")
    found, skipped = read(tmp_path / "c.jsonl")
    assert [page.id for page in found] == ["2"]
    assert len(skipped) == 1


def test_a_manual_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManualError, match="There is no manual"):
        read(tmp_path / "nothing")
    with pytest.raises(ManualError, match="There is no manual"):
        stamps(tmp_path / "nothing")


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manual.zip").write_bytes(b"PK")
    with pytest.raises(ManualError, match=r"manual\.zip is neither a folder, a page nor a JSONL corpus"):
        read(tmp_path / "manual.zip")


def test_a_torn_archive_is_an_error_of_the_manual(tmp_path: Path) -> None:
    whole = gzip.compress(b'{"id": "1", "text": "one"}\n' * 1000)
    (tmp_path / "c.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ManualError, match="can't be read"):
        read(tmp_path / "c.jsonl.gz")


def test_a_page_s_digest_follows_what_is_indexed() -> None:
    page = Page(id="a", title="T", text="x", source="a")
    assert page.digest == Page(id="a", title="T", text="x", source="a").digest
    assert page.digest != Page(id="a", title="U", text="x", source="a").digest


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A manual with a page in every format."""
    folder = write(
        tmp_path / "mixed",
        {
            "a.md": "# A\n\nSee [b](b.html), [e](e.pdf) and [nothing](x.md).\n",
            "b.html": "<title>B</title><p>See <a href='sub/c.htm#x'>c</a> and <a href='a.html'>a</a>.</p>",
            "sub/c.htm": "<h1>C</h1>\n\n<p>Text <a href='../d.docx'>d</a></p>",
            "f.txt": "Plain [a](a.md)",
        },
    )
    (folder / "d.docx").write_bytes(docx(paragraph("Words")))
    (folder / "e.pdf").write_bytes(pdf([["Words"]]))
    return folder


def test_all_formats_are_read_and_link_to_each_other(mixed: Path) -> None:
    found, skipped = read(mixed)
    assert skipped == []
    assert [(page.id, page.title, page.line_of(0)) for page in found] == [
        ("a.md", "A", 1),
        ("b.html", "B", 1),
        ("d.docx", "d", 0),
        ("e.pdf", "e", 0),
        ("f.txt", "f", 1),
        ("sub/c.htm", "C", 1),
    ]
    assert {page.id: dict(page.links) for page in found if page.links} == {
        "a.md": {"b.html": "b.html", "e.pdf": "e.pdf"},
        "b.html": {"sub/c.htm": "sub/c.htm", "a.html": "a.md"},
        "sub/c.htm": {"../d.docx": "d.docx"},
    }
    assert found[-1].line_of(2) == 3


@pytest.mark.parametrize("name", ["a.md", "b.html", "e.pdf"])
def test_a_manual_may_be_one_page(mixed: Path, name: str) -> None:
    found, skipped = read(mixed / name)
    assert ([page.id for page in found], skipped) == ([name], [])
    assert set(stamps(mixed / name)) == {name}


def test_what_takes_a_package_that_is_not_there_is_listed_and_read_once_it_is(
    mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = stamps(mixed)
    monkeypatch.setattr(PdfReader, "needs", "no_such_package")
    found, skipped = read(mixed)
    assert "e.pdf" not in {page.id for page in found}
    assert skipped == [
        Skipped(
            "e.pdf", "needs no_such_package, which comes with the extra `office`: pip install 'kotae[office]'"
        )
    ]
    assert stamps(mixed) != whole


class Upper:
    """A plugin's reader."""

    suffixes = (".up", ".txt")

    def read(self, path: Path) -> PageText:
        text = path.read_text(encoding="utf-8")
        if text == "bad":
            raise KeyError(text)
        return PageText(text=text.upper(), title=" Up\n per ", lines=(7,))


def test_readers_of_plugins_add_formats_and_come_before_the_built_in_ones(mixed: Path) -> None:
    write(mixed, {"x.up": "words", "y.up": "bad", "z.down": "words"})
    found, skipped = read_with(mixed, Upper())
    assert [
        (page.id, page.title, page.text, page.line_of(0)) for page in found if page.title == "Up per"
    ] == [
        ("f.txt", "Up per", "PLAIN [A](A.MD)", 7),
        ("x.up", "Up per", "WORDS", 7),
    ]
    assert skipped == [Skipped("y.up", "can't be read (KeyError)")]
    assert set(stamps(mixed, [Upper()])) - set(stamps(mixed)) == {"x.up", "y.up"}


def read_with(source: Path, reader: Upper) -> tuple[list[Page], list[Skipped]]:
    skipped: list[Skipped] = []
    return list(pages(source, skipped, [reader])), skipped


def test_a_link_to_a_page_that_came_or_went_changes_the_digest(mixed: Path) -> None:
    def digests() -> dict[str, str]:
        return {page.id: page.digest for page in read(mixed)[0]}

    before = digests()
    write(mixed, {"x.md": "# X\n\nText\n"})
    after = digests()
    assert {name for name in before if after[name] != before[name]} == {"a.md"}
    (mixed / "x.md").unlink()
    assert digests() == before


def test_text_that_nothing_could_encode_is_made_encodable(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text(
        '{"id": "1", "title": "\\ud800", "text": "a\\udc00"}\n', encoding="utf-8"
    )
    ((page,), _) = read(tmp_path / "c.jsonl")
    assert (page.title, page.text) == ("\ufffd", "a\ufffd")
