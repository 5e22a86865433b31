from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from backends.retrieval.client import RetrievalClient
from kotae import paths
from kotae.conversation import Passage
from kotae.errors import BackendError, IndexFolderError, ManualError
from kotae.events import Progress
from tests.backends.retrieval.conftest import write

pytestmark = pytest.mark.weights


def child(client: RetrievalClient) -> int:
    assert client._process is not None
    return client._process.pid


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ends(pid: int) -> bool:
    """Whether a process ends within ten seconds."""
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


def many(folder: Path, pages: int = 1000) -> Path:
    text = "# Page\n\n" + "The Controller closes the period after the reconciliation of the bank. " * 3
    return write(folder, {f"{number}.md": f"{text} {number}" for number in range(pages)})


async def test_an_index_is_built_with_progress_and_searched(
    english: Path, tmp_path: Path, client: RetrievalClient
) -> None:
    seen: list[Progress] = []
    summary = await client.build(english, tmp_path / "index", progress=seen.append)
    assert summary.pages == 2
    assert Progress("Building the index", summary.encoded, summary.encoded, "passages") in seen
    best = (await client.search(tmp_path / "index", "Who is allowed to open a closed month again?", 1))[0]
    assert best.title == "Periods › Reopening"
    assert await client.known(tmp_path / "index", ["Controller", "Dragon"]) == {"Controller"}
    log = paths.log_file("retrieval")  # for what libraries print
    assert log.stat().st_mode & 0o777 == 0o600

    no_encoder = write(tmp_path / "other", {"config.json": "{}"})
    with pytest.raises(
        IndexFolderError, match=r"was made with the encoder all-MiniLM-L6-v2, not with .*other"
    ):
        await client.search(tmp_path / "index", "period", encoder=str(no_encoder))
    with pytest.raises(IndexFolderError, match=r"The encoder .*other can't be loaded"):
        await client.build(english, tmp_path / "second", encoder=str(no_encoder))


def begins_there(passage: Passage) -> bool:
    """Whether the file that a passage names has its first line where it says."""
    page = Path(passage.source)
    lines = page.read_text(encoding="utf-8").split("\n")
    return page.is_absolute() and lines[passage.line - 1] == passage.text.split("\n")[0]


async def test_passages_name_the_file_and_line_they_were_read_from(
    japanese: Path, tmp_path: Path, client: RetrievalClient
) -> None:
    await client.build(japanese, tmp_path / "built")
    shutil.move(tmp_path / "built", tmp_path / "index")  # an index may be moved
    found = await client.search(tmp_path / "index", "期間 出荷 理由", 10)
    assert len(found) > 1
    assert all(begins_there(passage) for passage in found)
    shutil.move(japanese, tmp_path / "moved")
    await client.build(tmp_path / "moved", tmp_path / "index")
    (best,) = await client.search(tmp_path / "index", "理由", 1)
    assert Path(best.source) == tmp_path / "moved" / "会計" / "期間.md"


async def test_passages_of_a_corpus_name_its_file_and_row(tmp_path: Path, client: RetrievalClient) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text(
        '{"id": "1", "text": "出荷は倉庫担当が転記します。"}\n{"id": "2", "text": "期間は一か月です。"}\n',
        encoding="utf-8",
    )
    await client.build(corpus, tmp_path / "index")
    (found,) = await client.search(tmp_path / "index", "期間", 1)
    assert (found.source, found.line) == (str(corpus), 2)


async def test_passages_of_a_single_page_and_of_html_name_their_file_and_line(
    tmp_path: Path, client: RetrievalClient
) -> None:
    page = tmp_path / "期間.html"
    page.write_text("<title>期間</title>\n\n<p>\n期間は一か月です。</p>\n", encoding="utf-8")
    await client.build(page, tmp_path / "index")
    (found,) = await client.search(tmp_path / "index", "期間", 1)
    assert (found.title, found.text, found.source, found.line) == ("期間", "期間は一か月です。", str(page), 4)


