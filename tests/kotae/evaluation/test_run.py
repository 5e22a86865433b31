from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from filelock import FileLock

from kotae.backend import AnswerRequest, Backend
from kotae.conversation import Message, TokenUsage
from kotae.engine import Engine
from kotae.evaluation.folder import RunFolder, begin, missing, open_run
from kotae.evaluation.manifest import RunManifest, manifest_of, read_manifest
from kotae.evaluation.questions import EvaluationError, Question
from kotae.evaluation.run import Asked, run
from kotae.evaluation.sources import answers_in
from kotae.events import BackendEvent, Delta, Finished, Used
from kotae.settings import BackendSettings, FlagSettings, Settings
from plugins.manager import PluginManager
from tests.kotae.backends import Endless

QUESTIONS = [
    Question(id="first", question="Who may reopen a period?", reference="The Controller.", type="single"),
    Question(
        id="../two?", question="And by when?", history=(Message("user", "Who?"), Message("assistant", "He."))
    ),
    Question(id="三", question="期間は誰が締めますか。"),
]


class Counting:
    """Answers with the question and its own name; keeps what it was asked, and how many it answered at once."""

    kind = "base"

    def __init__(self, name: str, *, fails: Sequence[str] = ()) -> None:
        self.name = name
        self.asked: list[AnswerRequest] = []
        self.fails = list(fails)
        self.at_once = self.most = 0

    async def answer(self, request: AnswerRequest) -> AsyncIterator[BackendEvent]:
        self.asked.append(request)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await asyncio.sleep(0)
            if request.question in self.fails:
                self.fails.remove(request.question)
                yield Finished("error", "The server is gone.", "Start it.")
                return
            yield Delta(f"{self.name}: {request.question}")
            await asyncio.sleep(0)
            yield Used(TokenUsage(prompt_tokens=10, completion_tokens=5, model="tiny-1"))
            yield Finished("stop")
        finally:
            self.at_once -= 1

    async def aclose(self) -> None:
        return


SETTINGS = Settings(
    backends={
        "one": BackendSettings(base_url="http://localhost:1/v1", price_input=1.0, price_output=2.0),
        "two": BackendSettings(base_url="http://localhost:2/v1"),
    },
    flags=FlagSettings(enabled=False),
)


def engine_of(*backends: Backend, settings: Settings = SETTINGS) -> Engine:
    return Engine(
        settings=settings, hooks=PluginManager(), backends={backend.name: backend for backend in backends}
    )


def manifest(settings: Settings = SETTINGS, digests: Mapping[str, str] | None = None) -> RunManifest:
    return manifest_of(
        "set.jsonl", QUESTIONS, ["one", "two"], settings, plugins={}, digests=digests or {}, concurrency=2
    )


async def finish(engine: Engine, folder: RunFolder) -> list[Asked]:
    return [event async for event in run(engine, folder) if isinstance(event, Asked)]


def told(path: Path) -> list[tuple[str, str, str]]:
    return [(a.question.id, a.turn.backend, a.text) for a in open_run(path).answers()]


async def test_every_answer_lands_in_the_transcript_of_its_question(tmp_path: Path) -> None:
    one, two = Counting("one"), Counting("two")
    folder = begin(tmp_path / "run", manifest(), QUESTIONS)
    asked = await finish(engine_of(one, two), folder)
    assert len(asked) == 6
    assert sorted(p.name for p in (tmp_path / "run/transcripts").glob("*.jsonl")) == [
        "00001-first.jsonl",
        "00002-two-7b2d3276.jsonl",
        "00003-a4c3313d.jsonl",
    ]
    assert told(tmp_path / "run") == [
        (q.id, name, f"{name}: {q.question}") for q in QUESTIONS for name in ("one", "two")
    ]
    assert {r.question: r.history for r in one.asked} == {q.question: q.history for q in QUESTIONS}
    answer = answers_in([tmp_path / "run"])[0]
    assert answer.question.reference == "The Controller."
    assert answer.turn.cost == pytest.approx(20e-6)


async def test_a_run_that_was_broken_off_goes_on_and_equals_one_that_was_not(tmp_path: Path) -> None:
    whole = begin(tmp_path / "whole", manifest(), QUESTIONS)
    await finish(engine_of(Counting("one"), Counting("two")), whole)

    broken = begin(tmp_path / "broken", manifest(), QUESTIONS)
    async with aclosing(run(engine_of(Counting("one"), Endless("two")), broken)) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, Asked):
                break
    done = {(a.question.id, a.turn.backend) for a in broken.answers()}
    assert done
    assert ("first", "two") not in done

    one, two = Counting("one"), Counting("two")
    again = begin(tmp_path / "broken", manifest(), QUESTIONS)
    left = missing(again)
    await finish(engine_of(one, two), again)
    assert len(one.asked) + len(two.asked) == len(left) == 6 - len(done)
    assert told(tmp_path / "broken") == told(tmp_path / "whole")
    assert missing(again) == []


