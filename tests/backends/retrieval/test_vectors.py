"""FAISS types by size, and arrays that are not what they should be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import faiss
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from backends.retrieval import grouping, indexing, manifest, vectors
from backends.retrieval.index import Index, current_version, open_index
from backends.retrieval.stored import save_array
from kotae.errors import IndexFolderError
from tests.backends.retrieval.synthetic import Numbers, vectors_of

COUNT = 400
TEXTS = [f"topic{number % 25} text {number}" for number in range(COUNT)]


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of vectors are put into lists already."""
    monkeypatch.setattr(vectors, "EXACT_BELOW", 100)


def built(folder: Path, texts: list[str] = TEXTS) -> Path:
    source = folder / "corpus.jsonl"
    rows = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(texts)]
    source.write_text("\n".join(rows), encoding="utf-8")
    summary = indexing.build(source, folder / "index", Numbers(), lambda *_: None, lambda: False)
    assert summary.vector_index == open_index(folder / "index").manifest.vector_index
    return folder / "index"


def nearest(index: Index, queries: NDArray[np.float32], count: int) -> list[list[str]]:
    assert index.vectors is not None
    rows = index.vectors.search(queries, count)[1]
    return [[index.passages[int(index.rows[row])].id for row in one] for one in rows]


def test_few_vectors_are_compared_exactly(tmp_path: Path) -> None:
    index = open_index(built(tmp_path))
    assert (index.manifest.vector_index, index.manifest.probes) == ("Flat", 0)
    assert index.vectors is not None
    similar, rows = index.vectors.search(vectors_of(["\n" + TEXTS[7]]), 3)
    assert index.rows[rows[0, 0]] == 7
    assert similar[0, 0] == pytest.approx(1.0)
    assert (index.vectors.ntotal, index.vectors.d) == (COUNT, 16)


@pytest.mark.usefixtures("few_are_many")
def test_many_vectors_lie_in_lists_that_find_nearly_all_neighbours(tmp_path: Path) -> None:
    index = open_index(built(tmp_path))
    assert index.manifest.vector_index == "IVF32,SQfp16"
    assert 0 < index.manifest.probes < 32
    everything = vectors_of([f"\n{text}" for text in TEXTS])
    queries = vectors_of([f"topic{number} question {number}" for number in range(25)])
    exact = faiss.knn(queries, everything, 10, metric=faiss.METRIC_INNER_PRODUCT)[1]
    found = nearest(index, queries, 10)
    share = np.mean([len(set(map(str, a)) & set(b)) / 10 for a, b in zip(exact, found, strict=True)])
    assert share >= 0.97
    assert index.vectors is not None
    np.testing.assert_allclose(
        index.vectors.rows(np.argsort(index.rows)), everything, atol=1e-3
    )  # each vector is where its passage is


@pytest.mark.usefixtures("few_are_many")
def test_a_search_looks_into_more_lists_where_the_nearest_hold_too_few(tmp_path: Path) -> None:
    index = open_index(built(tmp_path))
    (found,) = nearest(index, vectors_of(["topic3"]), COUNT)
    assert len(set(found)) == COUNT


@pytest.mark.usefixtures("few_are_many")
def test_vectors_stay_the_same_however_often_they_are_taken_over(tmp_path: Path) -> None:
    def by_passage() -> dict[str, bytes]:
        index = open_index(tmp_path / "index")
        assert index.vectors is not None
        found = index.vectors.rows(np.arange(index.vectors.ntotal))
        return {
            index.passages[int(at)].text: row.tobytes() for at, row in zip(index.rows, found, strict=True)
        }

    built(tmp_path)
    first = by_passage()
    for number in range(3):
        built(tmp_path, [f"new {number}", *TEXTS])
        now = by_passage()
        assert {text: now[text] for text in first} == first


def test_an_index_that_grows_beyond_the_limit_takes_its_vectors_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(tmp_path, TEXTS[:99])
    monkeypatch.setattr(vectors, "EXACT_BELOW", 100)
    assert open_index(built(tmp_path, TEXTS)).manifest.vector_index == "IVF32,SQfp16"
    assert open_index(built(tmp_path, TEXTS[:50])).manifest.vector_index == "Flat"
    index = open_index(tmp_path / "index")
    assert nearest(index, vectors_of(["\n" + TEXTS[7]]), 1) == [["7"]]


