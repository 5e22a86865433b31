"""`kotae index` over a manual in formats that a plugin, or an extra, reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.backends.retrieval.conftest import write
from tests.backends.retrieval.readers.files import pdf
from tests.cli.command import kotae
from tests.cli.installed import install

pytestmark = pytest.mark.weights

READER = """
from kotae import PageText, hookimpl

class Wiki:
    suffixes = [".wiki"]

    def read(self, path):
        print("plugins may print", flush=True)
        if "bad" in path.name:
            raise ValueError("no wiki page")
        text = path.read_text(encoding="utf-8")
        return PageText(text=text.replace("== ", "# "), lines=None)

@hookimpl
def register_readers():
    return [Wiki()]
"""


@pytest.fixture
def manual(tmp_path: Path) -> Path:
    pages = {"a.wiki": "== 期間\n\n期間は一か月です。\n", "bad.wiki": "x", "b.md": "# 出荷\n\n[期間](a)\n"}
    return write(tmp_path / "manual", pages)


async def test_pages_are_read_by_a_plugin_in_the_retrieval_process(manual: Path, tmp_path: Path) -> None:
    path = install(tmp_path / "site", "wiki", READER)
    out = tmp_path / "index"
    done = await kotae("index", manual, "--out", out, "--json", PYTHONPATH=path)
    assert done.code == 0, done.err
    summary = json.loads(done.out)
    assert (summary["pages"], summary["skipped"]) == (2, [{"path": "bad.wiki", "reason": "no wiki page"}])
    found = await kotae("search", "--index", out, "--json", "--top", "1", "期間は一か月", PYTHONPATH=path)
    assert json.loads(found.out)["passages"][0]["document"] == "a.wiki"
    again = await kotae("index", manual, "--out", out, "--json", PYTHONPATH=path)
    assert json.loads(again.out)["changed"] is False


async def test_a_plugin_that_is_off_reads_nothing(manual: Path, tmp_path: Path) -> None:
    path = install(tmp_path / "site", "wiki", "raise RuntimeError('imported')")
    done = await kotae(
        "index",
        manual,
        "--out",
        tmp_path / "index",
        "--json",
        PYTHONPATH=path,
        KOTAE_PLUGINS__DISABLED="wiki",
    )
    summary = json.loads(done.out)
    assert (summary["pages"], summary["skipped"]) == (1, [])


async def test_a_plugin_that_fails_is_named_and_the_rest_is_read(manual: Path, tmp_path: Path) -> None:
    path = install(tmp_path / "site", "wiki", "raise RuntimeError('bad day')")
    write(manual, {"e.txt": "出荷"})
    (manual / "c.pdf").write_bytes(pdf([["Words"]]))
    done = await kotae("index", manual, "--out", tmp_path / "index", PYTHONPATH=path)
    assert done.code == 0, done.err
    assert "Skipped plugin wiki: RuntimeError: bad day\n" in done.err
    assert done.err.strip().endswith(", 1 skipped.")
    assert "3 pages" in done.err
