from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from kotae.conversation import Message, TokenUsage
from kotae.errors import BackendError, SettingsError
from kotae.events import Delta, Finished, Notice, Retrieved, Rewritten, Used
from kotae.transcripts.read import latest, read
from tests.tui.conftest import AppOf, ask, chat, ready, shown, until
from tests.tui.scripted import Scripted, engine_of, rag_steps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kotae.engine import Engine


async def test_an_answer_is_shown_with_its_numbers_and_recorded(app_of: AppOf, transcripts: Path) -> None:
    used = Used(TokenUsage(prompt_tokens=12, completion_tokens=34, model="tiny"))
    base = Scripted("base", steps=(Delta("It is a "), Delta("ledger."), used, Finished("stop")))
    async with app_of(engine_of(base)).run_test(size=(100, 24)) as pilot:
        await ask(pilot, "What is it?")
        await until(pilot, lambda: "12→34 tokens" in shown(pilot))
        picture = shown(pilot)
    assert "What is it?" in picture
    assert "It is a ledger." in picture
    assert "tiny" in picture
    path = latest(transcripts)
    assert path is not None
    [turn] = read(path).turns.values()
    assert (turn.question, turn.answer, turn.status) == ("What is it?", "It is a ledger.", "stop")


async def test_enter_on_the_empty_screen_sends_the_marked_sample(app_of: AppOf) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base)).run_test() as pilot:
        await ready(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: base.requests)
    assert base.requests[0].question == "Who can reopen a closed period?"


async def test_a_number_marks_a_sample(app_of: AppOf) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base), lang="ja").run_test() as pilot:
        await ready(pilot)
        await pilot.press("3", "enter")
        await until(pilot, lambda: base.requests)
    assert base.requests[0].question.startswith("入荷")


async def test_a_question_that_begins_with_a_number_is_sent_as_it_is(app_of: AppOf) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base)).run_test() as pilot:
        await ask(pilot, "3 way match?")
    assert base.requests[0].question == "3 way match?"


async def test_a_question_asked_too_early_waits_for_the_engine(app_of: AppOf) -> None:
    base, may_load = Scripted("base"), threading.Event()

    def load(report: Callable[[str], None]) -> Engine:
        may_load.wait(10)
        return engine_of(base)

    async with app_of(load).run_test() as pilot:
        screen = chat(pilot)
        await pilot.press("H", "i", "enter")
        await until(pilot, lambda: screen.answering.state == "waiting")
        assert "the question is sent as soon as everything is ready" in shown(pilot)
        assert "◌ Hi" in shown(pilot)
        assert screen.prompt.text == ""
        may_load.set()
        await until(pilot, lambda: base.requests)
        await ready(pilot)
    assert base.requests[0].question == "Hi"


async def test_escape_takes_a_waiting_question_back(app_of: AppOf) -> None:
    base, may_load = Scripted("base"), threading.Event()

    def load(report: Callable[[str], None]) -> Engine:
        may_load.wait(10)
        return engine_of(base)

    async with app_of(load).run_test() as pilot:
        screen = chat(pilot)
        await pilot.press("H", "i", "enter")
        await until(pilot, lambda: screen.answering.state == "waiting")
        await pilot.press("escape")
        assert screen.prompt.value == "Hi"
        may_load.set()
        await ready(pilot)
    assert base.requests == []


async def test_enter_while_an_answer_streams_keeps_the_text(app_of: AppOf) -> None:
    gate = asyncio.Event()
    base = Scripted("base", steps=(Delta("Wait"), gate, Finished("stop")))
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("a", "enter")
        await until(pilot, lambda: screen.answering.state == "answering")
        await pilot.press("b", "enter")
        assert screen.prompt.value == "b"
        assert "Still answering. Esc stops." in shown(pilot)
        gate.set()
        await ready(pilot)
    assert len(base.requests) == 1


async def test_escape_stops_the_answer_and_keeps_what_had_come(app_of: AppOf, transcripts: Path) -> None:
    base = Scripted("base", steps=(Delta("The first half"), asyncio.Event(), Finished("stop")))
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("a", "enter")
        await until(pilot, lambda: "The first half" in shown(pilot))
        await pilot.press("escape")
        await ready(pilot)
        await until(pilot, lambda: "stopped" in shown(pilot))
        assert "The first half" in shown(pilot)
        assert pilot.app.is_running
        assert screen.prompt.value == ""
    path = latest(transcripts)
    assert path is not None
    [turn] = read(path).turns.values()
    assert (turn.answer, turn.status) == ("The first half", "cancelled")


