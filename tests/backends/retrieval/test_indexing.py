from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backends.retrieval import indexing
from backends.retrieval.encoder import Encoder, foreign_share, script
from backends.retrieval.folder import POINTER
from backends.retrieval.index import current_version, open_index
from backends.retrieval.indexing import BuildCancelledError, BuildSummary, is_current
from backends.retrieval.search import search, wants_encoder
from backends.retrieval.spool import name_for
from kotae.errors import IndexFolderError, ManualError
from tests.backends.retrieval.conftest import SHIPMENTS, write

pytestmark = pytest.mark.weights


def silent(_stage: str, _done: int, _total: int) -> None:
    pass


def build(
    source: Path, out: Path, encoder: Encoder, cancelled: Callable[[], bool] = lambda: False
) -> BuildSummary:
    return indexing.build(source, out, encoder, silent, cancelled)


def found(out: Path, query: str, encoder: Encoder | None = None) -> list[str]:
    encode = encoder.encode if encoder is not None else None
    return [passage.title for passage in search(open_index(out), query, 3, encode)]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_index_is_built_opened_and_searched(english: Path, tmp_path: Path, minilm: Encoder) -> None:
    out = tmp_path / "index"
    summary = build(english, out, minilm)
    assert (summary.pages, summary.encoded, summary.changed) == (2, summary.passages, True)
    assert found(out, "Who may reopen a month that was closed?", minilm)[0] == "Periods › Reopening"
    assert found(out, "CL207")[0] == "Periods › Reopening"
    passage = search(open_index(out), "picking list", 1, None)[0]
    assert (passage.document, passage.source, passage.line) == ("shipments.md", "shipments.md", 3)
    assert passage.score == 1.0


def test_only_changed_pages_are_encoded_again(english: Path, tmp_path: Path, minilm: Encoder) -> None:
    out = tmp_path / "index"
    build(english, out, minilm)
    before = open_index(out)
    assert build(english, out, minilm).changed is False
    write(english, {"new.md": "# Lots\n\nA lot has an expiry date.\n", "shipments.md": SHIPMENTS})
    summary = build(english, out, minilm)
    assert (summary.pages, summary.encoded, summary.changed) == (3, 1, True)
    after = open_index(out)
    kept = {passage.id: at for at, passage in enumerate(after.passages)}
    assert before.vectors is not None
    assert after.vectors is not None
    now = [list(after.rows).index(kept[before.passages[int(at)].id]) for at in before.rows]
    np.testing.assert_array_equal(
        before.vectors.rows(np.arange(before.vectors.ntotal)), after.vectors.rows(np.asarray(now))
    )
    (english / "new.md").unlink()
    assert build(english, out, minilm).encoded == 0
    assert found(out, "expiry lot") == []


def test_ids_are_unique_and_the_same_however_the_index_came_about(tmp_path: Path, minilm: Encoder) -> None:
    corpus = tmp_path / "corpus.jsonl"
    long = {"id": "a", "text": "\n\n".join(["The Controller closes the period. " * 20] * 5)}
    short = {"id": "a#1", "text": "A lot has an expiry date."}

    def ids(out: str, *rows: dict[str, str]) -> list[str]:
        corpus.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        build(corpus, tmp_path / out, minilm)
        return [passage.id for passage in open_index(tmp_path / out).passages]

    plain = ids("index", long)
    assert plain[:2] == ["a#1", "a#2"]
    both = ids("index", long, short)
    assert (both[0], both[1], both[-1]) == ("a#1+", "a#2", "a#1")
    assert len(set(both)) == len(both)
    assert ids("second", long, short) == both
    assert ids("index", long) == plain


def test_links_follow_the_pages_that_come_and_go(tmp_path: Path, minilm: Encoder) -> None:
    out = tmp_path / "index"
    source = write(
        tmp_path / "manual",
        {
            "a.md": "# A\n\nSee [b](b.md) and [c](c.html).\n",
            "b.md": "# B\n\nBack to [a](a.md).\n",
            "other.md": "# Other\n\nNo links.\n",
        },
    )

    def links() -> dict[str, tuple[str, ...]]:
        return {passage.document: passage.links for passage in open_index(out).passages}

    build(source, out, minilm)
    assert links() == {"a.md": ("b.md",), "b.md": ("a.md",), "other.md": ()}
    write(source, {"c.md": "# C\n\nIt came.\n"})
    assert build(source, out, minilm).encoded == 1  # c.md; a.md is cut anew, and its text is the same
    assert links()["a.md"] == ("b.md", "c.md")
    (source / "b.md").unlink()
    build(source, out, minilm)
    assert links()["a.md"] == ("c.md",)


def test_changes_are_noticed_by_time_and_size(english: Path, tmp_path: Path, minilm: Encoder) -> None:
    out = tmp_path / "index"
    assert not is_current(english, out)
    build(english, out, minilm)
    assert is_current(english, out)
    os.utime(english / "shipments.md", ns=(1, 1))
    assert not is_current(english, out)
    assert build(english, out, minilm).changed is False
    assert is_current(english, out)
    open_index(out)


