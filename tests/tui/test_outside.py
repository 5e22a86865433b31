"""The user's editor and pager: which, with what, and what becomes of the text."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from kotae.errors import KotaeError
from tests.tui.conftest import AppOf, ask, ready, shown, until
from tui import outside


def test_the_first_variable_that_names_a_program_counts_with_its_arguments() -> None:
    environ = {"VISUAL": " ", "EDITOR": "code --wait 'my file'", "PAGER": "less"}
    assert outside.command(environ, "VISUAL", "EDITOR") == ["code", "--wait", "my file"]
    assert outside.command(environ, "PAGER", "EDITOR") == ["less"]
    assert outside.command({}, "VISUAL", "EDITOR") == []
    with pytest.raises(KotaeError, match=r"\$EDITOR can't be read"):
        outside.command({"EDITOR": "vi 'oops"}, "EDITOR")


def test_the_file_is_the_users_alone_and_gone_afterwards() -> None:
    with outside.on_file("質問\n\udcff", "question") as path:
        assert path.suffix == ".md"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert path.read_text(encoding="utf-8") == "質問\n?"
        path.with_suffix(".md~").write_text("what an editor leaves", encoding="utf-8")
    assert not path.parent.exists()


def test_what_an_editor_leaves_is_bounded_and_always_text(tmp_path: Path) -> None:
    path = tmp_path / "q.md"
    path.write_bytes(b"caf\xe9\n")
    assert outside.text_left(path) == "caf\ufffd"
    path.write_bytes(b"x" * (outside.LONGEST + 1))
    assert outside.text_left(path) is None


def test_a_program_gets_the_file_and_its_exit_code_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "q.md"
    path.write_text("a", encoding="utf-8")
    script = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('b'); sys.exit(3)"
    assert outside.run([sys.executable, "-c", script], path) == 3
    assert path.read_text(encoding="utf-8") == "b"
    with pytest.raises(OSError, match="No such file"):
        outside.run(["no-such-program-there-is"], path)


async def test_without_an_editor_it_is_said_what_to_set(
    app_of: AppOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VISUAL", "EDITOR", "PAGER"):
        monkeypatch.delenv(name, raising=False)
    async with app_of().run_test(size=(120, 24)) as pilot:
        await ready(pilot)
        await pilot.press("alt+o")
        await until(pilot, lambda: "There is no answer to open yet." in shown(pilot))
        screen = await ask(pilot, "Hi")
        await pilot.press("a", "alt+v")
        await until(pilot, lambda: "No editor is set. Set the environment variable VISUAL" in shown(pilot))
        await pilot.press("alt+o")
        await until(pilot, lambda: "Neither a pager nor an editor is set." in shown(pilot))
        monkeypatch.setenv("EDITOR", "vi 'oops")
        await pilot.press("alt+v")
        await until(pilot, lambda: "$EDITOR can't be read" in shown(pilot))
        monkeypatch.setenv("EDITOR", "true")
        await pilot.press("alt+v")
        await until(pilot, lambda: "Other programs can't be opened from this terminal." in shown(pilot))
        assert screen.prompt.value == "a"
