from __future__ import annotations

import random
from pathlib import Path

import bm25s
import numpy as np
import pytest

from backends.retrieval import lexical
from backends.retrieval.inverting import Inverter
from backends.retrieval.lexical import Lexical
from backends.retrieval.stored import save_array
from kotae.conversation import Passage
from kotae.errors import IndexFolderError, ManualError

PASSAGE = Passage(id="p", document="p", title="", text="")
TERMS = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "承", "認", "者", "ﾊ"]
DRAW = random.Random(0)
TEXTS = [DRAW.choices(TERMS, k=number % 17) for number in range(200)]


def saved(folder: Path, texts: list[list[str]]) -> Lexical:
    (folder / "scratch").mkdir(parents=True)
    collector = lexical.Collector(folder / "scratch")
    for terms in texts:
        collector.add(PASSAGE, terms)
    collector.save(folder)
    return lexical.load(folder, len(texts))


def reference(texts: list[list[str]]) -> bm25s.BM25:
    bm25 = bm25s.BM25(k1=lexical.K1, b=lexical.B, method="lucene")
    numbers: dict[str, int] = {}
    ids = [[numbers.setdefault(term, len(numbers)) for term in terms] for terms in texts]
    bm25.index((ids, numbers), create_empty_token=False, show_progress=False)
    return bm25


@pytest.mark.parametrize(("chunk", "block"), [(1 << 20, 1 << 20), (50, 40), (1, 1)])
def test_weights_are_bm25s_own_however_small_the_pieces(tmp_path: Path, chunk: int, block: int) -> None:
    inverter = Inverter(tmp_path, chunk, block)
    for terms in TEXTS:
        inverter.add(terms)
    paths = [tmp_path / name for name in ("weights.npy", "passages.npy", "starts.npy")]
    inverter.write(paths[0], paths[1], paths[2], lexical.K1, lexical.B)
    theirs = reference(TEXTS)
    assert inverter.terms == list(theirs.vocab_dict)
    weights, passages, starts = map(np.load, paths)
    np.testing.assert_array_equal(starts, theirs.scores["indptr"])
    np.testing.assert_array_equal(passages, theirs.scores["indices"])
    np.testing.assert_allclose(weights, theirs.scores["data"], rtol=1e-5)


def test_scores_are_the_weighted_sums_of_bm25s(tmp_path: Path) -> None:
    words, theirs = saved(tmp_path, TEXTS), reference(TEXTS)
    np.testing.assert_allclose(
        words.scores({"a": 1.0, "者": 1.0, "nowhere": 1.0}), theirs.get_scores(["a", "者"]), rtol=1e-5
    )
    expected = 0.5 * theirs.get_scores(["b"]) + theirs.get_scores(["a"]) + 2 * theirs.get_scores(["c", "d"])
    np.testing.assert_allclose(words.scores({"b": 0.5, "a": 1.0, "c": 2.0, "d": 2.0}), expected, rtol=1e-5)
    assert not words.scores({}).any()
    assert not words.scores({"nowhere": 1.0}).any()
    assert words.scores({}).shape == (200,)


def test_terms_know_their_passages(tmp_path: Path) -> None:
    words = saved(tmp_path, [["b", "a"], [], ["a", "é"], ["\ud800"]])
    assert {term for term in ("a", "b", "é", "\ud800", "", "c", "aa") if term in words} == {
        "a",
        "b",
        "é",
        "\ud800",
    }
    assert words.passages("a").tolist() == [0, 2]
    assert words.passages("\ud800").tolist() == [3]
    assert words.passages("c").tolist() == []


def test_pages_without_a_word_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ManualError, match="no words"):
        saved(tmp_path, [[], []])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("term-starts.npy", [0, 2, 1]),
        ("term-starts.npy", [0, 1, 3]),
        ("term-columns.npy", [0, 2]),
        ("term-columns.npy", [-1, 0]),
        ("bm25-starts.npy", [0, 5, 3]),
        ("bm25-starts.npy", [0, 1, 4]),
        ("bm25-starts.npy", [0, 1]),
        ("bm25-passages.npy", [0, 1]),
    ],
)
def test_arrays_that_dont_fit_each_other_are_refused(tmp_path: Path, name: str, values: list[int]) -> None:
    saved(tmp_path, [["a"], ["a", "b"]])
    before = np.load(tmp_path / name)
    save_array(tmp_path / name, np.asarray(values, dtype=before.dtype))
    with pytest.raises(ValueError, match=r"damaged|overlap|wrong type or size"):
        lexical.load(tmp_path, 2)


@pytest.mark.parametrize("passage", [2, 1 << 30, -3, -(1 << 31)])
def test_a_passage_that_does_not_exist_is_noticed_when_it_is_asked_for(tmp_path: Path, passage: int) -> None:
    saved(tmp_path, [["a"], ["a", "b"]])
    save_array(tmp_path / "bm25-passages.npy", np.asarray([0, passage, 1], dtype=np.int32))
    words = lexical.load(tmp_path, 2)
    with pytest.raises(IndexFolderError, match="a passage is named that does not exist"):
        words.scores({"a": 1.0})
    with pytest.raises(IndexFolderError, match="a passage is named that does not exist"):
        words.passages("a")
    assert words.scores({"b": 1.0}).tolist()[0] == 0