def test_lists_grow_with_the_root_of_the_vectors() -> None:
    assert [grouping.lists_for(count) for count in (50_000, 100_000, 1_000_000)] == [512, 512, 2048]


def reseal(home: Path, **changes: object) -> None:
    """Make the manifest fit what is there now, as somebody would who means harm."""
    data = json.loads((home / "manifest.json").read_text())
    data |= changes
    (home / "manifest.json").unlink()
    data["files"] = msgspec.to_builtins(manifest.seal(home))
    (home / "manifest.json").write_text(json.dumps(data))


def put(name: str, change: Callable[[NDArray[np.float64]], object]) -> Callable[[Path], None]:
    def harm(home: Path) -> None:
        values = np.load(home / name)
        changed = change(values)
        save_array(home / name, values if changed is None else np.asarray(changed))

    return harm


def first(value: float) -> Callable[[NDArray[np.float64]], None]:
    def change(values: NDArray[np.float64]) -> None:
        values.flat[0] = value

    return change


@pytest.mark.parametrize(
    ("harm", "changes", "message"),
    [
        (put("vectors.npy", lambda values: values[:-1]), {}, "vectors.npy has the wrong type or size"),
        (
            put("vectors.npy", lambda values: values.astype("f4")),
            {},
            "vectors.npy has the wrong type or size",
        ),
        (put("vector-passages.npy", first(COUNT)), {}, "belong to other passages"),
        (put("vector-passages.npy", first(-1)), {}, "belong to other passages"),
        (put("list-sizes.npy", first(1 << 62)), {}, "lists of vectors overlap"),
        (put("list-sizes.npy", first(-1)), {}, "lists of vectors overlap"),
        (put("list-sizes.npy", lambda sizes: sizes + 1), {}, "lists of vectors overlap"),
        (
            put("list-centroids.npy", lambda values: values[:, :8]),
            {},
            "list-centroids.npy has the wrong type",
        ),
        (None, {"vector_index": "IVF64,SQfp16"}, "wrong type or size"),
        (None, {"vector_index": "IVF9999999,SQfp16"}, "wrong type or size"),
        (None, {"vector_index": "Flat"}, "vectors.npy has the wrong type or size"),
        (None, {"vector_index": "HNSW32"}, "of a kind that is not known here"),
        (None, {"probes": 33}, "can't look into that many lists"),
        (None, {"probes": 0}, "can't look into that many lists"),
        (None, {"vectors": 1 << 60}, "wrong type or size"),
        (None, {"passages": COUNT - 1}, "is damaged"),
        (None, {"passages": 0}, "is damaged"),
        (None, {"encoder": {"name": "n", "digest": "n", "dimension": 1 << 40}}, "an impossible width"),
    ],
)
@pytest.mark.usefixtures("few_are_many")
def test_arrays_that_dont_fit_are_refused_whatever_the_manifest_says_of_them(
    tmp_path: Path, harm: Callable[[Path], None] | None, changes: dict[str, object], message: str
) -> None:
    out = built(tmp_path)
    home = out / current_version(out)
    if harm is not None:
        harm(home)
    reseal(home, **changes)
    with pytest.raises(IndexFolderError, match=message):
        open_index(out)
    built(tmp_path)  # and the next build takes nothing over that does not fit
    assert len(open_index(out).passages) == COUNT


@pytest.mark.usefixtures("few_are_many")
def test_vectors_that_are_no_numbers_are_noticed_when_they_are_searched(tmp_path: Path) -> None:
    out = built(tmp_path)
    home = out / current_version(out)
    put("vectors.npy", lambda values: np.full_like(values, np.nan))(home)
    reseal(home)
    index = open_index(out)
    with pytest.raises(IndexFolderError, match="its vectors are no numbers"):
        nearest(index, vectors_of(["topic3"]), 5)
