from __future__ import annotations

import json

import pytest

from kotae import __version__
from tests.cli.command import kotae


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
