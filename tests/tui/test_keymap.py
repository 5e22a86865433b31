from __future__ import annotations

import string
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import pytest
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.widgets import Input

from kotae.errors import SettingsError
from kotae.settings import ChatSettings, Settings, load
from tests.tui import sample_conversation
from tests.tui.conftest import chat, ready, shown, until
from tests.tui.scripted import Scripted, engine_of, loads
from tui import states
from tui.actions import ACTIONS
from tui.app import KotaeApp
from tui.keymap import DEFAULT, keymap, normalized
from tui.screens.conversations import ConversationsScreen
from tui.screens.help import help_text
from tui.screens.inspector import InspectorScreen
from tui.screens.query import QueryScreen
from tui.strings import strings

if TYPE_CHECKING:
    from pathlib import Path

    from kotae.language import Language
    from kotae.settings import Keys


def _app(
    folder: Path, keys: dict[str, Keys], *, resume: Path | None = None, lang: Language = "en"
) -> KotaeApp:
    engine = engine_of(Scripted("base"), Scripted("rag", "rag"), Scripted("quote", "quote"))
    settings = Settings(chat=ChatSettings(), keys=keys)
    return KotaeApp(
        settings, load_engine=loads(engine), transcripts=folder, backend="base", resume=resume, lang=lang
    )


_NOTHING_ELSE: dict[str, Keys] = {a.name: () for a in ACTIONS if a.keys and a.name not in ("send", "retry")}


def test_no_two_actions_share_a_key() -> None:
    keys = Counter(key for keys in DEFAULT.bound.values() for key in keys)
    assert not [key for key, times in keys.items() if times > 1]
    assert keymap({}).bound == DEFAULT.bound


def test_every_key_that_is_bound_has_the_name_that_a_settings_file_would_give_it() -> None:
    for keys in DEFAULT.bound.values():
        for key in keys:
            assert normalized(key) == key


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Ctrl+G", "ctrl+g"),
        ("alt + o", "alt+o"),
        ("F12", "f12"),
        ("Esc", "escape"),
        ("PgUp", "pageup"),
        ("ctrl+/", "ctrl+slash"),
        ("alt+,", "alt+comma"),
        ("shift+ctrl+f5", "ctrl+shift+f5"),
        ("ctrl++", "ctrl+plus"),
        ("option+k", "alt+k"),
        ("hyper+k", None),
        ("f99", None),
        ("ctrl+", None),
        ("ctrl+ctrl+a", None),
        ("[red]x[/]", None),
        ("\x1b[A", None),
        ("", None),
    ],
)
def test_keys_are_named_as_people_write_them(typed: str, key: str | None) -> None:
    assert normalized(typed) == key


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"retri": "ctrl+g"}, "`keys.retri`: there is no action of that name"),
        ({"retry": "ctrl+gg"}, "`keys.retry`: there is no key 'ctrl+gg'"),
        ({"retry": "r"}, "`keys.retry`: the prompt needs r for typing"),
        ({"retry": "shift+r"}, "the prompt needs shift+r for typing"),
        ({"retry": "?"}, "the prompt needs question_mark for typing"),
        ({"retry": "enter"}, "the prompt needs enter for typing"),
        ({"retry": "backspace"}, "the prompt needs backspace for typing"),
        ({"retry": "ctrl+i"}, "terminals send ctrl+i as Tab"),
        ({"retry": "ctrl+["}, "as Esc"),
        ({"retry": "alt+b"}, "terminals send alt+b as Ctrl+←"),
        ({"retry": "alt+1"}, "terminals send alt+1 as another character"),
        ({"retry": "alt+["}, "as the beginning of other keys"),
        ({"retry": "ctrl+c"}, "ctrl+c copies what is selected, and twice quits"),
        ({"retry": "ctrl+o"}, "`keys.retry` and `keys.inspector` are both ctrl+o"),
        ({"retry": "f20", "copy": ("f19", "f20")}, "are both f20"),
        ({"send": ()}, "`keys.send` is empty"),
        ({"recall": "f20"}, "`keys.recall` can't be changed"),
        ({"scroll_ends": ("f19", "f20", "alt+q")}, "`keys.scroll_ends` has 3 keys, and takes 2 at most"),
    ],
)
def test_what_can_not_be_bound_is_said_with_its_place(keys: dict[str, Keys], said: str) -> None:
    with pytest.raises(SettingsError) as error:
        keymap(keys)
    assert said in error.value.message
    assert error.value.hint
    assert "\n" not in str(error.value)


