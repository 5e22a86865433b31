"""The program in a real terminal, 80 by 24, driven by keys alone."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import sample_manual
from backends.embedded.weights import BUNDLES, find
from kotae.conversation import Conversation
from kotae.transcripts.read import INTERRUPTED, latest, read
from tests.cli.command import KOTAE
from tests.scripted_server import answers, refuses, stalls_after
from tests.terminal.served import Served
from tests.terminal.tmux import Terminal, children_of, needs_tmux

pytestmark = [needs_tmux, pytest.mark.timeout(400)]

PAGES = (
    "closing/reopening-periods.md",
    "closing/periods.md",
    "getting-started/overview.md",
    "sales/quotations.md",
)


@pytest.fixture
def weights() -> None:
    if not all(find(bundle) for bundle in BUNDLES):
        pytest.skip("the embedded models are not here: kotae models fetch")


@pytest.fixture
def terminal(
    tmp_path: Path, weights: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Terminal]:
    """Kotae with the embedded model, its answers cut short, and four pages of the sample manual, so that nothing takes its time.

    Its parameter: tokens of an answer.
    """
    for page in PAGES:
        (tmp_path / "manual" / page).parent.mkdir(parents=True, exist_ok=True)
        text = (sample_manual.folder() / page).read_text(encoding="utf-8")
        (tmp_path / "manual" / page).write_text(text, encoding="utf-8")
    for name in ("BASE", "RAG", "FINETUNED"):
        monkeypatch.setenv(f"KOTAE_BACKENDS__{name}__MAX_TOKENS", str(getattr(request, "param", 16)))
    command: list[str | Path] = [
        KOTAE,
        "chat",
        "--manual",
        tmp_path / "manual",
        "--record",
        tmp_path / "kept",
    ]
    with Terminal(tmp_path, command) as terminal:
        yield terminal


def recorded(tmp_path: Path) -> Conversation:
    path = latest(tmp_path / "kept")
    assert path is not None
    return read(path)


def closed(tmp_path: Path, count: int, *, within: float = 120.0) -> Conversation:
    """The conversation as soon as its transcript holds `count` turns that ended by themselves."""
    deadline = time.monotonic() + within
    while True:
        path = latest(tmp_path / "kept")
        if path is not None:
            conversation = read(path)
            text = path.read_text(encoding="utf-8")
            if len(conversation.turns) == count and text.count('"type":"closed"') == count:
                return conversation
        assert time.monotonic() < deadline, f"no {count} closed turns"
        time.sleep(0.1)


@pytest.mark.weights
def test_three_backends_answer_one_conversation_and_the_transcript_holds_it(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.sees("Ask about the manual")
    terminal.types("What is Komorebi Ledger?")
    terminal.keys("Enter")
    closed(tmp_path, 1)
    for count, key in ((2, "F4"), (3, "F3")):
        terminal.keys(key)
        terminal.keys("C-r")
        closed(tmp_path, count)
    terminal.types("Who may close a period?")
    terminal.keys("Enter")
    closed(tmp_path, 4)
    terminal.types("and who may reopen it?")
    terminal.keys("Enter")
    closed(tmp_path, 5)
    for count, key in ((6, "F2"), (7, "F4")):
        terminal.keys(key)
        terminal.keys("C-r")
        closed(tmp_path, count)
    terminal.keys("C-q")
    assert terminal.ended() == 0

    turns = list(recorded(tmp_path).turns.values())
    assert [turn.backend for turn in turns] == ["base", "finetuned", "rag", "rag", "rag", "base", "finetuned"]
    assert all(turn.status in ("stop", "length") for turn in turns), [turn.error for turn in turns]
    base, finetuned, rag, _, *followed = turns
    assert len({base.answer, finetuned.answer, rag.answer}) == 3
    assert base.parent == finetuned.parent == rag.parent is None
    # What base makes up differs from run to run, and whether it can be told is not this test's matter: it was judged.
    assert base.claims is not None
    assert base.groundedness is not None
    assert rag.passages[0].document == "getting-started/overview.md"
    for turn in followed:
        assert turn.question == "and who may reopen it?"
        assert turn.parent == turns[3].id
        assert [message.role for message in turn.prompt] == ["system", *["user", "assistant"] * 2, "user"]
    rewrite, found = followed[0].rewrite, {passage.document for passage in followed[0].passages}
    assert rewrite is not None
    assert "period" in rewrite.query
    assert "closing/reopening-periods.md" in found


def test_stopping_keeps_the_part_and_quits_nothing(tmp_path: Path, served: Served) -> None:
    served.plays(stalls_after("Once upon ", "a time"))
    with Terminal(tmp_path, [*served.command, "--record", tmp_path / "kept"]) as terminal:
        terminal.sees("Ask about the manual")
        terminal.types("Tell me a story.")
        terminal.keys("Enter")
        terminal.sees("Once upon a time")
        terminal.keys("Escape")
        (turn,) = closed(tmp_path, 1).turns.values()
        assert (turn.answer, turn.status) == ("Once upon a time", "cancelled")
        terminal.types("still here")
        terminal.sees("still here")
        terminal.keys("C-q")
        assert terminal.ended() == 0


@pytest.mark.weights
def test_all_backends_answer_at_once_and_a_blind_vote_is_recorded(terminal: Terminal, tmp_path: Path) -> None:
    terminal.sees("Ask about the manual")
    terminal.sees("Ready")
    terminal.types("/blind")
    terminal.keys("Enter")
    terminal.sees("Blind: comparisons hide")
    terminal.types("Who may close a period?")
    terminal.keys("C-g")
    terminal.sees("Better?  1 A  2 B  3 C  4 D", within=120)
    assert "F2" not in terminal.screen()
    closed(tmp_path, 4)
    terminal.keys("2")
    terminal.sees("B = ")
    terminal.keys("Enter")
    terminal.sees("picked from 4 answers (blind)")
    terminal.keys("C-q")
    assert terminal.ended() == 0
    conversation = recorded(tmp_path)
    [vote] = conversation.preferences
    assert vote.winner == vote.turns[1] == conversation.head
    assert {conversation.turns[turn].backend for turn in vote.turns} == {
        "base",
        "rag",
        "finetuned",
        "quote",
    }


@pytest.mark.parametrize("terminal", [1000], indirect=True)
@pytest.mark.weights
def test_killed_it_leaves_the_question_the_part_and_no_process(terminal: Terminal, tmp_path: Path) -> None:
    long = "Write a story of a thousand words about a ship, and then one about a lighthouse."
    terminal.sees("Ask about the manual")
    pid = terminal.pid()
    terminal.types(long)
    terminal.keys("Enter")
    deadline = time.monotonic() + 60
    while not ((path := latest(tmp_path / "kept")) and b'"delta"' in path.read_bytes()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(pid, signal.SIGSTOP)  # the answer must not end while its processes are looked for
    children = children_of(pid)
    assert children
    os.kill(pid, signal.SIGKILL)
    while alive := [child for child in children if Path(f"/proc/{child}").exists() and not zombie(child)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.05)
    (turn,) = recorded(tmp_path).turns.values()
    assert turn.question == long
    assert turn.answer
    assert turn.error == INTERRUPTED


def zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_conversation_is_taken_up_again_where_it_was_left(tmp_path: Path, served: Served) -> None:
    served.plays(answers("経理責任者だけが再開できます。"))
    record: list[str | Path] = ["--record", tmp_path / "kept"]
    with Terminal(tmp_path, [*served.command, *record]) as terminal:
        terminal.sees("Ask about the manual")
        terminal.types("誰が再開できますか。")
        terminal.keys("Enter")
        closed(tmp_path, 1)
        terminal.keys("C-q")
        assert terminal.ended() == 0
    again = tmp_path / "again"
    again.mkdir()
    with Terminal(
        again, [*served.command, *record, "--resume", "last", "--lang", "ja"], width=120, height=40
    ) as terminal:
        terminal.sees("経理責任者だけが再開できます。")
        terminal.sees("質問を入力")
        terminal.types("それはいつですか。")
        terminal.keys("Enter")
        turns = list(closed(tmp_path, 2).turns.values())
        assert turns[1].parent == turns[0].id
        assert [message.content for message in turns[1].prompt[1:3]] == [
            "誰が再開できますか。",
            "経理責任者だけが再開できます。",
        ]
        terminal.keys("C-q")
        assert terminal.ended() == 0


def test_a_server_that_refuses_costs_neither_question_nor_program(tmp_path: Path, served: Served) -> None:
    served.plays(refuses(401, "Incorrect API key provided: sk-test-0123456789"))
    with Terminal(tmp_path, [*served.command, "--record", tmp_path / "kept"]) as terminal:
        terminal.sees("Ask about the manual")
        terminal.types("Is anybody there?")
        terminal.keys("Enter")
        screen = terminal.sees("refused the key (401)")
        assert screen.count("Is anybody there?") == 3  # the title, as it was asked, and back in the prompt
        assert "sk-test" not in screen
        terminal.keys("C-q")
        assert terminal.ended() == 0
