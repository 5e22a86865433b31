"""Comparisons that hide which backend is which until the vote."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kotae.conversation import TokenUsage
from kotae.errors import BackendError
from kotae.events import Delta, Finished, Notice, Progress, Used
from kotae.preferences import preference_pairs
from tests.tui.comparing import (
    NAMES,
    compare,
    compares,
    conversation_in,
    engine_of_three,
    order_of,
    said_by,
    view_of,
)
from tests.tui.conftest import AppOf, ready, shown, until
from tests.tui.scripted import Scripted, Step, engine_of, rag_steps
from tests.written import Said, write
from tui.blind import uncited
from tui.screens.chat_layout import WIDE

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.engine import Engine
    from tui.screens.chat import ChatScreen


def _telling_engine(*gates: asyncio.Event) -> Engine:
    """Backends that tell who they are in everything but their answers."""

    def steps(name: str) -> tuple[Step, ...]:
        used = TokenUsage(prompt_tokens=4321, completion_tokens=9, model=f"model-of-{name}")
        return (
            Notice(f"{name} speaks English only."),
            Progress(f"Loading {name}", 1, 2),
            *(step for step in rag_steps(f"for {name}", "") if not isinstance(step, Delta | Used | Finished)),
            *gates,
            Delta(said_by(name)),
            Used(used),
            *((BackendError(f"{name} broke off.", f"Mend {name}."),) if name == "finetuned" else ()),
            Finished("stop"),
        )

    return engine_of(*(Scripted(name, steps=steps(name)) for name in NAMES), flag=("clerk", "Nobody"))


TELLING = (*NAMES, "4321", "model-of", "Reopening a period", "Searching", "Loading", "F2", " s · ")


async def _blind(pilot: Pilot[None]) -> ChatScreen:
    screen = await ready(pilot)
    screen.prompt.insert("/blind")
    await pilot.press("enter")
    await until(pilot, lambda: "until you have voted" in shown(pilot))
    screen.be_quiet()
    return screen


def _told(pilot: Pilot[None]) -> list[str]:
    picture = shown(pilot)
    return [word for word in TELLING if word in picture]


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_blind_nothing_on_the_screen_tells_which_is_which_before_the_vote(
    app_of: AppOf, transcripts: Path, size: tuple[int, int]
) -> None:
    gate = asyncio.Event()
    async with app_of(_telling_engine(gate)).run_test(size=size, notifications=True) as pilot:
        screen = await _blind(pilot)
        screen.prompt.insert("Who may?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: compares(pilot) and shown(pilot).count("◌ waiting") == 3)
        assert _told(pilot) == []
        gate.set()
        await until(pilot, lambda: not view_of(pilot).comparison.running)
        await ready(pilot)
        for keys in ((), ("f8",), ("ctrl+o",)):
            await pilot.press(*keys)
            await pilot.pause()
            picture = shown(pilot)
            told = [word for word in NAMES if word in picture]
            assert told == [], picture
            assert "4321" not in picture
            assert "model-of" not in picture
            assert "Searched for" not in picture
        await pilot.press("escape" if size[0] < WIDE else "ctrl+o")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert not pilot.app._notifications
        order = order_of(pilot)
        await pilot.press(str(order.index("rag") + 1))
        letter = "ABC"[order.index("rag")]
        await until(pilot, lambda: f"{letter} = rag" in shown(pilot))
        assert all(f"{name} speaks English only." in _notes(pilot) for name in NAMES)
        await pilot.press("enter")
        await until(pilot, lambda: not compares(pilot))
        await until(pilot, lambda: "✓ picked from 3 answers (blind)" in shown(pilot))
    written = conversation_in(transcripts)
    [vote] = written.preferences
    assert vote.blind
    assert [written.turns[turn_id].backend for turn_id in vote.turns] == order
    assert written.turns[vote.winner].backend == "rag"
    assert next(iter(preference_pairs(written))).blind


def _notes(pilot: Pilot[None]) -> str:
    return " ".join(note.message for note in pilot.app._notifications)


async def test_blind_what_is_copied_does_not_tell_either(app_of: AppOf) -> None:
    async with app_of(engine_of_three()).run_test(size=(130, 30)) as pilot:
        await _blind(pilot)
        await compare(pilot)
        await pilot.press("alt+m")
        await until(pilot, lambda: "## A" in pilot.app.clipboard)
        assert not [name for name in NAMES if name in pilot.app.clipboard]


@pytest.mark.parametrize(
    "answer", ["The Controller may [1].", "The Controller may[1, 2].", "締めた人です[1]。", "It is [2]"]
)
async def test_blind_citations_do_not_tell_which_one_searched(app_of: AppOf, answer: str) -> None:
    gate = asyncio.Event()
    pieces = [Delta(piece) for piece in answer]
    half = answer.index("[") + 1
    engine = engine_of(
        Scripted("rag", "rag", steps=(*pieces[:half], gate, *pieces[half:], Finished("stop"))),
        Scripted("base", steps=(Delta("Any clerk may."), Finished("stop"))),
    )
    async with app_of(engine).run_test(size=(130, 30)) as pilot:
        screen = await _blind(pilot)
        screen.prompt.insert("Who may?")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: compares(pilot) and "Any clerk may." in shown(pilot))
        before = answer[: half - 1].rstrip()
        await until(pilot, lambda: before in shown(pilot))
        assert "[" not in shown(pilot)
        gate.set()
        await until(pilot, lambda: not view_of(pilot).comparison.running)
        await ready(pilot)
        assert "[" not in shown(pilot)
        await pilot.press("alt+m")
        await until(pilot, lambda: "## A" in pilot.app.clipboard)
        assert "[" not in pilot.app.clipboard
        await pilot.press("right", "alt+m")
        await until(pilot, lambda: "## B" in pilot.app.clipboard)
        assert "[" not in pilot.app.clipboard
        await pilot.press("1")
        await until(pilot, lambda: answer in shown(pilot).replace("\n", " "))


@pytest.mark.parametrize(
    ("answer", "without"),
    [
        ("So **[1]**, it **is [2]**.", "So, it **is**."),
        (
            "Para.\n\n[1] This\n[2] That\n\n- [3] so\n- [ ] do [4]\n",
            "Para.\n\nThis\n That\n\n- so\n- [ ] do\n",
        ),
        ("| a [1] | b |\n|--|--|\n| x | y\\|z [3] |\n", "| a | b |\n|--|--|\n| x | y\\|z |\n"),
        ("See [1](https://x.y/z), [2][3].\n\nAnd [1].\n\n[2]: https://x.y\n", "See.\n\nAnd.\n\n"),
        ("> It is [1]\r\n> more [2,\r\n> 3].\r\n", "> It is\r\n> more\r\n> .\r\n"),
        ("- so\n\t [2] and\n\tnot [", "- so\n\t  and\n\tnot"),
        ("Use ``a[1]`` or `b[2]` [1].", "Use ``a[1]`` or `b[2]`."),
        ("    rows[1]\n\nso [1]", "    rows[1]\n\nso"),
        ("````\n```\nrows[1]\n```\n[1]: https://x.y\n````\nso [1]", None),
    ],
)
def test_blind_what_is_copied_is_the_source_of_what_is_shown(answer: str, without: str | None) -> None:
    assert uncited(answer) == (without if without is not None else answer.removesuffix(" [1]"))


async def test_blind_code_is_copied_as_it_is(app_of: AppOf) -> None:
    engine = engine_of(
        *(
            Scripted(name, steps=(Delta("So [1]:\n\n    rows[1] = [2]\n"), Finished("stop")))
            for name in ("rag", "base")
        )
    )
    async with app_of(engine).run_test(size=(130, 30)) as pilot:
        await _blind(pilot)
        await compare(pilot)
        await pilot.press("alt+k")
        await until(pilot, lambda: pilot.app.clipboard == "rows[1] = [2]\n")


async def test_blind_the_list_names_the_backends_in_the_order_of_the_tabs(
    app_of: AppOf, transcripts: Path
) -> None:
    write(transcripts, "a", *(Said("Who may?", backend=name) for name in ("rag", "base", "finetuned")))
    async with app_of(engine_of_three()).run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "Who may?" in shown(pilot))
        assert "●b●r●f" in shown(pilot)


async def test_blind_the_columns_come_in_any_order(app_of: AppOf) -> None:
    orders = set()
    async with app_of(engine_of_three()).run_test(size=(130, 30)) as pilot:
        await _blind(pilot)
        for number in range(12):
            await compare(pilot, f"Question {number}?")
            orders.add(tuple(order_of(pilot)))
            await pilot.press("escape")
            await until(pilot, lambda: not compares(pilot))
    assert len(orders) > 1


async def test_blind_without_a_vote_the_conversation_does_not_tell_either(app_of: AppOf) -> None:
    async with app_of(_telling_engine()).run_test(size=(130, 50)) as pilot:
        screen = await _blind(pilot)
        await compare(pilot)
        order = order_of(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not compares(pilot))
        assert "No vote: the conversation goes on from A." in shown(pilot)
        screen.be_quiet()
        await pilot.press("ctrl+o")
        await until(pilot, lambda: "Inspector: A" in shown(pilot))
        lines = shown(pilot).splitlines()[
            1:-1
        ]  # the tabs name all backends, and the status line the one chosen
        assert not [line for line in lines for name in NAMES if name in line]
        assert all(f"● {letter}" in shown(pilot) for letter in "ABC")
        screen.prompt.insert("/vote")
        await pilot.press("enter")
        await until(pilot, lambda: compares(pilot) and "Better?  1 A  2 B  3 C" in shown(pilot))
        assert order_of(pilot) == order
        assert not [name for name in NAMES if name in shown(pilot)]
        await pilot.press("1")
        await until(pilot, lambda: f"A = {order[0]}" in shown(pilot))


async def test_blind_switched_off_shows_what_was_hidden(app_of: AppOf) -> None:
    async with app_of(_telling_engine()).run_test(size=(130, 50)) as pilot:
        screen = await _blind(pilot)
        await compare(pilot)
        screen.prompt.insert("/blind")
        await pilot.press("enter")
        await until(pilot, lambda: "This counts from the next comparison on." in shown(pilot))
        assert _told(pilot) == []
        await pilot.press("escape")
        await until(pilot, lambda: not compares(pilot))
        await until(pilot, lambda: all(f"● {name}" in shown(pilot) for name in NAMES))


async def test_blind_is_in_the_palette(app_of: AppOf) -> None:
    async with app_of(lang="ja").run_test(size=(100, 40)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "コマンドを検索" in shown(pilot))
        await pilot.press(*"隠す")
        await until(pilot, lambda: "比較でバックエンド名を隠す" in shown(pilot))
        await pilot.press("down", "enter")
        await until(pilot, lambda: "投票するまで" in shown(pilot))