async def test_a_line_torn_by_a_kill_costs_one_answer(tmp_path: Path) -> None:
    folder = begin(tmp_path / "run", manifest(), QUESTIONS)
    await finish(engine_of(Counting("one"), Counting("two")), folder)
    before = told(tmp_path / "run")
    file = folder.transcript(0)
    data = file.read_bytes()
    file.write_bytes(data[: data.rindex(b'"type":"finished"') + 9])
    two = Counting("two")
    one = Counting("one")
    await finish(engine_of(one, two), begin(tmp_path / "run", manifest(), QUESTIONS))
    assert [request.question for request in (*one.asked, *two.asked)] == [QUESTIONS[0].question]
    assert told(tmp_path / "run") == before


@pytest.mark.parametrize("left", ["", '{"type":"conversation","sche'])
async def test_a_transcript_whose_head_a_full_disk_has_cut_is_begun_anew(tmp_path: Path, left: str) -> None:
    folder = begin(tmp_path / "run", manifest(), QUESTIONS)
    await finish(engine_of(Counting("one"), Counting("two")), folder)
    before = told(tmp_path / "run")
    folder.transcript(1).write_text(left)
    assert len(told(tmp_path / "run")) == 4
    one, two = Counting("one"), Counting("two")
    await finish(engine_of(one, two), begin(tmp_path / "run", manifest(), QUESTIONS))
    assert [request.question for request in (*one.asked, *two.asked)] == ["And by when?"] * 2
    assert told(tmp_path / "run") == before


async def test_what_failed_is_asked_again_and_nothing_else(tmp_path: Path) -> None:
    one, two = Counting("one", fails=["And by when?"]), Counting("two")
    folder = begin(tmp_path / "run", manifest(), QUESTIONS)
    asked = await finish(engine_of(one, two), folder)
    assert [a.turn.error for a in asked if a.turn.status == "error"] == ["The server is gone."]
    assert len(folder.answers()) == 5
    await finish(engine_of(one, two), folder)
    assert (len(one.asked), len(two.asked)) == (4, 3)
    assert len(folder.answers()) == 6


async def test_no_server_gets_more_questions_at_once_than_allowed(tmp_path: Path) -> None:
    many = [Question(id=str(n), question=f"{n}?") for n in range(12)]
    both = Settings(
        backends={name: BackendSettings(base_url="http://localhost:1/v1") for name in ("one", "two")},
        flags=FlagSettings(enabled=False),
    )
    shared = _Together()
    made = manifest_of("set", many, ["one", "two"], both, plugins={}, digests={}, concurrency=3)
    backends = [shared.backend("one"), shared.backend("two")]
    await finish(engine_of(*backends, settings=both), begin(tmp_path / "run", made, many))
    assert shared.most == 3


