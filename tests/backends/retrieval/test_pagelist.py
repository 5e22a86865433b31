"""Pages by name, from a real index."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from backends.retrieval.client import RetrievalClient
from backends.retrieval.library import IndexedManual
from kotae.backend import Paged, PageName
from tests.backends.retrieval.conftest import PERIODS, write

pytestmark = [pytest.mark.weights, pytest.mark.asyncio(loop_scope="module")]


async def test_pages_are_listed_by_path_and_title(english: Path, shared_client: RetrievalClient) -> None:
    manual = IndexedManual(shared_client, source=english)
    assert isinstance(manual, Paged)
    periods = PageName(document="closing/periods.md", title="Periods")
    shipments = PageName(document="shipments.md", title="Shipments")
    assert await manual.pages("") == [periods, shipments]
    assert await manual.pages("PERI") == [periods]
    assert await manual.pages("ship", 1) == [shipments]
    assert await manual.pages("nothing") == []


async def test_what_begins_with_it_comes_first(tmp_path: Path, shared_client: RetrievalClient) -> None:
    pages = {
        "a/imports.md": "# Ways in\n\nText.",
        "b/port.md": "# Z\n\nText.",
        "c/x.md": "# Sea port\n\nText.",
    }
    manual = IndexedManual(shared_client, source=write(tmp_path / "manual", pages))
    assert [page.document for page in await manual.pages("port")] == ["b/port.md", "c/x.md", "a/imports.md"]


async def test_japanese_titles_are_found_whatever_the_width(
    japanese: Path, shared_client: RetrievalClient
) -> None:
    manual = IndexedManual(shared_client, source=japanese)
    for typed in ("会計期", "期間.md", "．ＭＤ"):
        assert [page.document for page in await manual.pages(typed)] == ["会計/期間.md"]


async def test_a_page_comes_whole_with_its_headings_or_cut(
    english: Path, shared_client: RetrievalClient
) -> None:
    manual = IndexedManual(shared_client, source=english)
    page = await manual.page("closing/periods.md", 100_000)
    assert page is not None
    assert (page.id, page.document, page.title) == ("closing/periods.md", "closing/periods.md", "Periods")
    for line in filter(None, PERIODS.splitlines()[1:]):
        assert line.lstrip("# ") in page.text
    assert Path(page.source) == english / "closing/periods.md"
    cut = await manual.page("closing/periods.md", 40)
    assert cut is not None
    assert page.text.startswith(cut.text[:40])
    assert len(cut.text) <= 42
    assert await manual.page("../../etc/passwd", 10) is None


async def test_pages_follow_the_index(english: Path, tmp_path: Path, shared_client: RetrievalClient) -> None:
    await shared_client.build(english, tmp_path / "index")
    assert len(await shared_client.pages(tmp_path / "index", "", 9)) == 2
    write(english, {"new.md": "# New page\n\nSomething new."})
    await shared_client.build(english, tmp_path / "index")
    assert PageName(document="new.md", title="New page") in await shared_client.pages(
        tmp_path / "index", "", 9
    )


async def test_listing_again_costs_far_less_than_the_first_time(
    tmp_path: Path, shared_client: RetrievalClient
) -> None:
    many = write(tmp_path / "manual", {f"{n}.txt": f"{n} and some text about it" for n in range(400)})
    await shared_client.build(many, tmp_path / "index")
    began = time.monotonic()
    await shared_client.pages(tmp_path / "index", "1", 20)
    first = time.monotonic() - began
    began = time.monotonic()
    for _ in range(5):
        assert len(await shared_client.pages(tmp_path / "index", "1", 20)) == 20
    assert (time.monotonic() - began) / 5 < first