async def test_a_question_that_fails_at_once_is_back_in_the_prompt(app_of: AppOf) -> None:
    base = Scripted("base", steps=(BackendError("The server refused the key.", "Set OPENAI_API_KEY."),))
    async with app_of(engine_of(base)).run_test(size=(100, 24)) as pilot:
        screen = await ask(pilot, "Hello?")
        await until(pilot, lambda: "The server refused the key. Set OPENAI_API_KEY." in shown(pilot))
        assert screen.prompt.value == "Hello?"
        [turn] = screen.session.conversation.turns.values()
        assert turn.answer == ""


async def test_a_failed_question_stays_within_reach_when_something_new_is_typed(app_of: AppOf) -> None:
    gate = asyncio.Event()
    base = Scripted("base", steps=(gate, BackendError("It is gone.")))
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("a", "enter")
        await until(pilot, lambda: base.requests)
        await pilot.press("n", "e", "w")
        gate.set()
        await ready(pilot)
        assert screen.prompt.value == "new"
        await pilot.press("up")
        assert screen.prompt.value == "a"
        await pilot.press("down")
        assert screen.prompt.value == "new"


async def test_an_answer_that_breaks_off_is_kept_and_the_error_stands_below_it(app_of: AppOf) -> None:
    base = Scripted(
        "base", steps=(Delta("Half of it"), BackendError("The line broke.", "Retry with Ctrl+R."))
    )
    async with app_of(engine_of(base)).run_test() as pilot:
        screen = await ask(pilot, "Go")
        await until(pilot, lambda: "The line broke. Retry with Ctrl+R." in shown(pilot))
        assert "Half of it" in shown(pilot)
        [turn] = screen.session.conversation.turns.values()
        assert turn.answer == "Half of it"
        assert screen.prompt.value == ""


async def test_the_history_goes_along_when_the_backend_changes(app_of: AppOf) -> None:
    base, rag = Scripted("base", steps=(Delta("A ledger."), Finished("stop"))), Scripted("rag", "rag")
    async with app_of(engine_of(base, rag)).run_test() as pilot:
        await ask(pilot, "What is it?")
        await pilot.press("tab")
        await ask(pilot, "Who made it?")
    assert rag.requests[0].history == (Message("user", "What is it?"), Message("assistant", "A ledger."))


async def test_retry_asks_the_chosen_backend_the_same_with_the_history_as_it_was(app_of: AppOf) -> None:
    base = Scripted("base", steps=(Delta("Base says."), Finished("stop")))
    rag = Scripted("rag", "rag", rag_steps("q", "Rag says [1]."))
    async with app_of(engine_of(base, rag)).run_test(size=(80, 40)) as pilot:
        screen = await ask(pilot, "First?")
        await ask(pilot, "Second?")
        await pilot.press("f3", "ctrl+r")
        await until(pilot, lambda: rag.requests)
        await ready(pilot)
        await until(pilot, lambda: "Rag says" in shown(pilot) and "not in the history" in shown(pilot))
        picture = shown(pilot)
        turns = list(screen.session.conversation.turns.values())
    assert rag.requests[0].question == "Second?"
    assert rag.requests[0].history == base.requests[1].history
    assert turns[2].parent == turns[1].parent == turns[0].id
    assert picture.count("❯ Second?") == 1
    assert picture.count("Base says.") == 2


async def test_retry_of_an_earlier_answer_forks_the_conversation(app_of: AppOf) -> None:
    base = Scripted("base")
    async with app_of(engine_of(base)).run_test(size=(80, 40)) as pilot:
        await ask(pilot, "First?")
        await ask(pilot, "Second?")
        await pilot.press("ctrl+up", "ctrl+up", "ctrl+r")
        await until(pilot, lambda: len(base.requests) == 3)
        await ready(pilot)
        await until(pilot, lambda: "❯ Second?" not in shown(pilot))
        assert shown(pilot).count("❯ First?") == 1
    assert base.requests[2].question == "First?"
    assert base.requests[2].history == ()


async def test_a_failed_retry_leaves_the_earlier_answer_in_the_history(app_of: AppOf) -> None:
    base = Scripted("base", steps=(Delta("Good."), Finished("stop")))
    bad = Scripted("bad", steps=(BackendError("No."),))
    async with app_of(engine_of(base, bad)).run_test() as pilot:
        await ask(pilot, "First?")
        await pilot.press("f3", "ctrl+r")
        await until(pilot, lambda: bad.requests)
        screen = await ready(pilot)
        assert screen.prompt.value == ""
        await pilot.press("f2")
        await ask(pilot, "Second?")
    assert base.requests[1].history == (Message("user", "First?"), Message("assistant", "Good."))