def test_two_actions_can_swap_their_keys() -> None:
    swapped = keymap({"retry": "ctrl+o", "inspector": "ctrl+r"})
    assert swapped.keys("retry") == ("ctrl+o",)
    assert swapped.keys("inspector") == ("ctrl+r",)


def test_keys_come_from_the_file_and_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[keys]\nretry = "f21"\nquery = []\nnext_flag = ["f8", "f14"]\n', encoding="utf-8")
    settings = load(file=file, environ={"KOTAE_KEYS__COPY": "f13,f22"})
    keys = keymap(settings.keys)
    assert keys.keys("retry") == ("f21",)
    assert keys.keys("query") == ()
    assert keys.keys("next_flag") == ("f8", "f14")
    assert keys.keys("copy") == ("f13", "f22")
    file.write_text("[keys]\nretry = 3.5\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="keys"):
        load(file=file, environ={})


def test_letters_with_ctrl_or_alt_arrive_as_what_they_are_or_are_refused() -> None:
    """As terminals without the kitty protocol send them: a control character, or Esc and the letter."""

    def bound(typed: str) -> str:
        try:
            return keymap({"retry": typed, **_NOTHING_ELSE}).keys("retry")[0]
        except SettingsError:
            return ""

    for letter in string.ascii_lowercase + string.digits + ",./;'-=[":
        if bound(f"alt+{letter}"):
            assert f"\x1b{letter}" not in ANSI_SEQUENCES_KEYS  # Textual reads those as something else
    for letter in string.ascii_lowercase:
        if key := bound(f"ctrl+{letter}"):
            (arrived,) = XTermParser().feed(chr(ord(letter) - 96))
            assert isinstance(arrived, events.Key)
            assert arrived.key == key


async def test_a_key_that_was_moved_works_and_the_old_one_no_longer(transcripts: Path) -> None:
    app = _app(transcripts, {"next_backend": ("f20", "f18"), "select_backend": ("f13", "f22")})
    async with app.run_test() as pilot:
        screen = await ready(pilot)
        await pilot.press("f20")
        assert screen.backend == "rag"
        await pilot.press("tab", "f2", "f18")
        assert screen.backend == "quote"
        await pilot.press("f13")
        assert screen.backend == "base"
        await pilot.press("f22")
        assert screen.backend == "rag"
        await until(pilot, lambda: "rag F22" in shown(pilot))
        assert "F3" not in shown(pilot).splitlines()[0]


async def test_a_letter_with_alt_acts_and_is_not_typed(transcripts: Path) -> None:
    keys = {**_NOTHING_ELSE, "next_backend": "alt+j", "scroll_page": ("alt+k",)}
    async with _app(transcripts, keys).run_test() as pilot:
        screen = await ready(pilot)
        for letter in "jk":  # as a terminal without the kitty protocol has it
            pilot.app.post_message(events.Key(f"alt+{letter}", letter))
        await until(pilot, lambda: screen.backend == "rag")
        assert screen.prompt.text == ""


async def test_the_prompt_sends_and_breaks_lines_with_other_keys(transcripts: Path) -> None:
    app = _app(transcripts, {"send": "ctrl+f2", "newline": ("enter", "shift+enter")})
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await ready(pilot)
        assert "Ctrl+F2 sends the marked one" in shown(pilot)
        await pilot.press("a", "enter", "b", "shift+enter", "c")
        assert screen.prompt.text == "a\nb\nc"
        await pilot.press("ctrl+f2")
        await until(pilot, lambda: screen.session.conversation.turns)


async def test_quit_and_the_palette_can_be_moved(transcripts: Path) -> None:
    app = _app(transcripts, {"quit": "f20", "palette": "f17"})
    async with app.run_test() as pilot:
        await ready(pilot)
        await pilot.press("ctrl+q", "ctrl+p")
        await pilot.pause()
        assert pilot.app.screen is chat(pilot)
        await pilot.press("f17")
        await until(pilot, lambda: pilot.app.screen.id == "--command-palette")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is chat(pilot))
        await pilot.press("f20")
        await until(pilot, lambda: not app.is_running or app._exit)


