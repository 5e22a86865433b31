"""The settings screen, by keys alone: what it shows, refuses, writes and applies."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input, Select, TextArea

from kotae import settings as kotae_settings
from kotae.settings import Settings
from kotae.settings_file import SettingsFile
from tests.tui.conftest import chat, ready, shown, until
from tests.tui.scripted import Scripted, engine_of, loads
from tui.app import KotaeApp
from tui.screens.settings import SettingsScreen
from tui.setting_fields import Field, fields, parsed
from tui.strings import strings
from tui.widgets.setting import SettingRow

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from kotae.engine import Engine
    from kotae.language import Language
    from kotae.settings import BackendSettings
    from kotae.settings_file import Key

WRITTEN = """\
# Kept.
[backends.base]
model = "old"  # why
system_prompt = "Be [b]brief[/b]."

[backends.mine]
kind = "rag"
model = "m"
"""


class Adjusted(Scripted):
    """A scripted backend that takes other settings."""

    table: BackendSettings | None = None

    def adjust(self, table: BackendSettings) -> None:
        self.table = table


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    return path


def app(
    transcripts: Path, path: Path, *, lang: Language = "en", environ: Any = None, overrides: Any = None
) -> tuple[KotaeApp, Engine]:
    file = SettingsFile(path, overrides or {}, environ or {})
    settings: Settings = kotae_settings.load(overrides, file=path, environ=environ or {})
    engine = engine_of(*(Adjusted(name, table.kind) for name, table in settings.backends.items()))
    engine.settings = settings
    made = KotaeApp(
        settings,
        load_engine=loads(engine),
        transcripts=transcripts,
        backend="base",
        lang=lang,
        settings_file=file,
    )
    return made, engine


async def opened(pilot: Pilot[None], key: str = "ctrl+s") -> SettingsScreen:
    await ready(pilot)
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, SettingsScreen))
    screen = pilot.app.screen
    assert isinstance(screen, SettingsScreen)
    await until(pilot, lambda: screen.focused is not None and not screen._rest)
    return screen


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def row(screen: SettingsScreen, *key: str) -> SettingRow:
    return next(row for row in screen.query(SettingRow) if row.field.key == key)


async def go_to(pilot: Pilot[None], wanted: SettingRow) -> None:
    """Presses Tab until the field has the focus."""
    for _ in range(80):
        if wanted.has_focus_within:
            return
        await pilot.press("tab")
    raise AssertionError("Tab does not lead there")


async def type_over(pilot: Pilot[None], wanted: SettingRow, text: str) -> None:
    await go_to(pilot, wanted)
    await pilot.press("end", *["backspace"] * len(wanted.typed), *text)


async def test_what_is_changed_is_written_and_holds_for_the_next_question(
    transcripts: Path, path: Path
) -> None:
    made, engine = app(transcripts, path)
    before = mode_of(path)
    async with made.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await type_over(pilot, row(screen, "backends", "base", "model"), "new model")
        await type_over(pilot, row(screen, "backends", "base", "temperature"), "0.7")
        await type_over(pilot, row(screen, "backends", "mine", "max_tokens"), "300")
        await type_over(pilot, row(screen, "flags", "threshold"), "strict")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Saved in" in shown(pilot))
        table = engine.backends["base"].table  # type: ignore[attr-defined]
        assert (table.model, table.temperature) == ("new model", 0.7)
        assert engine.backends["mine"].table.max_tokens == 300  # type: ignore[attr-defined]
        assert engine.settings.flags.limit == 0.3
        assert chat(pilot).settings is engine.settings
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Nothing has changed." in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is chat(pilot))
    text = text_of(path)
    for line in (
        "# Kept.",
        'model = "new model"  # why',
        'system_prompt = "Be [b]brief[/b]."',
        "max_tokens = 300",
    ):
        assert line in text
    assert mode_of(path) == before


async def test_a_system_prompt_of_several_lines_is_edited_and_emptied(transcripts: Path, path: Path) -> None:
    made, engine = app(transcripts, path)
    async with made.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        prompt = row(screen, "backends", "base", "system_prompt")
        assert prompt.query_one(TextArea).text == "Be [b]brief[/b]."
        await go_to(pilot, prompt)
        await pilot.press("end", "enter", *"Be kind.", "ctrl+s")
        await until(pilot, lambda: "Saved in" in shown(pilot))
        said = 'system_prompt = """Be [b]brief[/b].\nBe kind."""'
        assert said in text_of(path)
        await pilot.press("ctrl+u", "backspace", "ctrl+u", "ctrl+s")
        await until(pilot, lambda: "system_prompt" not in text_of(path))
        assert engine.settings.backends["base"].system_prompt == ""


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_written(
    transcripts: Path, path: Path
) -> None:
    made, engine = app(transcripts, path)
    async with made.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await type_over(pilot, row(screen, "backends", "base", "temperature"), "hot")
        await until(pilot, lambda: "A number from 0 to 2." in shown(pilot))
        await type_over(pilot, row(screen, "backends", "base", "max_tokens"), "-3")
        await until(pilot, lambda: "A whole number from 1." in shown(pilot))
        await go_to(pilot, row(screen, "backends", "quote", "passages"))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Not saved: 2 to correct." in shown(pilot))
        assert row(screen, "backends", "base", "temperature").has_focus_within
        await pilot.press("escape")
        await until(pilot, lambda: "Not saved yet." in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is chat(pilot))
    assert text_of(path) == WRITTEN
    assert engine.backends["base"].table is None  # type: ignore[attr-defined]


async def test_a_key_is_never_taken_for_the_name_of_its_variable(transcripts: Path, path: Path) -> None:
    made, _ = app(transcripts, path)
    async with made.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await type_over(pilot, row(screen, "backends", "base", "api_key_env"), "sk-proj-123")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Keys themselves" in shown(pilot))
    assert "sk-proj" not in text_of(path)


async def test_the_theme_changes_at_once_and_the_language_after_a_restart(
    transcripts: Path, path: Path
) -> None:
    made, _ = app(transcripts, path)
    async with made.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await go_to(pilot, row(screen, "chat", "theme"))
        await pilot.press("enter", *"kotae-light"[:7])
        theme = row(screen, "chat", "theme").query_one(Select)
        await pilot.press("escape")
        theme.value = "kotae-light"
        await go_to(pilot, row(screen, "chat", "lang"))
        await pilot.press("enter", "down", "down", "enter")
        assert row(screen, "chat", "lang").typed == "ja"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "After a restart: Language." in shown(pilot).replace("\n", " "))
        assert pilot.app.theme == "kotae-light"
    assert '[chat]\ntheme = "kotae-light"\nlang = "ja"\n' in text_of(path)


async def test_what_the_environment_and_the_command_line_set_is_shown_and_never_written(
    transcripts: Path, path: Path
) -> None:
    made, _ = app(
        transcripts,
        path,
        environ={"KOTAE_BACKENDS__BASE__MODEL": "[red]env[/]"},
        overrides={"chat": {"theme": "kotae-dark", "lang": None}},
    )
    async with made.run_test(size=(100, 60)) as pilot:
        screen = await opened(pilot)
        assert "set by KOTAE_BACKENDS__BASE__MODEL in the environment" in shown(pilot)
        assert "set on the command line" in shown(pilot)
        assert "[red]env[/]" in shown(pilot)
        model = row(screen, "backends", "base", "model")
        assert model.query_one(Input).disabled
        for _ in range(40):
            await pilot.press("tab")
            assert not model.has_focus_within
        await type_over(pilot, row(screen, "backends", "base", "temperature"), "1")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "temperature = 1" in text_of(path))
    text = text_of(path)
    assert "env" not in text
    assert "theme" not in text


async def test_a_file_that_can_not_be_written_is_said(transcripts: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    file = SettingsFile(tmp_path / "new.toml", {}, {})
    made = KotaeApp(
        Settings(),
        load_engine=loads(engine_of(Scripted("base"))),
        transcripts=transcripts,
        settings_file=file,
    )
    async with made.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        (tmp_path / "new.toml").write_text("[chat\n", encoding="utf-8")
        await type_over(pilot, row(screen, "flags", "threshold"), "0.4")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "can't be changed from here" in " ".join(shown(pilot).split()))
    assert text_of(tmp_path / "new.toml") == "[chat\n"


async def test_the_slash_command_and_the_palette_open_it(transcripts: Path, path: Path) -> None:
    made, _ = app(transcripts, path, lang="ja")
    async with made.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press(*"/settings", "enter")
        await until(pilot, lambda: "指摘のしきい値" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is chat(pilot))


@pytest.mark.parametrize(
    ("key", "typed", "value", "wrong"),
    [
        (("backends", "b", "temperature"), "0", 0.0, False),
        (("backends", "b", "temperature"), "2.01", 2.01, True),
        (("backends", "b", "temperature"), "nan", None, True),
        (("backends", "b", "temperature"), "", None, False),
        (("backends", "b", "max_tokens"), "１２", 0, True),
        (("backends", "b", "max_tokens"), "12", 12, False),
        (("backends", "b", "max_tokens"), "9" * 5000, 0, True),
        (("flags", "threshold"), "balanced", "balanced", False),
        (("flags", "threshold"), "0.25", 0.25, False),
        (("flags", "threshold"), "1.25", 1.25, True),
        (("backends", "b", "base_url"), "embedded", "embedded", False),
        (("backends", "b", "base_url"), "localhost:80", "localhost:80", True),
        (("backends", "b", "api_key_env"), "MY_KEY", "MY_KEY", False),
        (("backends", "b", "api_key_env"), "MY KEY", "MY KEY", True),
        (("backends", "b", "model"), "x" * 100_001, None, True),
    ],
)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_is_typed_is_read(key: Key, typed: str, value: Any, wrong: bool, lang: Language) -> None:
    found, problem = parsed(Field(key), typed, strings(lang))
    assert found == value
    assert bool(problem) == wrong


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_field_has_a_label_and_holds_what_the_settings_hold(lang: Language) -> None:
    text = strings(lang)
    settings = Settings()
    for found in fields(settings, ["kotae-dark"], text).values():
        for field in found:
            assert text.settings.labels[field.name]
            kept: Any = settings
            for name in field.key:
                kept = kept[name] if isinstance(kept, dict) else getattr(kept, name)
            assert field.kind != "choice" or kept in [value for _, value in field.choices]


async def test_many_backends_are_added_one_by_one_and_all_of_them_can_be_reached(
    transcripts: Path, tmp_path: Path
) -> None:
    path = tmp_path / "many.toml"
    write(path, "".join(f'[backends.b{number:02}]\nkind = "rag"\n' for number in range(12)))
    made, _ = app(transcripts, path)
    async with made.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, SettingsScreen))
        await until(pilot, lambda: pilot.app.screen.focused is not None)
        screen = await opened(pilot, "tab")
        names = list(
            dict.fromkeys(row.field.key[1] for row in screen.query(SettingRow) if len(row.field.key) == 3)
        )
        assert names == list(made._chat.settings.backends)
        await pilot.press("shift+tab", "shift+tab")  # to the button at the end
        await until(pilot, lambda: screen.focused is not None and screen.focused.id == "save")


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def test_a_row_whose_field_is_still_to_come_has_not_been_changed() -> None:
    """Esc may be pressed while the rows of further backends are being added."""
    text = strings("en")
    for found in fields(Settings(), ["kotae-dark"], text).values():
        assert not any(SettingRow(field, "kept", text).changed for field in found)
