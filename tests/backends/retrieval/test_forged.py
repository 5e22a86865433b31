"""Indexes that were made to break whoever opens them, their digests put right: they are damaged, and can be built again."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.retrieval import indexing
from backends.retrieval.index import current_version, open_index
from backends.retrieval.stored import load_array
from kotae.errors import IndexFolderError
from tests.backends.retrieval.conftest import write
from tests.backends.retrieval.synthetic import Numbers

PAGES = {
    "a.md": "# A\n\nThe first page, see [B](b.md).\n",
    "b.md": "# B\n\nThe second page.\n\n## C\n\n" + "Another passage. " * 60,
}


def build(tmp_path: Path) -> indexing.BuildSummary:
    source = write(tmp_path / "manual", PAGES)
    return indexing.build(source, tmp_path / "index", Numbers(), lambda *_: None, lambda: False)


def seal(home: Path) -> None:
    """Put the manifest's sizes and digests right."""
    manifest = json.loads((home / "manifest.json").read_bytes())
    for name in manifest["files"]:
        data = (home / name).read_bytes()
        manifest["files"][name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (home / "manifest.json").write_text(json.dumps(manifest))


def npy(head: str, body: bytes = b"\0" * 64) -> bytes:
    text = head.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


HEADS = {
    "no end": npy("{'descr': '<i4', 'fortran_order': False, 'shape': ("),
    "no kind": npy("{'descr': {}, 'fortran_order': False, 'shape': (3,)}"),
    "a number of numbers": npy("{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999999999999,)}"),
    "too many": npy("{'descr': '<i4', 'fortran_order': False, 'shape': (9223372036854775807, 2)}"),
    "too deep": npy("(" * 900),
    "a string for a shape": npy("{'descr': '<i4', 'fortran_order': False, 'shape': ('x',)}"),
    "objects": npy("{'descr': '|O', 'fortran_order': False, 'shape': (3,)}"),
    "less than nothing": npy("{'descr': '<i4', 'fortran_order': False, 'shape': (-3,)}"),
    "no names": npy("{'descr': [('', '<i4'), ('', 3)], 'fortran_order': False, 'shape': (3,)}"),
    "nothing": b"",
    "a torn archive": b"PK\x03\x04" + b"\0" * 20,
    "a torn head": b"\x93NUMPY\x01",
}


@pytest.mark.parametrize("head", HEADS)
def test_whatever_is_made_of_the_head_of_an_array_it_is_a_wrong_file(tmp_path: Path, head: str) -> None:
    (tmp_path / "x.npy").write_bytes(HEADS[head])
    with pytest.raises(ValueError, match=r"^x\.npy has the wrong type or size$"):
        load_array(tmp_path / "x.npy", np.int32, (3,))


def an_archive(home: Path) -> None:
    with zipfile.ZipFile(home / "groups.npy", "w") as archive:
        archive.writestr("x.npy", b"")
    seal(home)


def edges_to_nowhere(home: Path) -> None:
    edges = np.load(home / "lead-groups.npy")
    assert len(edges)
    np.save(home / "lead-groups.npy", edges + 2)
    seal(home)


def a_fifo(name: str) -> Callable[[Path], None]:
    def harm(home: Path) -> None:
        (home / name).unlink()
        os.mkfifo(home / name)

    return harm


def a_folder(name: str) -> Callable[[Path], None]:
    def harm(home: Path) -> None:
        (home / name).unlink()
        (home / name).mkdir()

    return harm


def half_a_character(home: Path) -> None:
    manifest = json.loads((home / "manifest.json").read_bytes())
    (home / "manifest.json").write_text(json.dumps({**manifest, "source": "\ud800"}))


@pytest.mark.parametrize(
    "harm",
    [
        an_archive,
        edges_to_nowhere,
        half_a_character,
        a_fifo("manifest.json"),
        a_fifo("groups.npy"),
        a_fifo("../CURRENT"),
        a_folder("manifest.json"),
        a_folder("groups.npy"),
    ],
)
def test_a_forged_index_is_damaged_and_built_again(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    build(tmp_path)
    out = tmp_path / "index"
    harm(out / current_version(out))
    with pytest.raises(IndexFolderError, match="is damaged") as caught:
        open_index(out)
    assert "kotae index" in caught.value.hint
    assert build(tmp_path).changed
    open_index(out)


@pytest.mark.parametrize(
    "counts",
    [
        lambda counts: {"a.md": counts["b.md"], "b.md": counts["a.md"]},
        lambda counts: {"a.md": counts["a.md"] + counts["b.md"] + 5, "b.md": -5},
        lambda counts: {"a.md": 0, "b.md": counts["a.md"] + counts["b.md"]},
        lambda counts: {"a.md": "x", "b.md": 1},
    ],
)
def test_pages_with_wrong_counts_of_passages_are_read_anew(
    tmp_path: Path, counts: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    build(tmp_path)
    out = tmp_path / "index"
    before = [passage.id for passage in open_index(out).passages]
    home = out / current_version(out)
    pages = json.loads((home / "pages.json").read_bytes())
    changed = counts({name: count for name, (_, count) in pages.items()})
    (home / "pages.json").write_text(
        json.dumps({name: [pages[name][0], count] for name, count in changed.items()})
    )
    seal(home)
    write(tmp_path / "manual", {"c.md": "# New\n\nA page.\n"})
    assert build(tmp_path).changed
    assert [passage.id for passage in open_index(out).passages] == [*before, "c.md"]


@pytest.mark.parametrize("name", ["stamps.json", "checked.json"])
def test_what_may_be_missing_may_be_anything(tmp_path: Path, name: str) -> None:
    build(tmp_path)
    home = tmp_path / "index" / current_version(tmp_path / "index")
    (home / name).unlink(missing_ok=True)
    os.mkfifo(home / name)
    open_index(tmp_path / "index")
    assert not indexing.is_current(tmp_path / "manual", tmp_path / "index") or name == "checked.json"
