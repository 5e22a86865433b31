"""Which changes of an index's files are noticed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from backends.retrieval import indexing, manifest
from backends.retrieval.index import current_version, open_index
from kotae.errors import IndexFolderError
from tests.backends.retrieval.conftest import write
from tests.backends.retrieval.synthetic import Numbers


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index all of whose files count as large."""
    monkeypatch.setattr(manifest, "SMALL", 0)
    source = write(
        tmp_path / "manual", {"a.md": "# A\n\nThe first page.\n", "b.md": "# B\n\nThe second page.\n"}
    )
    indexing.build(source, tmp_path / "index", Numbers(), lambda *_: None, lambda: False)
    return tmp_path / "index"


def hashed(out: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The files that are read through when an index is opened."""
    found = set()
    with monkeypatch.context() as patch:

        def note(file: Any, name: str) -> Any:
            found.add(Path(file.name).name)
            return digest(file, name)

        digest = hashlib.file_digest
        patch.setattr(hashlib, "file_digest", note)
        open_index(out)
    return found


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    with path.open("r+b") as file:
        file.write(data)


def test_large_files_are_hashed_again_only_when_they_may_have_changed(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hashed(out, monkeypatch) == set()
    os.utime(out / current_version(out) / "passages.jsonl")
    assert hashed(out, monkeypatch) == {"passages.jsonl"}
    assert hashed(out, monkeypatch) == set()
    shutil.move(out, tmp_path / "moved")
    assert hashed(tmp_path / "moved", monkeypatch) == set()
    shutil.copytree(tmp_path / "moved", tmp_path / "copy")
    assert len(hashed(tmp_path / "copy", monkeypatch)) > 8
    assert hashed(tmp_path / "copy", monkeypatch) == set()


def test_small_files_are_hashed_each_time(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "SMALL", 1 << 20)
    assert hashed(out, monkeypatch) == hashed(out, monkeypatch) != set()


def test_a_large_file_that_was_written_to_is_noticed_even_when_its_time_is_put_back(out: Path) -> None:
    path = out / current_version(out) / "vectors.npy"
    before = path.stat()
    flip(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(IndexFolderError, match=r"vectors\.npy is not what was written"):
        open_index(out)


def test_a_copy_that_was_damaged_on_its_way_is_refused(out: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    flip(copy / current_version(copy) / "passages.jsonl")
    for _ in range(2):
        with pytest.raises(IndexFolderError, match=r"passages\.jsonl is not what was written"):
            open_index(copy)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"vectors.npy": []}', b"[" * 10_000, b"\xff"])
def test_a_memory_of_checks_that_is_none_leads_to_checking(
    out: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    (out / current_version(out) / manifest.CHECKED).write_bytes(content)
    assert "vectors.npy" in hashed(out, monkeypatch)


def test_an_index_that_may_only_be_read_is_hashed_each_time(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (out / current_version(out) / manifest.CHECKED).unlink()

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("backends.retrieval.folder.replace", refuse)
    assert hashed(out, monkeypatch) == hashed(out, monkeypatch) != set()


def test_a_manifest_that_is_too_large_is_not_read(out: Path) -> None:
    path = out / current_version(out) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"more": "x" * (1 << 20)}))
    with pytest.raises(IndexFolderError, match="its manifest is too large"):
        open_index(out)
