from __future__ import annotations

import asyncio
import json
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest

from kotae import __version__, paths
from kotae.cli.logs import log_failure, start_logging
from tests.cli.command import KOTAE, kotae
from tests.cli.installed import install


async def test_help_lists_every_command() -> None:
    done = await kotae("--help")
    assert done.code == 0
    for name in ("chat", "ask", "index", "search", "check", "models", "plugins", "doctor"):
        assert name in done.out


@pytest.mark.parametrize("name", ["chat", "ask", "index", "search", "check", "models", "plugins", "doctor"])
async def test_every_command_explains_itself(name: str) -> None:
    done = await kotae(name, "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: kotae {name}")


async def test_the_version_is_said() -> None:
    assert (await kotae("--version")).out == f"kotae, version {__version__}\n"


async def test_options_without_a_command_are_the_chats() -> None:
    done = await kotae("--lang", "fr")
    assert done.code == 2
    assert "kotae chat" in done.err


async def test_plugins_are_listed_with_their_hooks() -> None:
    done = await kotae("plugins", "--json", KOTAE_PLUGINS="")
    listed = {row["name"]: row for row in json.loads(done.out)}
    assert listed["backends"]["bundled"]
    assert listed["backends"]["state"] == "on"
    assert "register_backends" in listed["backends"]["hooks"]
    assert "flag_answer" in listed["grounding"]["hooks"]


async def test_a_disabled_plugin_is_listed_as_such() -> None:
    done = await kotae("plugins", KOTAE_PLUGINS__DISABLED="grounding")
    assert "– grounding  (bundled)  disabled: by the settings" in done.out


HELLO = """
import click
from kotae import hookimpl

@hookimpl
def register_cli(group):
    group.add_command(click.Command("hello", callback=lambda: click.echo("Hello.")))
"""


@pytest.fixture
def installed(tmp_path: Path) -> str:
    """The PYTHONPATH on which a plugin adds the command `hello`."""
    return install(tmp_path / "site", "hello", HELLO)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    file = tmp_path / "broken.toml"
    file.write_text("[chat]\ncolour = 1\n", encoding="utf-8")
    return file


@pytest.fixture
def without(tmp_path: Path) -> Path:
    """Settings that switch the plugin off."""
    file = tmp_path / "without.toml"
    file.write_text('[plugins]\ndisabled = ["hello"]\n', encoding="utf-8")
    return file


async def test_a_plugins_command_is_listed_and_runs(installed: str) -> None:
    assert "hello" in (await kotae("--help", PYTHONPATH=installed)).out
    assert (await kotae("hello", PYTHONPATH=installed)).out == "Hello.\n"


@pytest.mark.parametrize("by_option", [True, False])
async def test_help_comes_with_broken_settings_too(installed: str, broken: Path, by_option: bool) -> None:
    if by_option:
        done = await kotae("--settings", broken, "--help", PYTHONPATH=installed)
    else:
        done = await kotae("--help", KOTAE_SETTINGS=str(broken), PYTHONPATH=installed)
    assert done.code == 0
    assert "doctor" in done.out
    (line,) = done.err.splitlines()
    assert "colour" in line


async def test_the_settings_file_that_is_named_says_which_plugins_add_commands(
    installed: str, without: Path
) -> None:
    assert "hello" not in (await kotae("--settings", without, "--help", PYTHONPATH=installed)).out
    done = await kotae("--settings", without, "hello", PYTHONPATH=installed)
    assert done.code == 2
    assert "No such command 'hello'" in done.err


async def test_doctor_names_the_settings_file_that_was_used(without: Path, broken: Path) -> None:
    done = await kotae(
        "--settings", without, "doctor", "--quick", "--json", KOTAE_SETTINGS=str(broken), KOTAE_PLUGINS=""
    )
    findings = {row["name"]: row for row in map(json.loads, done.out.splitlines())}
    assert (findings["Settings"]["state"], findings["Settings"]["said"]) == ("ok", str(without))


async def test_terminal_controls_in_a_wrong_argument_are_shown_not_sent() -> None:
    done = await kotae("\x1b]0;pwn\x07")
    assert done.code == 2
    assert "\x1b" not in done.err
    assert "No such command '\\x1b]0;pwn\\x07'" in done.err


async def test_models_are_listed_as_one_line_of_json() -> None:
    (line,) = (await kotae("models", "list", "--json")).out.splitlines()
    assert {row["name"] for row in json.loads(line)} >= {"SmolLM2-135M-Instruct", "all-MiniLM-L6-v2"}


async def test_the_chat_without_a_terminal_says_what_to_use_instead() -> None:
    done = await kotae("chat")
    assert done.code == 2
    assert "kotae ask" in done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
async def test_a_full_disk_under_stdout_is_one_line() -> None:
    process = await asyncio.create_subprocess_shell(
        f"{KOTAE} plugins > /dev/full", stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert process.returncode == 1
    assert err.decode().startswith("kotae: The output can't be written: No space left")
    assert len(err.decode().splitlines()) == 1


def test_keys_never_come_into_the_log(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-0123456789")
    try:
        for debug in (False, True):
            start_logging(debug=debug)
            log_failure(ValueError("the server said sk-secret-0123456789"))
    finally:
        for handler in logging.getLogger().handlers[:]:
            if isinstance(handler, RotatingFileHandler):
                logging.getLogger().removeHandler(handler)
                handler.close()
    text = paths.log_file("kotae").read_text(encoding="utf-8")
    assert "the server said ***" in text
    assert "sk-secret" not in text
