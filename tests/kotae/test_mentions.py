"""Pages that a question names go along with it, within bounds, and are recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from backends.base import Base
from backends.rag import Rag
from kotae import mentions
from kotae.backend import AnswerRequest, PageName
from kotae.conversation import Flag, Message, Passage
from kotae.errors import ManualError
from kotae.events import Attached, BackendEvent, Delta, Finished, Notice, Opened, Prompted, Retrieved
from kotae.settings import BackendSettings
from kotae.transcripts.read import read
from kotae.transcripts.record import Recorder
from kotae.turn import TurnContext, TurnRun
from plugins.manager import PluginManager

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from kotae.events import Progress


class Paged:
    """A manual of these pages: their texts by name."""

    def __init__(self, **texts: str) -> None:
        self.texts = {name.replace("_", "."): text for name, text in texts.items()}
        self.broken = False

    async def pages(
        self, typed: str, top: int = 20, progress: Callable[[Progress], None] | None = None
    ) -> list[PageName]:
        return []

    async def page(self, document: str, limit: int) -> Passage | None:
        if self.broken:
            raise ManualError("There is no manual.", "Name one.")
        if document not in self.texts:
            return None
        text = self.texts[document][:limit]
        return Passage(id=document, document=document, title=f"Title of {document}", text=text)

    async def prepare(self, progress: Callable[[Progress], None] | None = None) -> None: ...

    async def search(
        self,
        query: str,
        top: int = 5,
        progress: Callable[[Progress], None] | None = None,
        history: Sequence[Message] = (),
    ) -> list[Passage]:
        return []

    async def known(self, terms: Sequence[str]) -> set[str]:
        return set()


class Asked:
    """A backend that keeps what it was asked."""

    name = kind = "base"

    def __init__(self) -> None:
        self.requests: list[AnswerRequest] = []

    async def answer(self, request: AnswerRequest) -> AsyncIterator[BackendEvent]:
        self.requests.append(request)
        yield Delta("Yes, it is so. ")
        yield Finished("stop")

    async def aclose(self) -> None: ...


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("see @a.md and @b/c.md.", ["a.md", "b/c.md."]),
        ("@a.md", ["a.md"]),
        ('see @"my page" (@x)', ["my page", "x)"]),
        ("期間（@会計/期間.md）は？", ["会計/期間.md）は？"]),
        ("me@example.org, a@b", []),
        ("@ alone", []),
        ("@a @a", ["a"]),
    ],
)
def test_references_are_words_behind_an_at_sign(question: str, names: list[str]) -> None:
    assert mentions.referred(question) == names


@pytest.mark.parametrize("document", ["a/b.md", "my page.md", "会計/期間.md", "ends."])
def test_a_reference_leads_back_to_its_page(document: str) -> None:
    assert mentions.referred(f"see {mentions.reference(document)} there") == [document]


async def test_pages_are_found_with_what_closes_the_sentence_behind_them() -> None:
    manual = Paged(a_md="A.", b_md="B.")
    found = await mentions.pages("Is it @a.md, or @b.md? Not @c.md", manual)
    assert [page.document for page in found] == ["a.md", "b.md"]
    said = mentions.with_titles("Is it @a.md, or @b.md? Not @c.md", found)
    assert said == "Is it “Title of a.md”, or “Title of b.md”? Not @c.md"


async def test_what_goes_along_is_bounded() -> None:
    manual = Paged(**{f"p{n}": "x" * 50_000 for n in range(9)})
    found = await mentions.pages(" ".join(f"@p{n}" for n in range(9)), manual)
    assert len(found) <= mentions.MOST
    assert all(len(page.text) <= mentions.LONGEST for page in found)
    assert sum(len(page.text) for page in found) == mentions.LONGEST_ALL
    short = Paged(**{f"p{n}": "x" for n in range(9)})
    assert len(await mentions.pages(" ".join(f"@p{n}" for n in range(9)), short)) == mentions.MOST
    assert await mentions.pages("@p1", object()) == ()


async def test_a_text_full_of_addresses_is_not_looked_up_name_by_name() -> None:
    class Counting(Paged):
        asked = 0

        async def page(self, document: str, limit: int) -> Passage | None:
            self.asked += 1
            return None

    manual = Counting()
    await mentions.pages(" ".join(f"@name{n}." for n in range(5_000)), manual)
    assert manual.asked <= 40


async def test_a_question_of_many_at_signs_is_read_in_time_that_grows_with_it() -> None:
    manual = Paged()
    asked = ["@" + "(" * 20_000, "@ " * 50_000, '@"' * 50_000]
    async with asyncio.timeout(20):
        for question in asked:
            await mentions.pages(question, manual)
            mentions.with_titles(question, ())


async def test_the_turn_keeps_the_question_as_typed_and_the_page_as_sent(tmp_path: Path) -> None:
    backend, recorder = Asked(), Recorder(tmp_path, "c", created="")
    context = TurnContext(hooks=PluginManager(), recorder=recorder, manual=Paged(a_md="It is so. " * 2))
    run = TurnRun(backend, AnswerRequest(question="Why @a.md?"), context)
    events = [event async for event in run]
    recorder.close()
    kinds = [type(event) for event in events]
    assert kinds.index(Opened) < kinds.index(Attached) < kinds.index(Delta)
    (request,) = backend.requests
    assert request.question == "Why “Title of a.md”?"
    (turn,) = read(tmp_path / "c.jsonl").turns.values()
    assert (turn.question, turn.pages) == ("Why @a.md?", request.pages)
    assert turn.pages[0].text == "It is so. It is so. "


async def test_flaggers_hold_the_answer_against_the_page_too() -> None:
    seen: list[Passage] = []

    class Flagger(PluginManager):
        async def flag_answer(self, *, passages: Sequence[Passage], **_: object) -> list[Flag]:
            seen.extend(passages)
            return []

    run = TurnRun(
        Asked(), AnswerRequest(question="Why @a.md?"), TurnContext(hooks=Flagger(), manual=Paged(a_md="A."))
    )
    async for _ in run:
        pass
    assert {page.document for page in seen} == {"a.md"}


async def test_a_manual_that_can_not_be_read_is_said_and_the_question_is_asked() -> None:
    backend, manual = Asked(), Paged(a_md="A.")
    manual.broken = True
    run = TurnRun(
        backend, AnswerRequest(question="Why @a.md?"), TurnContext(hooks=PluginManager(), manual=manual)
    )
    events = [event async for event in run]
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert "There is no manual. Name one." in notice.said_in("en")
    assert "There is no manual. Name one." in notice.said_in("ja")
    assert backend.requests[0].question == "Why @a.md?"
    assert run.turn.status == "stop"


class Model:
    """Answers nothing, and keeps the messages."""

    table = BackendSettings()

    def notices(self, question: str) -> tuple[Notice, ...]:
        return ()

    async def stream(self, messages: Sequence[Message]) -> AsyncIterator[BackendEvent]:
        yield Finished("stop")


class Search:
    async def find(self, request: AnswerRequest, top: int) -> AsyncIterator[BackendEvent]:
        yield Retrieved((Passage(id="1", document="d", title="Found", text="Found text."),))


async def test_base_and_rag_put_the_pages_before_the_question() -> None:
    page = Passage(id="a", document="a", title="The page", text="Its text.")
    request = AnswerRequest(question="Why “The page”?", pages=(page,), history=(Message("user", "q"),))
    for backend in (Base("base", Model()), Rag("rag", Model(), Search())):  # type: ignore[arg-type]
        (prompted,) = [event async for event in backend.answer(request) if isinstance(event, Prompted)]
        assert prompted.messages[1] == Message("user", "q")
        last = prompted.messages[-1].content
        assert last.index("# The page\nIts text.") < last.index("Why “The page”?")
        assert ("Found text." in last) == (backend.kind == "rag")
