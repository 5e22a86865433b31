"""Builds that were cut short, and what the next one makes of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from backends.retrieval import embedding, indexing
from backends.retrieval.client import RetrievalClient
from backends.retrieval.encoder import Encoder
from backends.retrieval.index import Index, open_index
from backends.retrieval.indexing import BuildCancelledError, BuildSummary
from backends.retrieval.search import search
from kotae.events import Progress
from tests.backends.retrieval.conftest import write
from tests.backends.retrieval.synthetic import Numbers, vectors_of


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "AT_ONCE", 2)
    monkeypatch.setattr(embedding, "WINDOW", 6)


def corpus(folder: Path, *texts: str) -> Path:
    path = folder / "corpus.jsonl"
    rows = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(texts)]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


TEXTS = tuple(f"word{number} and some more" for number in range(15))


def cut_short(source: Path, out: Path, encoder: Encoder, after: int) -> None:
    """A build that is called off when so many texts have been encoded."""
    done = 0

    def report(stage: str, at: int, _total: int) -> None:
        nonlocal done
        done = at if stage == "Building the index" else done

    with pytest.raises(BuildCancelledError):
        indexing.build(source, out, encoder, report, lambda: done >= after)


def build(source: Path, out: Path, encoder: Encoder) -> BuildSummary:
    return indexing.build(source, out, encoder, lambda *_: None, lambda: False)


def vectors_by_text(index: Index) -> dict[str, list[float]]:
    assert index.vectors is not None
    return {
        index.passages[int(at)].text: vector.tolist()
        for at, vector in zip(index.rows, index.vectors.rows(np.arange(len(index.rows))), strict=True)
    }


def test_a_build_goes_on_from_what_a_cancelled_one_had_encoded(tmp_path: Path) -> None:
    source, out = corpus(tmp_path, *TEXTS), tmp_path / "index"
    cut_short(source, out, Numbers(), 8)
    assert not (out / "CURRENT").exists()
    encoder, told = Numbers(), []
    summary = indexing.build(source, out, encoder, lambda *now: told.append(now), lambda: False)
    assert (summary.encoded, summary.taken_up, summary.vectors) == (7, 8, 15)
    assert len(encoder.encoded) == 7
    assert ("Building the index", 8, 15) in told
    expected = vectors_of([f"\n{text}" for text in TEXTS]).tolist()
    assert vectors_by_text(open_index(out)) == dict(zip(TEXTS, expected, strict=True))
    assert not list(out.glob(".partial-*"))


def test_what_has_changed_meanwhile_is_encoded_anew_and_the_rest_taken_up(tmp_path: Path) -> None:
    source, out = corpus(tmp_path, *TEXTS), tmp_path / "index"
    cut_short(source, out, Numbers(), 14)
    corpus(tmp_path, "a new beginning", *TEXTS[1:])
    encoder = Numbers()
    summary = build(source, out, encoder)
    assert "\na new beginning" in encoder.encoded
    assert summary.taken_up >= 13
    assert summary.encoded + summary.taken_up == 15


def test_an_update_that_was_cut_short_goes_on_beside_the_old_index(tmp_path: Path) -> None:
    source, out = corpus(tmp_path, *TEXTS), tmp_path / "index"
    build(source, out, Numbers())
    source = corpus(tmp_path, *TEXTS, *(f"more{number}" for number in range(7)))
    cut_short(source, out, Numbers(), 4)
    assert len(open_index(out).passages) == 15
    summary = build(source, out, Numbers())
    assert (summary.encoded, summary.taken_up) == (3, 4)
    assert len(vectors_by_text(open_index(out))) == 22


def test_vectors_of_another_encoder_are_swept(tmp_path: Path) -> None:
    source, out = corpus(tmp_path, *TEXTS), tmp_path / "index"
    cut_short(source, out, Numbers("one"), 8)
    cut_short(source, out, Numbers("two"), 2)
    (left,) = out.glob(".partial-*")
    summary = build(source, out, Numbers("one"))
    assert (summary.encoded, summary.taken_up) == (15, 0)
    assert not left.exists()


def test_what_was_left_is_swept_when_it_turns_out_not_to_be_needed(tmp_path: Path) -> None:
    source, out = corpus(tmp_path, *TEXTS), tmp_path / "index"
    build(source, out, Numbers())
    corpus(tmp_path, *TEXTS, "more", "and more", "yet more")
    cut_short(source, out, Numbers(), 2)
    assert list(out.glob(".partial-*"))
    corpus(tmp_path, *TEXTS)
    assert not build(source, out, Numbers()).changed
    assert not list(out.glob(".partial-*"))


def test_the_same_text_is_encoded_once(tmp_path: Path) -> None:
    source, encoder = corpus(tmp_path, "one", "two", "one", "one"), Numbers()
    summary = build(source, tmp_path / "index", encoder)
    assert sorted(encoder.encoded) == ["\none", "\ntwo"]
    assert (summary.encoded, summary.vectors) == (2, 4)


def test_only_the_parts_of_a_page_that_changed_are_encoded(tmp_path: Path) -> None:
    section = "The Controller closes the period after the reconciliation. " * 15
    page = f"# Page\n\n## One\n\n{section}\n\n## Two\n\n{section}\n\n## Three\n\n{section}\n"
    source = write(tmp_path / "manual", {"page.md": page})
    assert build(source, tmp_path / "index", Numbers()).encoded == 3
    write(source, {"page.md": page.replace("## Two\n", "## Two\n\nNew.\n")})
    assert build(source, tmp_path / "index", Numbers()).encoded == 1


@pytest.mark.weights
async def test_a_build_goes_on_after_its_process_was_killed(tmp_path: Path, client: RetrievalClient) -> None:
    source = write(
        tmp_path / "manual",
        {f"{number}.md": f"# Page {number}\n\nThe period {number}." for number in range(300)},
    )
    killed = False

    def progress(event: Progress) -> None:
        nonlocal killed
        if event.stage == "Building the index" and event.done and not killed:
            killed = True
            assert client._process is not None
            os.kill(client._process.pid, signal.SIGKILL)

    summary = await asyncio.wait_for(client.build(source, tmp_path / "index", progress=progress), 100)
    assert killed
    assert summary.taken_up >= 64
    assert summary.encoded + summary.taken_up == 300
    assert len(search(open_index(tmp_path / "index"), "period 299", 1, None)) == 1
