from __future__ import annotations

from pathlib import Path

import pytest

from kotae.errors import SettingsError
from kotae.language import screen_language
from kotae.settings import EMBEDDED, OPENAI_URL, BackendSettings, load, server_of


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_four_backends_are_there(home: Path) -> None:
    assert {name: table.kind for name, table in load(environ={}).backends.items()} == {
        "base": "base",
        "rag": "rag",
        "finetuned": "finetuned",
        "quote": "quote",
    }


def test_the_command_line_beats_the_environment_beats_the_file_beats_the_defaults(tmp_path: Path) -> None:
    file = written(tmp_path, '[chat]\nlang = "ja"\ntheme = "nord"\n[flags]\nthreshold = 0.1\n')
    environ = {"KOTAE_CHAT__THEME": "dracula", "KOTAE_FLAGS__THRESHOLD": "0.2"}
    settings = load({"flags": {"threshold": 0.3}, "chat": {"lang": None}}, file=file, environ=environ)
    assert (settings.chat.lang, settings.chat.theme, settings.flags.threshold) == ("ja", "dracula", 0.3)


def test_a_table_changes_a_default_backend_or_adds_one(tmp_path: Path) -> None:
    file = written(
        tmp_path, '[backends.base]\nmodel = "m"\n[backends.mine]\nkind = "rag"\nadapter = "a.gguf"\n'
    )
    backends = load(file=file, environ={}).backends
    assert list(backends) == ["base", "rag", "finetuned", "quote", "mine"]
    assert (backends["base"].kind, backends["base"].model) == ("base", "m")
    assert backends["mine"].kind == "rag"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[chat]\ncolour = 1\n", "unknown field `colour` at `chat`"),
        (
            '[backends.mine]\ntemperature = "hot"\n',
            "Expected `float`, got `str` at `backends.mine.temperature`",
        ),
        ("[backends.base]\ntemperature = nan\n", "at `backends.base.temperature`"),
        ("[backends.rag]\ntimeout = -1\n", "at `backends.rag.timeout`"),
        ("[backends.base]\nmax_tokens = 0\n", "at `backends.base.max_tokens`"),
        ("[flags]\nthreshold = 7\n", "`flags.threshold` has to be cautious, balanced, strict, or a number"),
        (
            "[flags]\nthreshold = 'lax'\n",
            "`flags.threshold` has to be cautious, balanced, strict, or a number",
        ),
        (
            "[flags]\nthreshold = true\n",
            "`flags.threshold` has to be cautious, balanced, strict, or a number",
        ),
        ("[flags]\njudge = 'rug'\n", "`flags.judge` is 'rug', and there is no [backends.rug]"),
        ("[flags]\njudge_timeout = 0\n", "at `flags.judge_timeout`"),
        ("[flags]\nflaggers = ['nli']\n", "`flags.flaggers` has nli, and no model is named for it"),
        ("[retrieval]\nrewriter = 'rug'\n", "`retrieval.rewriter` is 'rug', and there is no [backends.rug]"),
        ("[retrieval]\nrewrite_timeout = 0\n", "at `retrieval.rewrite_timeout`"),
        ("[chat\n", "no valid TOML"),
        ("[chat]\nlang = 5\n", "Expected `str`"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load(file=file, environ={})
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


def test_the_rewriter_may_be_a_backend_of_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "[retrieval]\nrewriter = 'small'\n[backends.small]\nmodel = 'm'\n")
    assert load(file=file, environ={}).retrieval.rewriter == "small"
    assert load({"retrieval": {"rewriter": ""}}, file=file, environ={}).retrieval.rewriter == ""


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xef\xbb\xbf[chat]\nlang = 'ja'\n")
    assert load(file=file, environ={}).chat.lang == "ja"


def test_a_file_that_was_named_has_to_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no settings file"):
        load(file=tmp_path / "none.toml", environ={})


def test_a_wrong_value_in_the_environment_is_named() -> None:
    with pytest.raises(SettingsError, match="environment"):
        load(environ={"KOTAE_FLAGS__THRESHOLD": "high"})


def test_plugins_are_disabled_by_a_list_in_the_environment() -> None:
    assert load(environ={"KOTAE_PLUGINS__DISABLED": "a,b", "KOTAE_PLUGINS": "x"}).plugins.disabled == (
        "a",
        "b",
    )


@pytest.mark.parametrize(
    ("said", "limit"),
    [("cautious", 0.7), ("balanced", 0.5), ("strict", 0.3), ("0.25", 0.25), ("1", 1.0), (0, 0.0)],
)
def test_the_threshold_is_a_position_or_a_number_wherever_it_is_set(
    tmp_path: Path, said: str | float, limit: float
) -> None:
    file = written(tmp_path, f"[flags]\nthreshold = {said!r}\n")
    assert load(file=file, environ={}).flags.limit == limit
    assert load(environ={"KOTAE_FLAGS__THRESHOLD": str(said)}).flags.limit == limit
    assert load({"flags": {"threshold": said}}, environ={}).flags.limit == limit
    assert load(environ={}).flags.limit == 0.5


def test_flaggers_are_chosen_by_a_list_in_the_environment() -> None:
    flags = load(environ={"KOTAE_FLAGS__FLAGGERS": "grounding, nli", "KOTAE_FLAGS__NLI": "m"}).flags
    assert flags.flaggers == ("grounding", "nli")


@pytest.mark.parametrize(
    ("table", "environ", "server"),
    [
        ({}, {}, EMBEDDED),
        ({}, {"OPENAI_API_KEY": "k"}, EMBEDDED),
        ({"model": "m"}, {}, EMBEDDED),
        ({"model": "m"}, {"OPENAI_API_KEY": "k"}, OPENAI_URL),
        ({}, {"OPENAI_BASE_URL": "http://x"}, "http://x"),
        ({"base_url": "http://y"}, {"OPENAI_BASE_URL": "http://x"}, "http://y"),
        ({"base_url": "embedded"}, {"OPENAI_BASE_URL": "http://x"}, EMBEDDED),
    ],
)
def test_which_server_a_backend_talks_to(table: dict[str, str], environ: dict[str, str], server: str) -> None:
    assert server_of(BackendSettings(**table), environ) == server  # type: ignore[arg-type]


def test_the_screen_speaks_what_the_locale_says() -> None:
    assert screen_language("", {"LANG": "ja_JP.UTF-8"}) == "ja"
    assert screen_language("", {"LC_ALL": "en_US.UTF-8", "LANG": "ja_JP.UTF-8"}) == "en"
    assert screen_language("ja", {"LANG": "en_US"}) == "ja"
    assert screen_language("", {}) == "en"
    with pytest.raises(SettingsError, match="does not speak"):
        screen_language("fr", {})