async def test_a_search_sees_an_index_that_was_updated_meanwhile(
    japanese: Path, tmp_path: Path, client: RetrievalClient
) -> None:
    await client.build(japanese, tmp_path / "index")
    assert await client.search(tmp_path / "index", "棚卸") == []
    write(japanese, {"棚卸.md": "# 棚卸\n\n棚卸は倉庫ごとに行います。\n"})
    assert await client.refresh(japanese, tmp_path / "index") is not None
    assert (await client.search(tmp_path / "index", "棚卸"))[0].document == "棚卸.md"
    assert await client.refresh(japanese, tmp_path / "index") is None


async def test_errors_keep_their_kind_and_hint(tmp_path: Path, client: RetrievalClient) -> None:
    with pytest.raises(ManualError, match="There is no manual"):
        await client.build(tmp_path / "nothing", tmp_path / "index")
    with pytest.raises(IndexFolderError, match="Run `kotae index SOURCE"):
        await client.search(tmp_path / "index", "x")


async def test_a_process_that_died_is_started_again(
    japanese: Path, tmp_path: Path, client: RetrievalClient
) -> None:
    await client.build(japanese, tmp_path / "index")
    first = child(client)
    os.kill(first, signal.SIGKILL)
    assert await client.search(tmp_path / "index", "期間")
    assert child(client) != first


async def test_a_process_that_dies_again_and_again_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    client = RetrievalClient()
    with pytest.raises(BackendError, match="ended unexpectedly") as caught:
        await client.search(tmp_path / "index", "x")
    assert str(paths.log_file("retrieval")) in caught.value.hint
    await client.aclose()


async def test_a_build_holds_up_no_search_and_can_be_called_off(
    tmp_path: Path, japanese: Path, client: RetrievalClient
) -> None:
    started = asyncio.Event()

    def progress(event: Progress) -> None:
        if event.stage == "Building the index" and event.done:
            started.set()

    await client.build(japanese, tmp_path / "ja")
    out = tmp_path / "index"
    task = asyncio.create_task(client.build(many(tmp_path / "manual"), out, progress=progress))
    await asyncio.wait_for(started.wait(), 100)
    assert await client.search(tmp_path / "ja", "期間")
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await client.build(japanese, tmp_path / "second")).pages == 1  # builds come one after the other
    assert not (out / "CURRENT").exists()


def test_the_process_dies_with_its_parent(tmp_path: Path, minilm: object) -> None:
    source = many(tmp_path / "manual")
    code = f"""
import asyncio, sys
from pathlib import Path
from backends.retrieval.client import RetrievalClient
async def main():
    client = RetrievalClient()
    def progress(event):
        if event.stage == "Building the index" and event.done:
            print(client._process.pid, flush=True)
    await client.build(Path({str(source)!r}), Path({str(tmp_path / "index")!r}), progress=progress)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    assert ends(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, it ends when the work is done")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_process_dies_with_its_parent_in_the_middle_of_anything(
    tmp_path: Path, how: signal.Signals
) -> None:
    begun = tmp_path / "begun"
    busy = f"""
import re
from pathlib import Path
from backends.retrieval import worker
def load():
    Path({str(begun)!r}).touch()
    return re.fullmatch("(a|a)*b", "a" * 100)
worker.main(load)
"""
    code = f"""
import asyncio, sys
from pathlib import Path
from backends.retrieval.client import RetrievalClient
async def main():
    client = RetrievalClient(("-c", {busy!r}))
    build = asyncio.create_task(client.build(Path({str(tmp_path)!r}), Path({str(tmp_path / "index")!r})))
    while client._process is None:
        await asyncio.sleep(0.01)
    print(client._process.pid, flush=True)
    await build
asyncio.run(main())
"""
    deadline = time.monotonic() + 60
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        parent.send_signal(how)
    try:
        assert ends(pid)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def test_an_answer_that_cant_be_encoded_is_an_error(tmp_path: Path) -> None:
    code = (
        "from backends.retrieval import worker; worker.Worker.known = lambda *_: [chr(0xd800)]; worker.main()"
    )
    client = RetrievalClient(("-c", code))
    try:
        with pytest.raises(BackendError, match="UnicodeEncodeError in the retrieval process"):
            await asyncio.wait_for(client.known(tmp_path, ["x"]), 60)
    finally:
        await client.aclose()


async def test_a_closed_client_says_so(client: RetrievalClient, tmp_path: Path) -> None:
    await client.aclose()
    with pytest.raises(BackendError, match="was ended"):
        await client.search(tmp_path, "x")
