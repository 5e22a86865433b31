"""The settings file is changed in place: what the user wrote stays, and nothing is written that would not do."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from kotae.errors import SettingsError
from kotae.settings_file import LARGEST, SettingsFile

WRITTEN = """\
# My settings.

[chat]
lang    = "en"   # for the demo

[backends.base]   # the plain one
base_url = "http://localhost:11434/v1"
model = 'qwen3:4b' # small
temperature = 0.0

# RAG over the same model
[backends.rag]
model = "qwen3:4b"
"""


def settings_file(path: Path, **more: Any) -> SettingsFile:
    return SettingsFile(path, more.pop("overrides", {}), more.pop("environ", {}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    return path


def test_only_what_is_changed_changes(path: Path) -> None:
    settings = settings_file(path).save(
        {("backends", "base", "temperature"): 0.7, ("chat", "lang"): "ja", ("chat", "theme"): None}
    )
    assert settings.backends["base"].temperature == 0.7
    text = path.read_text(encoding="utf-8")
    assert text == WRITTEN.replace('"en"', '"ja"').replace("0.0", "0.7")


def test_saving_what_is_there_already_writes_nothing(path: Path) -> None:
    before = path.stat()
    settings_file(path).save({("chat", "lang"): "en", ("flags", "threshold"): None})
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_new_tables_and_keys_are_added_and_comments_stay(path: Path) -> None:
    prompt = 'Be brief.\n\nSay "no" \\ and """never""".\n'
    settings_file(path).save(
        {
            ("backends", "rag", "system_prompt"): prompt,
            ("backends", "my model", "kind"): "base",
            ("flags", "threshold"): "strict",
        }
    )
    text = path.read_text(encoding="utf-8")
    assert all(line in text for line in WRITTEN.splitlines())
    read = tomllib.loads(text)
    assert read["backends"]["rag"]["system_prompt"] == prompt
    assert 'system_prompt = """Be brief.\n\nSay' in text
    assert read["backends"]["my model"] == {"kind": "base"}
    assert read["flags"] == {"threshold": "strict"}


def test_what_is_taken_out_leaves_its_comment(path: Path) -> None:
    settings_file(path).save({("backends", "base", "model"): None})
    text = path.read_text(encoding="utf-8")
    assert "model" not in tomllib.loads(text)["backends"]["base"]
    assert "# small" in text


@pytest.mark.parametrize(
    "text",
    [
        'backends = { base = { model = "m" } }\n',
        'backends.base.model = "m"\n',
        '[backends]\nbase.model = "m"\n',
        '[chat]\r\nlang = "en"\r\n[backends.base]\r\nmodel = "m"\r\n',
        '\ufeff[backends.base]\nmodel = "m"\n',
        "",
    ],
)
def test_every_way_of_writing_toml_is_taken(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8", newline="")
    changes = {
        ("backends", "base", "model"): "n",
        ("backends", "rag", "max_tokens"): 9,
        ("chat", "theme"): "x",
    }
    settings = settings_file(path).save(changes)
    assert settings.backends["base"].model == "n"
    assert settings.backends["rag"].max_tokens == 9
    if "\r\n" in text:
        assert '[chat]\r\nlang = "en"\r\n' in path.read_bytes().decode()
    settings_file(path).save(dict.fromkeys(changes))
    assert "n" not in tomllib.loads(path.read_text(encoding="utf-8-sig"))["backends"].get("base", {}).values()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (("backends", "base", "temperature"), 5.0, "backends.base.temperature"),
        (("backends", "base", "max_tokens"), 0, "backends.base.max_tokens"),
        (("flags", "threshold"), "loose", "flags.threshold"),
        (("retrieval", "rewriter"), "nobody", "retrieval.rewriter"),
        (("chat", "colour"), "red", "colour"),
    ],
)
def test_what_would_not_do_is_not_written(path: Path, key: tuple[str, ...], value: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings_file(path).save({key: value, ("chat", "lang"): "ja"})
    assert path.read_text(encoding="utf-8") == WRITTEN


def test_a_file_that_is_broken_stays_as_it_is(path: Path) -> None:
    path.write_text("[chat\nlang = 1", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"settings\.toml can't be changed from here"):
        settings_file(path).save({("chat", "lang"): "ja"})
    assert path.read_text(encoding="utf-8") == "[chat\nlang = 1"
    path.write_bytes(b"# \xff\n")
    with pytest.raises(SettingsError, match="can't be read"):
        settings_file(path).save({("chat", "lang"): "ja"})


def test_a_file_that_is_too_large_is_left_alone(path: Path) -> None:
    path.write_text("#" * (LARGEST + 1), encoding="utf-8")
    with pytest.raises(SettingsError, match="too large to be changed from here"):
        settings_file(path).save({("chat", "lang"): "ja"})


@pytest.mark.parametrize(
    "value", ["\x00\x1b[31m", "]\n[chat]\nlang = 'ja'", '"""', "\\", "\n\nx", "質問\u2028"]
)
def test_whatever_is_typed_comes_back_as_it_was(path: Path, value: str) -> None:
    settings = settings_file(path).save({("backends", "base", "system_prompt"): value})
    assert settings.backends["base"].system_prompt == value
    assert settings.chat.lang == "en"
    again = settings_file(path).save({("backends", "base", "top_p"): 0.5})
    assert again.backends["base"].system_prompt == value


def test_permissions_and_links_stay_and_a_new_file_is_the_users_alone(tmp_path: Path, path: Path) -> None:
    path.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    settings_file(link).save({("chat", "lang"): "ja"})
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert 'lang    = "ja"' in path.read_text(encoding="utf-8")
    new = tmp_path / "new" / "settings.toml"
    settings_file(new).save({("chat", "lang"): "ja"})
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    assert new.read_text(encoding="utf-8") == '[chat]\nlang = "ja"\n'
    assert [file.name for file in new.parent.iterdir()] == ["settings.toml"]


def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"settings\.toml can't be"):
        settings_file(tmp_path / "file" / "settings.toml").save({("chat", "lang"): "ja"})


def test_where_each_setting_comes_from(path: Path) -> None:
    file = settings_file(
        path,
        environ={"KOTAE_BACKENDS__RAG__MODEL": "e", "KOTAE_CHAT__LANG": "ja"},
        overrides={"chat": {"lang": "en", "theme": None}, "backends": {"base": {"model": "o"}}},
    )
    origins = file.origins()
    assert origins["backends", "base", "temperature"] == "file"
    assert origins["backends", "base", "model"] == "option"
    assert origins["backends", "rag", "model"] == "environment"
    assert origins["chat", "lang"] == "option"
    assert ("chat", "theme") not in origins
    assert settings_file(path).save({("chat", "lang"): "ja"}).chat.lang == "ja"
    assert file.save({("backends", "base", "temperature"): 1.0}).backends["base"].model == "o"
    assert "e" not in tomllib.loads(path.read_text(encoding="utf-8"))["backends"]["rag"].values()
