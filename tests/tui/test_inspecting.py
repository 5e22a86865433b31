from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Collapsible, Static, TextArea

from kotae.citations import cited
from kotae.conversation import Passage, Rewrite
from kotae.events import Delta, Finished, Retrieved, Rewritten
from tests.tui import sample_conversation
from tests.tui.conftest import AppOf, ask, chat, ready, shown, until
from tests.tui.scripted import Scripted, engine_of, rag_steps
from tui.inspection import searched, steps
from tui.sources import read_page
from tui.strings import strings
from tui.widgets.inspector import Inspector
from tui.widgets.passage import PassageCard

if TYPE_CHECKING:
    from pathlib import Path


def rag(answer: str = "Only a Controller can [1].") -> Scripted:
    return Scripted("rag", "rag", rag_steps("Who?", answer))


async def test_the_inspector_shows_the_search_and_marks_what_is_cited(app_of: AppOf) -> None:
    async with app_of(engine_of(Scripted("base"), rag()), backend="rag").run_test(size=(120, 50)) as pilot:
        await ask(pilot, "Who?")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Inspector: rag" in shown(pilot))
        picture = shown(pilot)
    assert "Who? closed period" in picture
    assert "heuristic" in picture
    assert "a reference was resolved" in picture
    assert "[1] ✓ cited  score 0.83" in picture
    assert "[2] score 0.41" in picture
    assert "812→96 tokens" in picture
    assert "▶ Messages sent (2)" in picture


async def test_the_search_is_told_step_by_step(app_of: AppOf) -> None:
    query = "ledger — and who? || What is a soft close? || Who closes?"
    found = (
        Passage(
            id="1", document="a.md", title="Closing › Periods", text="t1", links=("b.md", "[red]c[/red]\x1b")
        ),
        Passage(
            id="2",
            document="b.md",
            title="B",
            text="t2",
            found_by="Closing › Periods: soft close, controller",
        ),
        Passage(id="3", document="c.md", title="C", text="t3"),
        Passage(id="4", document="d.md", title="D", text="t4", found_by="What is a soft close?"),
        Passage(id="5", document="e.md", title="E", text="t5", found_by="audit: [bold]log"),
    )
    events = (
        Rewritten(Rewrite(query=query, method="carry-over", note="small-1 took longer than 5 s")),
        Retrieved(found),
        Delta("Yes."),
        Finished("stop"),
    )
    async with app_of(engine_of(Scripted("rag", "rag", events)), backend="rag").run_test(
        size=(130, 80)
    ) as pilot:
        await ask(pilot, "and who?")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "t5" in shown(pilot))
        assert "\x1b" not in shown(pilot)
        told = "\n".join(str(part.content) for part in pilot.app.screen.query_one(Inspector).query(Static))
    at = 0
    for words in (
        "Question\nand who?\n",
        "Searched for  carry-over · Enter edits\nledger — and who?\n+ What is a soft close?\n+ Who closes?\n",
        "small-1 took longer than 5 s\n",
        "Passages (5)",
        "↳ found with the query itself\n[1]",
        "→ see also: b.md, [red]c[/red]␛\n",
        "[3]",
        "↳ went on from Closing › Periods with: soft close, controller\n[2]",
        "↳ found with the sub-question: What is a soft close?\n[4]",
        "↳ went on with: audit: [bold]log\n[5]",
    ):
        at = told.index(words, at) + 1


def test_what_is_carried_over_is_fainter_than_the_question() -> None:
    content = searched(Rewrite(query="ledger — role — and who?", method="carry-over"), strings("en"))
    plain = content.plain
    (faint,) = [span for span in content.spans if "ledger" in plain[span.start : span.end]]
    assert plain[faint.start : faint.end] == "ledger — role — "
    assert faint.style == "$muted"


def test_where_the_query_itself_found_everything_no_step_is_named() -> None:
    passages = (Passage(id="1", document="a", title="A", text="t"),)
    assert [step.found_by for step in steps(passages)] == [""]
    assert steps(()) == []


async def test_the_inspector_says_nothing_of_what_is_not_known_yet(app_of: AppOf) -> None:
    searching = Rewritten(Rewrite(query="closed period", method="heuristic"))
    still = Scripted("rag", "rag", (searching, asyncio.Event()))
    async with app_of(engine_of(still), backend="rag").run_test(size=(120, 50)) as pilot:
        screen = await ready(pilot)
        screen.send("Who?")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Searched for" in shown(pilot))
        assert "No passage was found." not in shown(pilot)
        assert "Timings" not in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "No passage was found." in shown(pilot))


async def test_the_messages_sent_unfold(app_of: AppOf) -> None:
    async with app_of(engine_of(rag()), backend="rag").run_test(size=(120, 60)) as pilot:
        screen = await ask(pilot, "Who?")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: screen.query(Collapsible))
        assert "Use the passages." not in shown(pilot)
        screen.query_one(Collapsible).collapsed = False
        await until(pilot, lambda: "Use the passages." in shown(pilot))