async def test_a_question_that_can_not_be_recorded_is_not_sent(app_of: AppOf, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    base = Scripted("base")
    async with app_of(engine_of(base), folder=in_the_way / "transcripts").run_test(size=(120, 24)) as pilot:
        screen = await ready(pilot)
        await pilot.press("H", "i", "enter")
        await until(pilot, lambda: "can't be written" in shown(pilot))
        await ready(pilot)
        assert screen.prompt.value == "Hi"
        assert not screen.session.conversation.turns
    assert base.requests == []


async def test_an_engine_that_can_not_be_loaded_is_tried_again_with_the_next_question(app_of: AppOf) -> None:
    base, tries = Scripted("base"), []

    def load(report: Callable[[str], None]) -> Engine:
        tries.append(1)
        if len(tries) == 1:
            raise SettingsError("There is no backend at all.", "Run `kotae plugins`.")
        return engine_of(base)

    async with app_of(load).run_test(size=(100, 24)) as pilot:
        screen = chat(pilot)
        await until(pilot, lambda: screen.answering.state == "failed")
        await until(pilot, lambda: "There is no backend at all. Run `kotae plugins`." in shown(pilot))
        await pilot.press("H", "i", "enter")
        await until(pilot, lambda: base.requests)
        await ready(pilot)
    assert base.requests[0].question == "Hi"


async def test_what_the_engine_reports_is_a_note(app_of: AppOf) -> None:
    says: list[Callable[[str], None]] = []

    def load(report: Callable[[str], None]) -> Engine:
        says.append(report)
        return engine_of(Scripted("base"))

    async with app_of(load).run_test(size=(100, 24)) as pilot:
        await ask(pilot, "Hi")
        says[0]("Plugin [red]x[/red] was switched off.")
        await until(pilot, lambda: "Plugin [red]x[/red] was switched off." in shown(pilot))


async def test_flags_are_counted_under_the_answer(app_of: AppOf) -> None:
    base = Scripted("base", steps=(Delta("It was made in 1999 by 12 people."), Finished("stop")))
    async with app_of(engine_of(base, flag=("1999", "12"))).run_test(size=(100, 24)) as pilot:
        await ask(pilot, "When?")
        await until(
            pilot, lambda: "⚑ the only claim has no support · groundedness 0.00 · # number 2" in shown(pilot)
        )


async def test_what_a_backend_says_beside_its_answer_is_shown_once_and_never_in_the_answer(
    app_of: AppOf, transcripts: Path
) -> None:
    steps = (Notice("English only.\x1b[31m", ja="英語のみです。"), Delta("An answer."), Finished("stop"))
    engine = engine_of(Scripted("base", steps=steps), Scripted("rag", "rag", steps))
    async with app_of(engine, lang="ja").run_test(notifications=True) as pilot:
        shown_as = pilot.app._notifications
        await ask(pilot, "誰ですか")
        await until(pilot, lambda: [note.message for note in shown_as] == ["英語のみです。"])
        await until(pilot, lambda: chat(pilot).answering.state == "ready")
        await pilot.press("f3")
        await ask(pilot, "いつですか")
        await until(pilot, lambda: len(chat(pilot).session.conversation.turns) == 2)
        await until(pilot, lambda: chat(pilot).answering.state == "ready")
        assert len(shown_as) == 1
        assert "英語のみ" not in "".join(t.answer for t in chat(pilot).session.conversation.turns.values())
    path = latest(transcripts)
    assert path is not None
    assert "only" not in path.read_text(encoding="utf-8")


async def test_quotes_are_shown_with_their_passages_and_no_messages_sent(app_of: AppOf) -> None:
    found = tuple(step for step in rag_steps("q", "") if isinstance(step, Rewritten | Retrieved))
    quote = Scripted("quote", "quote", (*found, Delta("Only a user may. [1]"), Finished("stop")))
    async with app_of(engine_of(quote), backend="quote").run_test(size=(120, 40)) as pilot:
        await ask(pilot, "Who?")
        await until(pilot, lambda: "Only a user may. [1]" in shown(pilot))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Reopening a period › Who may do it" in shown(pilot))
        assert "Messages sent" not in shown(pilot)
