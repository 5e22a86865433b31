"""The list of conversations: what is in it, what is found, and that it follows the files whatever happens to them."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from kotae.errors import TranscriptError
from kotae.transcripts import changes
from kotae.transcripts.library import Found, Library
from kotae.transcripts.store import VERSION
from tests.written import Said, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "transcripts"
    folder.mkdir()
    return folder


@pytest.fixture
def library(folder: Path, tmp_path: Path) -> Library:
    return Library(folder, tmp_path / "index.sqlite3")


def ids(library: Library) -> list[str]:
    library.update()
    return [entry.id for entry in library.entries()]


def search(library: Library, words: str) -> list[str]:
    library.update()
    return [found.entry.id for found in library.search(words)]


def only(library: Library, words: str) -> Found:
    library.update()
    (found,) = library.search(words)
    return found


def marked(found: Found) -> list[str]:
    assert found.excerpt is not None
    return [found.excerpt.text[start:end] for start, end in found.excerpt.marks]


def append(path: Path, line: dict[str, object] | bytes) -> None:
    with path.open("ab") as file:
        file.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")


# -- the list -------------------------------------------------------------------------------------------------------------


def test_pinned_ones_come_first_then_the_newest(folder: Path, library: Library) -> None:
    write(folder, "old", "Old?", day=1)
    write(folder, "kept", "Kept?", day=2, pinned=True)
    write(folder, "new", "New?", day=3)
    assert ids(library) == ["kept", "new", "old"]


def test_an_entry_says_what_it_is(folder: Path, library: Library) -> None:
    write(
        folder,
        "c",
        Said("Who?", backend="rag"),
        Said("Why?", backend="base"),
        title="締めの確認",
        pinned=True,
    )
    library.update()
    (entry,) = library.entries()
    assert (entry.title, entry.question, entry.heading) == ("締めの確認", "Who?", "締めの確認")
    assert (entry.backends, entry.turns, entry.pinned) == (("rag", "base"), 2, True)
    assert entry.updated == "2026-01-01T09:02:00.000+00:00"
    assert entry.path == folder / "c.jsonl"


def test_without_a_title_it_goes_by_its_first_question(folder: Path, library: Library) -> None:
    path = write(folder, "c", "Who?", "Why?", title="A title")
    changes.rename(path, "")
    library.update()
    assert library.entries()[0].heading == "Who?"


def test_what_is_no_transcript_is_not_listed(folder: Path, library: Library) -> None:
    write(folder, "c", "Who?")
    for name, data in {
        "empty": b"",
        "foreign": b'{"type":"something"}\n',
        "binary": bytes(range(256)),
        "later": b'{"type":"conversation","schema":99}\n',
        "begun": b'{"type":"conversation","schema":1,"id":"begun"}\n',
        "headless": b'{"type":"conversation","sche',
    }.items():
        (folder / f"{name}.jsonl").write_bytes(data)
    (folder / "folder.jsonl").mkdir()
    (folder / "notes.txt").write_text("x")
    assert ids(library) == ["c"]
    assert not library.update()  # none of them is read again


def test_a_folder_that_is_not_there_is_an_empty_list(tmp_path: Path) -> None:
    assert ids(Library(tmp_path / "nowhere", tmp_path / "i")) == []


def test_lines_that_can_not_be_read_cost_nothing_else(folder: Path, library: Library) -> None:
    path = write(folder, "c", "Who?")
    append(path, b"\xff\xfe\n[]\n{\n" + b"[" * 5000 + b"\n")
    append(path, {"type": "delta", "turn": "t1", "text": 7})
    append(path, {"type": "turn", "turn": "t2", "question": "麒麟?", "backend": "base", "at": 3})
    assert search(library, "麒麟") == ["c"]


def test_a_torn_last_line_is_read_when_it_is_whole(folder: Path, library: Library) -> None:
    path = write(folder, "c", "Who?")
    append(path, b'{"type":"delta","turn":"t1","text":"drag')
    assert search(library, "dragon") == []
    append(path, b'on"}\n')
    assert search(library, "dragon") == ["c"]


# -- following the files --------------------------------------------------------------------------------------------------


def test_what_is_added_is_read_from_where_the_file_ended(folder: Path, library: Library) -> None:
    path = write(folder, "c", "Who?")
    library.update()
    data = path.read_bytes()
    # The beginning is made unreadable in place: whoever reads it again finds no transcript. The tail that is compared stays.
    path.write_bytes(b"#" * 100 + data[100:])
    append(path, {"type": "delta", "turn": "t1", "text": " A dragon."})
    assert search(library, "dragon") == ["c"]


def test_an_answer_in_pieces_is_one_text(folder: Path, library: Library) -> None:
    path = write(folder, "c", Said("Who?", answer="The Contr"))
    library.update()
    append(path, {"type": "delta", "turn": "t1", "text": "oller."})
    assert only(library, "controller").turn == "t1"


@pytest.mark.parametrize("shorter", [True, False])
def test_a_file_that_was_written_anew_is_read_anew(folder: Path, library: Library, shorter: bool) -> None:
    path = write(folder, "c", "Who?", "A longer question, so that there is something to lose")
    library.update()
    path.unlink()
    write(folder, "c", "Another?", *(() if shorter else ("A second one, that is longer still",) * 3))
    assert search(library, "Another") == ["c"]
    assert search(library, "longer question") == []


def test_files_that_go_and_come_back(folder: Path, library: Library) -> None:
    path = write(folder, "c", "Who?")
    write(folder, "d", "Why?")
    assert sorted(ids(library)) == ["c", "d"]
    moved = changes.delete(path)
    assert ids(library) == ["d"]
    assert search(library, "Who") == []
    changes.restore(moved)
    assert sorted(ids(library)) == ["c", "d"]


def test_a_file_that_vanishes_while_it_is_read(folder: Path, library: Library) -> None:
    gone = [write(folder, f"c{number:03}", "Who?") for number in range(150)]

    def remove(done: int, total: int) -> None:
        for path in gone:
            path.unlink(missing_ok=True)

    library.update(remove)
    assert library.entries() == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_can_not_be_read_is_left_out(folder: Path, library: Library) -> None:
    write(folder, "c", "Who?").chmod(0)
    write(folder, "d", "Why?")
    assert ids(library) == ["d"]


def test_progress_is_told_and_an_update_can_be_stopped(folder: Path, library: Library) -> None:
    for number in range(250):
        write(folder, f"c{number:03}", "Who?")
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        if done:
            library.stop()

    library.update(stop)
    assert told == [(0, 250), (100, 250)]
    assert len(library.entries()) == 200


# -- searching ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def japanese(folder: Path) -> Path:
    return write(
        folder,
        "ja",
        Said("締めた期間を再開できるのは誰ですか", answer="経理責任者だけです。ﾛｰﾙは６種類、ガイド参照。税"),
    )


PARTS = (
    *("税", "締", "誰", "か", "再開", "責任", "ルは", "経理責任者", "誰ですか", "ロール", "6種類"),
    *("ガ", "ｶﾞｲﾄﾞ", "再開　責任者", "参照。税", "がいど"),
)


@pytest.mark.parametrize("words", PARTS)
def test_any_part_of_japanese_is_found(japanese: Path, folder: Path, library: Library, words: str) -> None:
    write(folder, "en", "Who may do it?")
    expected = [] if words == "がいど" else ["ja"]
    assert search(library, words) == expected


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("REOPEN", True),
        ("open", True),
        ("eo", True),
        ("d", True),
        ("period closed", True),
        ("closed dragon", False),
        ("zz", False),
        ('"', True),
        ('say "yes"', True),
        ("%", False),
        ("_", False),
        ("* OR", False),
        ("straße", True),
        ("STRASSE", True),
        ("cafe\u0301", True),
        ("😀", True),
        ("x" * 5000, False),
        ("  ", False),
        ("\x00", False),
    ],
)
def test_any_part_of_a_word_is_found_and_signs_are_signs(
    folder: Path, library: Library, words: str, found: bool
) -> None:
    write(folder, "c", Said('Who can reopen a closed period? Say "yes".', answer="Straße, café 😀 end"))
    assert search(library, words) == (["c"] if found else [])


def test_questions_answers_and_titles_are_searched(folder: Path, library: Library) -> None:
    write(folder, "c", Said("Where is the gryphon?", answer="Behind the basilisk."), title="Of the wyvern")
    assert (only(library, "gryphon").where, only(library, "basilisk").where) == ("question", "answer")
    found = only(library, "wyvern")
    assert (found.where, found.turn, found.excerpt) == ("title", "", None)
    assert [found.entry.heading[a:b] for a, b in found.heading_marks] == ["wyvern"]


def test_the_excerpt_shows_the_place_and_marks_it(folder: Path, library: Library) -> None:
    long = "あ" * 300
    write(folder, "c", "Who?", Said("When?", answer=f"{long}１２ヶ月の期間です。{long}"))
    found = only(library, "12ヶ月 期間")
    assert found.turn == "t2"
    assert marked(found) == ["１２ヶ月", "期間"]
    assert found.excerpt is not None
    assert len(found.excerpt.text) < 200
    assert found.excerpt.text.startswith("…あ")
    assert found.excerpt.text.endswith("…")


def test_the_turn_that_holds_all_of_the_words_is_given(folder: Path, library: Library) -> None:
    write(folder, "c", "The controller?", "A period?", "The controller of a period?")
    assert only(library, "period controller").turn == "t3"


def test_what_is_frequent_gives_the_first_of_the_list(folder: Path, library: Library) -> None:
    for number in range(30):
        write(folder, f"c{number:02}", "Who may?", day=1 + number % 28)
    library.update()
    found = [entry.entry.id for entry in library.search("a", limit=5)]
    assert found == [entry.id for entry in library.entries()[:5]]


# -- the index ------------------------------------------------------------------------------------------------------------


def test_it_is_for_the_owner_alone(folder: Path, library: Library, tmp_path: Path) -> None:
    write(folder, "c", "Who?")
    library.update()
    with closing(sqlite3.connect(tmp_path / "index.sqlite3")) as db:
        db.execute("SELECT count(*) FROM files").fetchall()
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.glob("index.sqlite3*")}
    assert "index.sqlite3" in modes
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"no database" * 1000),
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_bytes(b""),
        lambda path: _overwrite(path),
    ],
    ids=["foreign", "cut", "empty", "pages overwritten"],
)
def test_an_index_that_is_damaged_is_made_anew(
    folder: Path, library: Library, tmp_path: Path, damage: object
) -> None:
    for number in range(40):
        write(folder, f"c{number:02}", "Who reopens it?")
    library.update()
    damage(tmp_path / "index.sqlite3")  # type: ignore[operator]
    again = Library(folder, tmp_path / "index.sqlite3")
    again.update()
    assert len(again.search("reopens")) == 40
    assert len(again.entries()) == 40


def _overwrite(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 * 2 :] = b"\x5a" * (len(data) - 4096 * 2)
    path.write_bytes(data)


def test_an_index_of_another_version_is_made_anew(folder: Path, library: Library, tmp_path: Path) -> None:
    write(folder, "c", "Who?")
    library.update()
    with closing(sqlite3.connect(tmp_path / "index.sqlite3")) as db:
        db.execute("DROP TABLE turns")
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
        db.commit()
    assert search(library, "Who") == ["c"]


def test_an_index_that_is_damaged_when_it_is_searched_is_made_anew(
    folder: Path, library: Library, tmp_path: Path
) -> None:
    write(folder, "c", "Who?")
    library.update()
    with closing(sqlite3.connect(tmp_path / "index.sqlite3")) as db:
        db.execute("DROP TABLE words")
        db.commit()
    assert [found.entry.id for found in library.search("who")] == ["c"]


def test_where_no_index_can_be_kept_it_is_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    library = Library(folder, tmp_path / "file" / "index")
    for call in (library.update, library.entries, lambda: library.search("x")):
        with pytest.raises(TranscriptError, match=r"The list of conversations can't be kept in .*file"):
            call()


def test_each_folder_has_an_index_of_its_own(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, name, "Who?")
    assert ids(Library(tmp_path / "a")) == ["a"]
    assert ids(Library(tmp_path / "b")) == ["b"]
    assert ids(Library(tmp_path / "a")) == ["a"]


def test_several_processes_follow_one_folder(folder: Path, library: Library, tmp_path: Path) -> None:
    for number in range(120):
        write(folder, f"c{number:03}", f"Who is number {number}?")
    code = (
        "import sys; from pathlib import Path; from kotae.transcripts.library import Library\n"
        "library = Library(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "for _ in range(5): library.update(); library.search('number')\n"
        "print(len(library.entries()))"
    )
    run = [sys.executable, "-c", code, str(folder), str(tmp_path / "index.sqlite3")]
    running = [subprocess.Popen(run, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    while any(process.poll() is None for process in running):
        write(folder, "growing", "Who is number x?", day=2)
        library.update()
    assert [process.communicate()[0].strip() in ("120", "121") for process in running] == [True] * 3
    assert len(ids(library)) == 121
