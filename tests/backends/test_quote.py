"""The backend that quotes: the events it yields, with the built-in retrieval and with a retriever that knows less."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from backends.embedded import weights
from backends.quote import NOTHING_FITS, Quote
from backends.retrieval.client import RetrievalClient
from backends.retrieval.library import IndexedManual
from backends.retrieval.rewriting import rewrite
from backends.searching import ManualSearch
from kotae.backend import AnswerRequest, Manual
from kotae.conversation import Message, Passage, Rewrite
from kotae.errors import IndexFolderError, ManualError
from kotae.events import BackendEvent, Delta, Finished, Progress, Retrieved, Rewritten
from tests.backends.retrieval.conftest import KIKAN, write

FOUND = (
    Passage(id="1", document="a.md", title="Periods", text="Only a Controller may reopen a closed period."),
    Passage(id="2", document="b.md", title="Lots", text="A lot on hold is not shipped."),
)


class Shelf:
    """A retriever such as a plugin brings: it finds the same passages whatever is searched for, and counts nothing."""

    def __init__(self, *found: Passage) -> None:
        self.found = found
        self.searched: list[tuple[str, int]] = []
        self.prepared = 0

    async def prepare(self, progress: Callable[[Progress], None] | None = None) -> None:
        self.prepared += 1

    async def search(
        self,
        query: str,
        top: int = 5,
        progress: Callable[[Progress], None] | None = None,
        history: Sequence[Message] = (),
    ) -> list[Passage]:
        self.searched.append((query, top))
        return list(self.found[:top])

    async def known(self, terms: Sequence[str]) -> set[str]:
        return set()


class Rewriting:
    """The program's services, with the bundled rewriter."""

    async def rewrite(self, history: tuple[Message, ...], question: str) -> Rewrite:
        return rewrite(history, question) or Rewrite(query=question, method="as typed")

    def manual(self, folder: str = "", index: str = "", retriever: str = "") -> Manual:
        raise AssertionError("the search was given its manual")


def backend(manual: Manual, *, rewriting: bool = True, passages: int = 4) -> Quote:
    return Quote("quote", ManualSearch(Rewriting(), lambda: manual, rewriting), passages)


async def events(quote: Quote, question: str, **more: object) -> list[BackendEvent]:
    return [event async for event in quote.answer(AnswerRequest(question=question, **more))]  # type: ignore[arg-type]


def answer(found: Sequence[BackendEvent]) -> str:
    return "".join(event.text for event in found if isinstance(event, Delta))


async def test_it_searches_quotes_and_finishes_and_sends_nothing() -> None:
    found = await events(backend(Shelf(*FOUND)), "Who may reopen a closed period?")
    assert [type(event) for event in found] == [Rewritten, Retrieved, Delta, Finished]
    assert found[1] == Retrieved(FOUND)
    assert answer(found) == "Only a Controller may reopen a closed period. [1]"
    assert found[-1] == Finished("stop")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How is payroll printed?", "The manual does not say."),
        ("給与明細はどこで印刷しますか。", "マニュアルには記載がありません。"),
        ("Wie druckt man die Lohnabrechnung?", "The manual does not say."),
    ],
)
async def test_what_the_manual_does_not_say_is_said_in_the_language_of_the_question(
    question: str, said: str
) -> None:
    for shelf in (Shelf(*FOUND), Shelf()):
        assert answer(await events(backend(shelf), question)) == said


async def test_a_follow_up_is_rewritten_as_for_rag_and_the_edited_query_wins() -> None:
    shelf = Shelf(*FOUND)
    history = (Message("user", "What is a closed period?"), Message("assistant", "A month that is over."))
    found = await events(backend(shelf), "And who may reopen it?", history=history)
    assert isinstance(found[0], Rewritten)
    assert found[0].rewrite.method == "carry-over"
    assert answer(found).startswith("Only a Controller")
    edited = await events(backend(shelf), "And who may reopen it?", history=history, query="lot on hold")
    assert edited[0] == Rewritten(Rewrite(query="lot on hold", method="edited"))
    assert answer(edited) == "A lot on hold is not shipped. [2]"
    typed = await events(backend(shelf, rewriting=False), "Which lot is on hold?", history=history)
    assert isinstance(typed[0], Rewritten)
    assert typed[0].rewrite.method == "as typed"
    assert [query for query, _ in shelf.searched][1:] == ["lot on hold", "Which lot is on hold?"]


async def test_it_quotes_from_as_many_passages_as_its_table_says_and_from_all_of_the_first_page() -> None:
    more = Passage(id="3", document="a.md", title="Periods", text="Reopening takes a reason.")
    found = await events(backend(Shelf(*FOUND, more), passages=1), "Which lot is on hold?")
    assert found[1] == Retrieved((FOUND[0], more))


async def test_warming_up_prepares_the_manual() -> None:
    shelf = Shelf()
    await backend(shelf).warm_up()
    assert shelf.prepared == 1


async def test_counts_that_cant_be_had_cost_no_answer() -> None:
    class Broken(Shelf):
        async def counts(self, terms: Sequence[str]) -> object:
            raise IndexFolderError("The index is gone.", "Build it again.")

    assert answer(await events(backend(Broken(*FOUND)), "Who may reopen a closed period?"))


async def test_a_manual_that_cant_be_searched_is_an_error() -> None:
    class Gone(Shelf):
        async def search(self, *_: object, **__: object) -> list[Passage]:
            raise ManualError("There is no manual.", "Name one.")

    with pytest.raises(ManualError, match="There is no manual"):
        await events(backend(Gone()), "Who?")


@pytest.fixture
async def manual(tmp_path: Path) -> AsyncIterator[IndexedManual]:
    """A Japanese manual in which most pages speak of periods, indexed by the real thing."""
    if weights.find(weights.MINILM) is None:
        pytest.skip("the embedded encoder is not in the models folder; `make weights` fetches it")
    client = RetrievalClient()
    pages = {f"{n}.md": f"# 期間{n}\n\n期間{n}は会計の月です。印刷できます。" for n in range(9)}
    yield IndexedManual(client, source=write(tmp_path / "manual", {"期間.md": KIKAN, **pages}))
    await client.aclose()


@pytest.mark.weights
async def test_with_the_built_in_retrieval_rare_words_decide(manual: IndexedManual) -> None:
    counts = await manual.counts(["期間", "再", "給与"])  # builds the index
    assert counts.of["期間"] >= 10
    assert counts.of["再"] == 1
    assert counts.of["給与"] == 0
    assert counts.passages >= 10
    found = await events(backend(manual), "締めた期間を再オープンできるのは誰ですか？")
    assert "締めた期間を再オープンできるのは経理責任者だけです。" in answer(found)
    refused = await events(backend(manual), "期間の給与明細を印刷できますか。")
    assert answer(refused) == "マニュアルには記載がありません。"


@pytest.mark.weights
@pytest.mark.parametrize("said", ["thanks", "No.", "ありがとう", "いいえ"])
async def test_nothing_is_quoted_where_nothing_is_asked(manual: IndexedManual, said: str) -> None:
    history = (Message("user", "再オープンできるのは誰ですか"), Message("assistant", "経理責任者だけです。"))
    for before in ((), history):
        found = await events(backend(manual), said, history=before)
        assert Retrieved(()) in found
        assert answer(found) in NOTHING_FITS.values()