def test_text_that_the_encoder_cant_read_is_left_to_bm25(
    japanese: Path, tmp_path: Path, minilm: Encoder
) -> None:
    out = tmp_path / "index"
    summary = build(japanese, out, minilm)
    index = open_index(out)
    assert summary.encoded == 0
    assert index.manifest.scripts == {"CJK": False}
    assert not wants_encoder(index, "再オープンできるのは誰ですか", minilm.reads)
    assert found(out, "再オープンできるのは誰ですか")[0] == "会計期間 › 再オープン"


def test_a_query_in_a_script_the_manual_does_not_have_is_judged_by_the_encoder(
    english: Path, tmp_path: Path, minilm: Encoder
) -> None:
    build(english, tmp_path / "index", minilm)
    index = open_index(tmp_path / "index")
    assert not wants_encoder(index, "誰が再オープンできますか", minilm.reads)
    assert not wants_encoder(index, "Кто может открыть период", minilm.reads)
    assert wants_encoder(index, "Who may?", minilm.reads)


def test_mixed_manuals_have_vectors_for_what_the_encoder_reads(
    english: Path, tmp_path: Path, minilm: Encoder
) -> None:
    write(english, {"ja.md": "# 出荷\n\n出荷は倉庫担当が転記します。\n"})
    build(english, tmp_path / "index", minilm)
    index = open_index(tmp_path / "index")
    assert index.manifest.vectors == index.manifest.passages - 1
    assert found(tmp_path / "index", "出荷の転記")[0] == "出荷"
    assert found(tmp_path / "index", "leaving the warehouse", minilm)[0] == "Shipments"


def test_a_cancelled_build_leaves_the_old_index(english: Path, tmp_path: Path, minilm: Encoder) -> None:
    out = tmp_path / "index"
    build(english, out, minilm)
    before = tree(out)
    write(english, {"new.md": "# New\n\ntext\n"})
    for looks in range(1, 6):
        asked = iter(range(100))
        with pytest.raises(BuildCancelledError):
            build(english, out, minilm, lambda asked=asked, looks=looks: next(asked) >= looks)  # type: ignore[misc]
        assert tree(out) == before


VERSION = "v-0123456789abcdef"


@pytest.mark.parametrize(
    "files",
    [
        {"v-notes.txt": "mine", "letter.txt": "mine"},
        {"v-photos/beach.jpg": "mine"},
        {f"{VERSION}/beach.jpg": "mine"},
        {".new-photos/beach.jpg": "mine"},
        {"CURRENT": "mine"},
        {"CURRENT": "MANIFEST-000004\n", "MANIFEST-000004": "LevelDB's", "000005.ldb": "LevelDB's"},
        {"CURRENT": f"{VERSION}\n", "letter.txt": "mine"},
    ],
)
def test_a_folder_of_something_else_is_never_touched(
    english: Path, tmp_path: Path, minilm: Encoder, files: dict[str, str]
) -> None:
    out = write(tmp_path / "letters", files)
    before = tree(out)
    with pytest.raises(IndexFolderError, match="is not empty and no index"):
        build(english, out, minilm)
    assert tree(out) == before
    with pytest.raises(IndexFolderError, match="is a file"):
        build(english, out / next(iter(files)), minilm)


def test_what_lies_beside_an_index_stays(english: Path, tmp_path: Path, minilm: Encoder) -> None:
    out = tmp_path / "index"
    build(english, out, minilm)
    mine = {"v-photos/beach.jpg": "mine", ".new-photos/beach.jpg": "mine", "letter.txt": "mine"}
    write(out, mine)
    write(
        out, {".new-0123456789ab/passages.jsonl": "", ".CURRENT-0123456789ab": "v-"}
    )  # of a build cut short
    write(english, {"new.md": "# New\n\ntext\n"})
    assert build(english, out, minilm).changed
    assert {path.name for path in out.iterdir()} == {
        ".lock",
        "CURRENT",
        current_version(out),
        "v-photos",
        ".new-photos",
        "letter.txt",
    }


@pytest.mark.parametrize("place", [Path.symlink_to, Path.hardlink_to, lambda path, _victim: os.mkfifo(path)])
def test_what_leads_elsewhere_in_place_of_vectors_that_were_kept_is_deleted(
    english: Path, tmp_path: Path, minilm: Encoder, place: Callable[[Path, Path], None]
) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    (tmp_path / "index").mkdir()
    place(tmp_path / "index" / name_for(minilm.digest), victim)
    assert build(english, tmp_path / "index", minilm).changed
    assert victim.read_text() == "mine"


def test_another_program_s_folder_is_no_damaged_index(tmp_path: Path) -> None:
    write(tmp_path / "db", {"CURRENT": "MANIFEST-000004\n"})
    with pytest.raises(IndexFolderError, match="There is no index of a manual in"):
        open_index(tmp_path / "db")


