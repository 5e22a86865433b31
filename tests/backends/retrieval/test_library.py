from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backends.retrieval import indexing
from backends.retrieval.client import RetrievalClient
from backends.retrieval.encoder import Encoder
from backends.retrieval.library import IndexedManual
from kotae import paths
from kotae.backend import Manual
from kotae.errors import IndexFolderError, ManualError
from kotae.events import Progress
from tests.backends.retrieval.conftest import write

pytestmark = pytest.mark.weights


async def test_a_folder_is_indexed_in_the_cache_when_it_is_first_searched(
    japanese: Path, client: RetrievalClient
) -> None:
    manual: Manual = IndexedManual(client, source=japanese)
    assert not paths.indexes_dir().exists()
    assert (await manual.search("再オープンできるのは誰", top=1))[0].title == "会計期間 › 再オープン"
    assert await manual.known(["経理責任者", "部長"]) == {"経理責任者"}
    assert len(list(paths.indexes_dir().iterdir())) == 1


async def test_all_pages_with_something_on_them_are_named(japanese: Path, client: RetrievalClient) -> None:
    write(
        japanese, {"empty.md": "\n", "two.md": "# 一\n\n出荷は翌日です。\n\n# 二\n\n返品は七日以内です。\n"}
    )
    found = await IndexedManual(client, source=japanese).documents()
    assert sorted(found) == ["two.md", "会計/期間.md"]


async def test_first_searches_share_one_build(japanese: Path, client: RetrievalClient) -> None:
    manual = IndexedManual(client, source=japanese)
    stages: list[Progress] = []
    await asyncio.gather(manual.prepare(stages.append), manual.search("期間"), manual.search("出荷"))
    assert [progress.stage for progress in stages].count("Reading the manual") == 1


async def test_a_prepared_manual_is_searched_without_loading_anything(
    english: Path, japanese: Path, client: RetrievalClient, minilm: Encoder
) -> None:
    told: list[Progress] = []
    await IndexedManual(client, source=japanese).prepare(told.append)
    loading = Progress("Loading the encoder")
    assert told
    assert loading not in told  # the encoder has no use for it
    manual = IndexedManual(client, source=english)
    indexing.build(english, manual.index, minilm, lambda *_: None, lambda: False)
    told.clear()
    await manual.prepare(told.append)
    assert told == [loading]
    assert await manual.search("Who may open a month again?", progress=told.append)
    assert told == [loading]


async def test_an_encoder_that_cant_be_had_is_said_when_the_manual_is_prepared(
    english: Path, client: RetrievalClient, minilm: Encoder, tmp_path: Path
) -> None:
    indexing.build(english, tmp_path / "index", minilm, lambda *_: None, lambda: False)
    other = write(tmp_path / "other", {"config.json": "{}"})
    manual = IndexedManual(client, index=tmp_path / "index", encoder=str(other))
    with pytest.raises(
        IndexFolderError, match=r"was made with the encoder all-MiniLM-L6-v2, not with .*other"
    ):
        await manual.prepare()
    assert await manual.known(["Controller"]) == {"Controller"}  # words need no encoder


async def test_a_cancelled_search_does_not_cancel_the_build_of_another(
    japanese: Path, client: RetrievalClient
) -> None:
    manual = IndexedManual(client, source=japanese)
    given_up = asyncio.create_task(manual.search("期間"))
    other = asyncio.create_task(manual.search("期間"))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await other
    with pytest.raises(asyncio.CancelledError):
        await given_up


async def test_a_build_that_nobody_waits_for_is_called_off_and_can_be_begun_again(
    japanese: Path, client: RetrievalClient
) -> None:
    manual = IndexedManual(client, source=japanese)
    task = asyncio.create_task(manual.search("期間"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await manual.search("期間")


async def test_changed_files_are_noticed_by_the_next_process(japanese: Path, client: RetrievalClient) -> None:
    await IndexedManual(client, source=japanese).search("期間")
    write(japanese, {"棚卸.md": "# 棚卸\n\n倉庫ごとに行います。\n"})
    assert (await IndexedManual(client, source=japanese).search("棚卸"))[0].document == "棚卸.md"


async def test_two_processes_build_one_index_without_harm(japanese: Path, client: RetrievalClient) -> None:
    other = RetrievalClient()
    found = await asyncio.gather(
        *(IndexedManual(one, source=japanese).search("期間", 1) for one in (client, other))
    )
    await other.aclose()
    assert found[0] == found[1]
    assert found[0]


async def test_a_given_index_is_taken_as_it_is(
    japanese: Path, tmp_path: Path, client: RetrievalClient
) -> None:
    await client.build(japanese, tmp_path / "index")
    write(japanese, {"棚卸.md": "# 棚卸\n\n倉庫ごとに行います。\n"})
    assert await IndexedManual(client, index=str(tmp_path / "index"), source=japanese).search("棚卸") == []


async def test_a_failure_is_reported_each_time_and_mends_itself(
    tmp_path: Path, client: RetrievalClient
) -> None:
    manual = IndexedManual(client, source=tmp_path / "manual")
    for _ in range(2):
        with pytest.raises(ManualError, match="There is no manual"):
            await manual.search("x")
    write(tmp_path / "manual", {"a.md": "# 甲\n\n乙\n"})
    assert await manual.search("甲")


async def test_an_index_that_is_none_and_no_manual_at_all_are_refused(
    tmp_path: Path, client: RetrievalClient
) -> None:
    with pytest.raises(IndexFolderError, match="There is no index"):
        await IndexedManual(client, index=tmp_path / "nothing").search("x")
    with pytest.raises(ManualError, match="There is no manual to search"):
        await IndexedManual(client).search("x")


async def test_a_search_tells_of_the_build_it_waits_for(japanese: Path, client: RetrievalClient) -> None:
    stages: list[Progress] = []
    manual: Manual = IndexedManual(client, source=japanese)
    assert await manual.search("期間", 1, stages.append)
    assert Progress("Reading the manual") in stages