async def test_pages_are_scrolled_with_other_keys(transcripts: Path) -> None:
    resume = sample_conversation.write(transcripts, "en")
    app = _app(transcripts, {"scroll_page": ("f16", "f15")}, resume=resume)
    async with app.run_test(size=(60, 14)) as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: screen._view is not None and screen._view.max_scroll_y > 0)
        assert screen._view is not None
        before = screen._view.scroll_y
        await pilot.press("pageup")
        await pilot.pause()
        assert screen._view.scroll_y == before
        await pilot.press("f16")
        await until(pilot, lambda: screen._view is not None and screen._view.scroll_y < before)


async def test_screens_over_the_chat_follow(transcripts: Path) -> None:
    resume = sample_conversation.write(transcripts, "en")
    keys: dict[str, Keys] = {
        "inspector": "f20",
        "confirm_flag": "f13",
        "next_flag": "f19",
        "query": "f22",
    }
    async with _app(transcripts, keys, resume=resume).run_test(size=(80, 24)) as pilot:
        screen = await ready(pilot)
        await until(pilot, lambda: screen._view is not None)
        await pilot.press("f20")
        await until(pilot, lambda: isinstance(pilot.app.screen, InspectorScreen))
        await pilot.press("f19")
        await until(pilot, lambda: "F13" in shown(pilot))
        await pilot.press("f9")
        assert screen.flag_on_view() is not None
        assert not screen.flag_on_view().verdict  # type: ignore[union-attr]
        await pilot.press("f13")
        await until(pilot, lambda: screen.flag_on_view().verdict == "confirmed")  # type: ignore[union-attr]
        await pilot.press("f20")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("escape")  # back to the last answer, which was searched for
        await pilot.press("f22")
        await until(pilot, lambda: isinstance(pilot.app.screen, QueryScreen))
        await pilot.press("f22")
        await until(pilot, lambda: pilot.app.screen is screen)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_text_that_names_a_key_names_the_present_one(lang: Language) -> None:
    moved = keymap({"stop": "f20", "next_flag": "f13", "send": "ctrl+f2", "retry": (), "interrupt": ()})
    text = strings(lang, moved)
    assert "F20" in text.busy
    assert "F13" in text.flags.select_first
    assert "Ctrl+F2" in text.query_keys
    assert "Ctrl+P" in text.quit_again
    help_page = help_text(text, 80).plain
    assert "F20" in help_page
    assert "Ctrl+R" not in help_page
    assert "/retry" in help_page
    assert "<" not in "".join(value for value in _texts(text))


def _texts(text: msgspec.Struct) -> list[str]:
    found = []
    for value in msgspec.structs.asdict(text).values():
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            found += [words for words in value.values() if isinstance(words, str)]
        elif isinstance(value, msgspec.Struct):
            found += _texts(value)
    return found


def test_help_names_every_action_once() -> None:
    page = help_text(strings("en"), 80).plain
    for action in ACTIONS:
        assert strings("en").keys[action.name] in " ".join(page.split())


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_is_said_of_comparisons_edits_and_prepared_questions_names_the_keys_as_they_are(
    lang: Language,
) -> None:
    text = strings(lang, keymap({"stop": "f20", "send": "f21"}))
    said = text.compare.progress, text.compare.not_yet, text.conversations.editing_keys
    assert all("F20" in words and "Esc" not in words for words in said)
    assert "F21" in text.conversations.editing_keys
    assert "F21" in text.talk.send_step
    assert ("F20", text.compare.hints["stop"]) in states.comparing(text, over=False, flagged=False)


async def test_a_letter_with_alt_is_not_typed(transcripts: Path) -> None:
    async with _app(transcripts, {}).run_test() as pilot:
        screen = await ready(pilot)
        for key, character in (("alt+d", "d"), ("alt+shift+d", "D"), ("x", "x")):
            pilot.app.post_message(events.Key(key, character))
        await until(pilot, lambda: screen.prompt.text.endswith("x"))
        assert screen.prompt.text == "x"
        await pilot.press("ctrl+f")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConversationsScreen))
        for key, character in (("alt+w", "w"), ("x", "x")):
            pilot.app.post_message(events.Key(key, character))
        words = pilot.app.screen.query_one("#words", Input)
        await until(pilot, lambda: words.value.endswith("x"))
        assert words.value == "x"


async def test_the_list_shows_the_keys_of_its_own_that_are_left_to_it(transcripts: Path) -> None:
    keys: dict[str, Keys] = {"quit": "f8", "palette": "f2", "select_backend": (), "next_flag": ()}
    async with _app(transcripts, keys).run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await pilot.press("ctrl+f")
        await until(pilot, lambda: "Alt+R rename  F3 pin  Alt+D delete" in shown(pilot))