def test_a_manual_with_nothing_in_it_says_what_was_skipped(tmp_path: Path, minilm: Encoder) -> None:
    write(tmp_path / "manual", {"empty.md": ""})
    with pytest.raises(ManualError, match=r"There are no pages in .*Skipped: empty\.md \(empty\)"):
        build(tmp_path / "manual", tmp_path / "index", minilm)
    write(tmp_path / "manual", {"front.md": "---\ntitle: A\n---\n", "remark.md": "<!-- to be written -->"})
    with pytest.raises(ManualError, match=r"front\.md \(nothing in it to search\), remark\.md \(nothing"):
        build(tmp_path / "manual", tmp_path / "index", minilm)
    write(tmp_path, {"corpus.jsonl": '{"id": "1", "text": "..."}'})
    with pytest.raises(ManualError, match="no words"):
        build(tmp_path / "corpus.jsonl", tmp_path / "index", minilm)


def damage_manifest(home: Path, change: Callable[[dict[str, object]], object]) -> None:
    data = json.loads((home / "manifest.json").read_text())
    change(data)
    (home / "manifest.json").write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda home: (home / "passages.jsonl").unlink(), "passages.jsonl is missing"),
        (lambda home: (home / "passages.jsonl").write_bytes(b""), "has another size"),
        (
            lambda home: (home / "vectors.npy").write_bytes(b"x" * (home / "vectors.npy").stat().st_size),
            "is not what was written",
        ),
        (lambda home: (home / "manifest.json").unlink(), "manifest.json is missing"),
        (lambda home: (home / "manifest.json").write_text("{"), "its manifest can't be read"),
        (lambda home: (home / "manifest.json").write_text("[" * 100_000), "its manifest can't be read"),
        (
            lambda home: damage_manifest(home, lambda data: data.update(format=7)),
            r"another version of Kotae \(format 7, not 2\)",
        ),
        (lambda home: damage_manifest(home, lambda data: data.update(passages=1)), "is damaged"),
        (lambda home: damage_manifest(home, lambda data: data.update(vectors=1)), "is damaged"),
        (lambda home: damage_manifest(home, lambda data: data.update(files={})), "its manifest lacks"),
        (lambda home: (home.parent / POINTER).write_text("../../etc"), "its pointer names no version"),
    ],
)
def test_a_damaged_index_is_refused_and_says_what_to_run(
    english: Path, tmp_path: Path, minilm: Encoder, harm: Callable[[Path], object], message: str
) -> None:
    out = tmp_path / "index"
    build(english, out, minilm)
    harm(out / current_version(out))
    with pytest.raises(IndexFolderError, match=message) as caught:
        open_index(out)
    assert "Run `kotae index " in caught.value.hint
    assert f"--out {out}" in caught.value.hint
    build(english, out, minilm)
    open_index(out)


def test_a_folder_without_an_index_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match=r"There is no index in .* Run `kotae index SOURCE --out "):
        open_index(tmp_path / "nothing")


def test_readers_go_on_while_versions_change(english: Path, tmp_path: Path, minilm: Encoder) -> None:
    out = tmp_path / "index"
    build(english, out, minilm)
    failures: list[Exception] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                assert search(open_index(out), "picking list", 1, None)
            except Exception as error:
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(5):
        write(english, {"counter.txt": f"number {number}"})
        build(english, out, minilm)
    over.set()
    reader.join()
    assert failures == []
    assert len(list(out.glob("v-*"))) == 1


def test_pages_that_are_all_alike_come_in_one_order(tmp_path: Path, minilm: Encoder) -> None:
    write(tmp_path / "manual", {f"{name}.md": "# Same\n\nsame words\n" for name in "abcdef"})
    build(tmp_path / "manual", tmp_path / "index", minilm)
    index = open_index(tmp_path / "index")
    found = [passage.document for passage in search(index, "same", 4, minilm.encode)]
    assert len(set(found)) == 4
    assert found == [passage.document for passage in search(index, "same", 4, minilm.encode)]


def test_terms_are_known_as_whole_words(
    english: Path, japanese: Path, tmp_path: Path, minilm: Encoder
) -> None:
    build(english, tmp_path / "en", minilm)
    build(japanese, tmp_path / "ja", minilm)
    assert open_index(tmp_path / "en").known(
        ["Controller", "CONTROL", "cl-207", "CL-20", "audit log", ""]
    ) == {
        "Controller",
        "cl-207",
        "audit log",
    }
    assert open_index(tmp_path / "ja").known(["経理責任者", "ＣＬ－２０７", "経理部長"]) == {
        "経理責任者",
        "ＣＬ－２０７",
    }


def test_scripts_are_told_apart() -> None:
    assert {script(character) for character in "々漢かカー"} == {"CJK"}
    assert [script(character) for character in "aéжΩ1 "] == ["LATIN", "LATIN", "CYRILLIC", "GREEK", "", ""]
    assert foreign_share("SL-104", {"CJK"}) == 0.0
    assert foreign_share("締め", {"CJK"}) == 1.0
