"""Backends that come into the settings file while the chat is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.events import AppFocus

from kotae import settings as kotae_settings
from kotae.settings_file import SettingsFile
from tests.tui.conftest import notified, ready, shown, until
from tests.tui.scripted import Scripted, engine_of, loads
from tui.app import KotaeApp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kotae.backend import Backend
    from kotae.language import Language
    from kotae.settings import Settings

ADDED = '\n[backends.ledger]\nkind = "finetuned"\nmodel = "ft:ledger"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text('[backends.base]\nmodel = "m"\n', encoding="utf-8")
    return path


def add(path: Path, text: str = ADDED) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def app(transcripts: Path, path: Path, lang: Language = "en") -> KotaeApp:
    settings = kotae_settings.load(file=path, environ={})
    engine = engine_of(*(Scripted(name, table.kind) for name, table in settings.backends.items()))

    def make(added: Settings) -> Sequence[Backend]:
        return [Scripted(name, table.kind) for name, table in added.backends.items()]

    engine.make = make
    return KotaeApp(
        settings,
        load_engine=loads(engine),
        transcripts=transcripts,
        lang=lang,
        settings_file=SettingsFile(path, {}, {}),
    )


@pytest.mark.parametrize(
    ("lang", "said", "nothing"),
    [
        ("en", "New backends: ledger", "no new backends"),
        ("ja", "新しいバックエンド: ledger", "新しいバックエンドはありません"),
    ],
)
async def test_reload_brings_what_is_new_and_it_answers(
    transcripts: Path, path: Path, lang: Language, said: str, nothing: str
) -> None:
    made = app(transcripts, path, lang)
    async with made.run_test(size=(100, 24)) as pilot:
        await ready(pilot)
        await pilot.press(*"/reload", "enter")
        await until(pilot, lambda: nothing in shown(pilot))
        add(path)
        await pilot.press(*"/reload", "enter")
        await until(pilot, lambda: said in shown(pilot))
        await pilot.press(*"/backend ledger", "enter")
        await pilot.press(*"hello", "enter")
        await until(
            pilot, lambda: [t.backend for t in made._chat.session.conversation.turns.values()] == ["ledger"]
        )


async def test_coming_back_to_the_window_brings_what_is_new(transcripts: Path, path: Path) -> None:
    made = app(transcripts, path)
    async with made.run_test(size=(100, 24), notifications=True) as pilot:
        await ready(pilot)
        await until(pilot, lambda: made._chat._seen is not None)
        add(path)
        made.post_message(AppFocus())
        await until(pilot, lambda: "New backends: ledger" in notified(pilot))
        assert "ledger" in made._chat.backends


async def test_a_file_that_can_not_be_used_changes_nothing(transcripts: Path, path: Path) -> None:
    made = app(transcripts, path)
    async with made.run_test(size=(100, 24), notifications=True) as pilot:
        await ready(pilot)
        before = list(made._chat.backends)
        add(path, "[chat\n")
        await pilot.press(*"/reload", "enter")
        await until(pilot, lambda: "is no valid TOML" in notified(pilot))
        assert made._chat.backends == before