class _Together:
    """Counts how many answers several backends give at once."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.three = asyncio.Event()

    def backend(self, name: str) -> Counting:
        outer = self

        class Counted(Counting):
            async def answer(self, request: AnswerRequest) -> AsyncIterator[BackendEvent]:
                outer.now += 1
                outer.most = max(outer.most, outer.now)
                try:
                    if outer.now >= 3:
                        outer.three.set()
                    async with asyncio.timeout(10):
                        await outer.three.wait()
                    async for event in super().answer(request):
                        yield event
                finally:
                    outer.now -= 1

        return Counted(name)


async def test_a_run_made_with_something_else_is_left_alone(tmp_path: Path) -> None:
    begin(tmp_path / "run", manifest(digests={"manual": "1"}), QUESTIONS)
    before = {path: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    other = Settings(
        backends={
            **SETTINGS.backends,
            "one": BackendSettings(base_url="http://localhost:1/v1", temperature=1),
        },
        flags=SETTINGS.flags,
    )
    with pytest.raises(EvaluationError) as raised:
        begin(tmp_path / "run", manifest(other, {"manual": "2"}), QUESTIONS)
    assert "backends.one.price_input" in raised.value.message
    assert "digests.manual" in str(raised.value)
    assert {path: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


async def test_patience_and_concurrency_may_change_where_a_run_is_gone_on_with(tmp_path: Path) -> None:
    begin(tmp_path / "run", manifest(), QUESTIONS)
    patient = {
        name: msgspec.structs.replace(table, timeout=600, max_retries=9)
        for name, table in SETTINGS.backends.items()
    }
    again = manifest_of(
        "set.jsonl",
        QUESTIONS,
        ["one", "two"],
        Settings(backends=patient, flags=SETTINGS.flags),
        plugins={},
        digests={},
        concurrency=1,
    )
    one, two = Counting("one"), Counting("two")
    folder = begin(tmp_path / "run", again, QUESTIONS)
    await finish(engine_of(one, two), folder)
    assert (one.most, two.most) == (1, 1)
    assert read_manifest(tmp_path / "run").concurrency == 1


@pytest.mark.parametrize("left", ["questions.jsonl", ".questions.jsonl-x8f_", ".manifest.json-77", ".lock"])
async def test_a_run_that_was_killed_before_it_began_begins_anew(tmp_path: Path, left: str) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / left).write_text("{half")
    await finish(engine_of(Counting("one"), Counting("two")), begin(out, manifest(), QUESTIONS))
    assert len(told(out)) == 6


async def test_a_run_does_not_begin_where_another_process_begins_one(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with FileLock(tmp_path / "run/.lock"), pytest.raises(EvaluationError, match="Another process"):
        begin(tmp_path / "run", manifest(), QUESTIONS)
    assert not (tmp_path / "run/manifest.json").exists()


async def test_the_manifest_names_the_models_as_the_server_does(tmp_path: Path) -> None:
    class Renamed(Counting):
        async def answer(self, request: AnswerRequest) -> AsyncIterator[BackendEvent]:
            async for event in super().answer(request):
                changed = isinstance(event, Used) and request.question == QUESTIONS[2].question
                yield (
                    Used(TokenUsage(prompt_tokens=1, completion_tokens=1, model="tiny-2"))
                    if changed
                    else event
                )

    folder = begin(tmp_path / "run", manifest(), QUESTIONS)
    assert folder.manifest.models == {}
    await finish(engine_of(Counting("one"), Renamed("two")), folder)
    assert read_manifest(tmp_path / "run").models == {"one": ["tiny-1"], "two": ["tiny-1", "tiny-2"]}
    assert missing(begin(tmp_path / "run", manifest(), QUESTIONS)) == []


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(EvaluationError, match="holds no run"):
        begin(folder, manifest(), QUESTIONS)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


async def test_two_processes_do_not_work_on_one_run(tmp_path: Path) -> None:
    folder = begin(tmp_path / "run", manifest(), QUESTIONS)
    engine = engine_of(Endless("one"), Endless("two"))
    first = run(engine, folder)
    waiting = asyncio.ensure_future(anext(first))
    await asyncio.sleep(0)  # it takes the lock before it first waits
    with pytest.raises(EvaluationError, match="Another process"):
        await finish(engine, folder)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await first.aclose()  # type: ignore[attr-defined]


def test_the_manifest_holds_settings_and_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    begin(tmp_path / "run", manifest(digests={"weights": "abc"}), QUESTIONS)
    text = (tmp_path / "run/manifest.json").read_text()
    assert "sk-secret" not in text
    read: dict[str, Any] = msgspec.json.decode(text)
    assert read["backends"]["one"]["server"] == "http://localhost:1/v1"
    assert read["digests"] == {"weights": "abc"}
    assert read_manifest(tmp_path / "run").count == 3


async def test_turns_recorded_by_hand_are_matched_with_questions_by_their_words(tmp_path: Path) -> None:
    from kotae.transcripts.record import Recorder

    recorder = Recorder(tmp_path, "20260101T000000-abcdef")
    engine, parent = engine_of(Counting("one"), Counting("two")), None
    for question in ("who may reopen a PERIOD", "And then?"):
        for name in ("one", "two"):
            turn_run = engine.ask(name, AnswerRequest(question=question), parent=parent, recorder=recorder)
            async for _ in turn_run:
                pass
        parent = turn_run.turn.id
    recorder.close()
    (tmp_path / "other.jsonl").write_text("no transcript\n")
    answers = answers_in([tmp_path], QUESTIONS)
    assert [(a.question.id[-2:], a.turn.backend, a.question.reference) for a in answers] == [
        ("/1", "one", "The Controller."),
        ("/1", "two", "The Controller."),
        ("/2", "one", ""),
        ("/2", "two", ""),
    ]
    assert [m.role for m in answers[2].question.history] == ["user", "assistant"]


def test_sources_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="There is no "):
        answers_in([tmp_path / "nowhere"])
    with pytest.raises(EvaluationError, match="no answer to score"):
        answers_in([tmp_path])
