from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from backends.retrieval import stored
from backends.retrieval.stored import ArrayWriter, Passages, PassageWriter, load_array, save_array
from kotae.conversation import Passage
from kotae.errors import IndexFolderError

PASSAGES = [
    Passage(id=f"p#{number}", document="p", title="題 › 名", text=f"text {number}\n二行目", links=("q",))
    for number in range(5)
]


def written(folder: Path) -> Path:
    folder.mkdir()
    with PassageWriter(folder) as writer:
        for passage in PASSAGES:
            writer.add(passage)
    assert len(writer) == 5
    return folder


def test_passages_are_read_back_as_a_sequence(tmp_path: Path) -> None:
    passages = Passages(written(tmp_path / "v"), 5)
    assert list(passages) == PASSAGES
    assert len(passages) == 5
    assert passages[-1] == PASSAGES[4]
    assert passages[1:4] == PASSAGES[1:4]
    assert passages[np.int64(2)] == PASSAGES[2]  # type: ignore[call-overload]
    for at in (5, -6):
        with pytest.raises(IndexError):
            passages[at]


def test_passages_that_dont_lie_where_they_should_are_refused(tmp_path: Path) -> None:
    home = written(tmp_path / "v")
    starts = np.load(home / stored.FILES[1])
    with pytest.raises(ValueError, match="wrong type or size"):
        Passages(home, 4)
    for harm in ([1], [-1], [3, 2], [1 << 40]):
        harmed = starts.copy()
        harmed[1 : 1 + len(harm)] = harm if harm != [1] else starts[2]
        save_array(home / stored.FILES[1], harmed)
        with pytest.raises(ValueError, match="don't lie where they should"):
            Passages(home, 5)
    save_array(home / stored.FILES[1], starts + 1)
    with pytest.raises(ValueError, match="don't lie where they should"):
        Passages(home, 5)


@pytest.mark.parametrize("line", [b"{}", b'{"id": 1}', b"\xff\xfe", b"[" * 4000])
def test_a_passage_that_is_none_is_an_error_when_it_is_read(tmp_path: Path, line: bytes) -> None:
    home = written(tmp_path / "v")
    (home / stored.FILES[0]).write_bytes(line + b"\n")
    save_array(home / stored.FILES[1], np.asarray([0, len(line) + 1]))
    with pytest.raises(IndexFolderError, match="passage 0 can't be read"):
        Passages(home, 1)[0]


def test_an_array_is_written_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    with ArrayWriter(path, np.float32, (3, 2)) as file:
        file.add(np.asarray([[1, 2]]))
        file.add(np.asarray([[3, 4], [5, 6]], dtype=np.float64)[:, ::1])
    assert load_array(path, np.float32, (3, 2)).tolist() == [[1, 2], [3, 4], [5, 6]]
    assert load_array(path, np.float32, (3, 2), mapped=True).tolist() == [[1, 2], [3, 4], [5, 6]]


def test_files_that_are_no_such_array_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    for values in (
        np.zeros(4, dtype=np.int64),
        np.zeros(5, dtype=np.int32),
        np.zeros((2, 2), dtype=np.int32),
    ):
        save_array(path, values)
        with pytest.raises(ValueError, match=r"a\.npy has the wrong type or size"):
            load_array(path, np.int32, (4,))
    save_array(path, np.asfortranarray(np.zeros((3, 2), dtype=np.int32)))
    with pytest.raises(ValueError, match="stored by columns"):
        load_array(path, np.int32, (3, 2))
    path.write_bytes(pickle.dumps([1]))
    with pytest.raises(ValueError, match="wrong type"):
        load_array(path, np.int32, (1,))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.npy", b"")
    with pytest.raises(ValueError, match="wrong type"):
        load_array(path, np.int32, (1,))


def test_an_array_that_claims_to_be_larger_than_its_file_takes_up_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    with ArrayWriter(path, np.int32, (1 << 40,)):
        pass
    with pytest.raises(ValueError, match="wrong type or size"):
        load_array(path, np.int32, (1 << 40,))
