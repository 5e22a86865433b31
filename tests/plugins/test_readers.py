"""Readers that plugins bring are gathered, and held to their budget."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kotae.reading import PageText, Reader
from tests.plugins.installed import loaded, plugin


class Reads:
    """A reader that gives, or does, what it is made with."""

    def __init__(self, read: Callable[[Path], Any], suffixes: Any = (".up",)) -> None:
        self._read, self.suffixes = read, suffixes

    def read(self, path: Path) -> Any:
        return self._read(path)


def _reads(*readers: Any) -> Callable[[], list[Any]]:
    return lambda: list(readers)


def test_readers_are_gathered_from_all_plugins() -> None:
    page = PageText(text="x")
    manager, reports = loaded(
        plugin(
            "a", register_readers=_reads(Reads(lambda path: page), Reads(lambda path: page, [".b", ".c"]))
        ),
        plugin("b", register_readers=_reads(Reads(lambda path: page, {".d"}))),
    )
    readers = manager.register_readers()
    assert sorted(tuple(reader.suffixes) for reader in readers) == [(".b", ".c"), (".d",), (".up",)]
    assert all(isinstance(reader, Reader) and reader.read(Path("x")) == page for reader in readers)
    assert reports == []


def test_a_file_that_a_reader_refuses_switches_nothing_off() -> None:
    def refuses(path: Path) -> PageText:
        raise ValueError("no such page")

    def breaks(path: Path) -> PageText:
        raise KeyError(path)

    manager, reports = loaded(plugin("a", register_readers=_reads(Reads(refuses), Reads(breaks))))
    first, second = manager.register_readers()
    with pytest.raises(ValueError, match="no such page"):
        first.read(Path("x"))
    with pytest.raises(KeyError):
        second.read(Path("x"))
    assert reports == []


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (lambda path: threading.Event().wait(30), "took longer than 0.2 s"),
        (lambda path: "text", "TypeError: gave str where PageText is wanted"),
        (lambda path: PageText(text=5), "Expected `str`, got `int` - at `$.text`"),  # type: ignore[arg-type]
    ],
    ids=["hangs", "wrong-type", "wrong-field"],
)
def test_a_reader_that_hangs_or_gives_no_page_is_switched_off(bad: Callable[[Path], Any], why: str) -> None:
    manager, reports = loaded(plugin("a", register_readers=_reads(Reads(bad), Reads(bad))), budget=0.2)
    for reader in manager.register_readers():
        with pytest.raises(ValueError, match="its plugin was switched off: ") as caught:
            reader.read(Path("x"))
        assert why in str(caught.value)
    assert len(reports) == 1
    assert "Plugin a was switched off" in reports[0]


@pytest.mark.parametrize(
    "bad",
    [
        [object()],
        [Reads(lambda path: None, ".up")],
        [Reads(lambda path: None, [5])],
        [Reads(lambda path: None, ["up"])],
        [Reads(lambda path: None, [".Up"])],
        [Reads(lambda path: None, [".tar.gz"])],
    ],
    ids=["no-reader", "one-string", "no-string", "no-dot", "upper-case", "two-dots"],
)
def test_a_plugin_that_gives_no_readers_is_switched_off(bad: Any) -> None:
    manager, reports = loaded(plugin("bad", register_readers=lambda: bad))
    assert manager.register_readers() == []
    assert "Plugin bad was switched off" in reports[0]