async def test_the_inspector_follows_the_answer_and_the_flag_that_is_selected(app_of: AppOf) -> None:
    base = Scripted("base", steps=(Delta("It was made in 1999."), Finished("stop")))
    async with app_of(engine_of(base, rag(), flag=("1999",))).run_test(size=(120, 50)) as pilot:
        await ask(pilot, "When?")
        await pilot.press("tab")
        await ask(pilot, "Who?")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Inspector: rag" in shown(pilot))
        await pilot.press("f7")
        await until(pilot, lambda: "Inspector: base" in shown(pilot))
        assert "The manual does not say 1999." in shown(pilot)
        assert "Nearest passage" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "Inspector: rag" in shown(pilot))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Inspector" not in shown(pilot))


async def test_a_narrow_terminal_has_the_inspector_over_the_chat(app_of: AppOf) -> None:
    engine = engine_of(rag(), flag=("Controller",))
    async with app_of(engine, backend="rag").run_test(size=(80, 24)) as pilot:
        screen = await ask(pilot, "Who?")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Esc closes" in shown(pilot))
        await pilot.press("f8")
        await until(pilot, lambda: "The manual does not say Controller." in shown(pilot))
        assert pilot.app.screen is not screen
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.prompt.has_focus


async def test_the_inspector_at_the_side_gives_way_when_the_terminal_gets_narrow(app_of: AppOf) -> None:
    async with app_of(engine_of(rag()), backend="rag").run_test(size=(120, 24)) as pilot:
        await ask(pilot, "Who?")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Inspector: rag" in shown(pilot))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "Inspector: rag" not in shown(pilot))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Esc closes" in shown(pilot))
        await pilot.press("escape")
        await pilot.resize_terminal(120, 24)
        await ready(pilot)


async def test_enter_opens_the_page_at_the_passage(app_of: AppOf, transcripts: Path, tmp_path: Path) -> None:
    page = tmp_path / "manual" / "closing" / "reopening-periods.md"
    page.parent.mkdir(parents=True)
    page.write_text("".join(f"line {n} \x1b[31m\n" for n in range(1, 60)))
    path = sample_conversation.write(transcripts, manual=tmp_path / "manual")
    async with app_of(resume=path).run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: chat(pilot).session.begun)
        await ready(pilot)
        await pilot.press("ctrl+o")
        await until(pilot, lambda: chat(pilot).query(PassageCard))
        await pilot.press("f6", "enter")
        await until(pilot, lambda: "line 12 ␛[31m" in shown(pilot))
        area = pilot.app.screen.query_one(TextArea)
        assert area.selected_text == "line 12 ␛[31m"
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is chat(pilot))


def test_citations_are_found_in_both_ways_of_writing_them() -> None:
    assert cited("As [1] and [2, 4] say; see [x](http://a) and [10]、[3、5].") == {1, 2, 3, 4, 5, 10}


def test_a_page_that_is_gone_shows_the_passage(tmp_path: Path) -> None:
    text = strings("en")
    passage = Passage(
        id="p", document="a.md", title="A", text="The text.", source=str(tmp_path / "gone.md"), line=3
    )
    page = read_page(passage, text)
    assert page.text == "The text."
    assert page.note == f"{tmp_path / 'gone.md'} is no longer there; here is the passage."


def test_a_page_is_never_looked_for_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text("Something else altogether.")
    monkeypatch.chdir(tmp_path)
    passage = Passage(id="p", document="a.md", title="A", text="The text.", source="a.md", line=1)
    page = read_page(passage, strings("en"))
    assert page.text == "The text."
    assert page.note == "This passage has no file to open; here is its text."


def test_a_folder_or_device_is_no_page(tmp_path: Path) -> None:
    passage = Passage(id="p", document="a.md", title="A", text="The text.", source="/dev/zero", line=1)
    assert read_page(passage, strings("en")).text == "The text."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("guide.pdf", b"%PDF-1.4 text"),
        ("guide.docx", b"PK"),
        ("notes.md", b"text\0\x01"),
        ("big.pdf", b"x" * 2_100_000),
    ],
)
def test_a_file_that_is_no_text_is_named_and_never_shown(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    passage = Passage(id="p", document=name, title="A › p. 3", text="The text.", source=str(tmp_path / name))
    page = read_page(passage, strings("en"))
    assert (page.title, page.text) == ("A › p. 3", "The text.")
    assert page.note == f"{tmp_path / name} is no text file and can't be shown here; this is the passage."


def test_a_page_of_html_opens_at_its_line_in_its_own_charset(tmp_path: Path) -> None:
    source = '<meta charset="Shift_JIS">\r\n<nav>x</nav>\r\n<p>\r\n期間は一か月です。</p>\r\n'
    (tmp_path / "a.html").write_bytes(source.encode("cp932"))
    passage = Passage(
        id="p",
        document="a.html",
        title="A",
        text="期間は一か月です。",
        source=str(tmp_path / "a.html"),
        line=4,
    )
    page = read_page(passage, strings("ja"))
    assert page.text.split("\n")[page.first] == "期間は一か月です。</p>"
    assert (page.lines, page.note) == (1, "")


def test_a_large_page_shows_the_passage(tmp_path: Path) -> None:
    (tmp_path / "big.md").write_bytes(b"x" * 2_100_000)
    passage = Passage(
        id="p", document="a.md", title="A", text="The text.", source=str(tmp_path / "big.md"), line=1
    )
    page = read_page(passage, strings("en"))
    assert page.text == "The text."
    assert "too large" in page.note
