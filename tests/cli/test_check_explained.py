"""`kotae check --explain`, as people read it."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

from tests.cli.checking import CONTEXT, INVENTED, PLUGIN, ROW, SAID, lines
from tests.cli.command import KOTAE, kotae
from tests.cli.installed import install


async def test_people_are_shown_the_answer_with_its_flags_the_reasons_and_what_comes_nearest() -> None:
    filler = [f"Filler number {number} about warehouses." for number in range(60)]
    row = {**ROW, "context": ["Nothing.", " ".join([*filler, CONTEXT, *filler])]}
    row["answer"] = f"{SAID} It closes itself again after 90 hours."
    done = await kotae("check", "-", "--explain", stdin=lines(row))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        "── 1  50% grounded ──\n"
        "Who may reopen a period?\n\n"
        "Only a Controller may reopen a closed period. It closes itself again after ⟦¹90 hours¹⟧.\n\n"
        " 1 # number "
    )
    assert "(grounding)" in done.out
    (nearest,) = [line for line in done.out.splitlines() if line.startswith("   Context 2: ")]
    assert "72 hours" in nearest
    assert len(nearest) < 300
    assert "\x1b" not in done.out


async def test_people_are_told_in_the_language_of_the_screen(tmp_path: Path) -> None:
    ja = PLUGIN.replace('reason="r"', 'reason="r", reason_ja="作り話です。"')
    path = install(tmp_path / "site", "watch", ja)
    arguments = ("--explain", "--flagger", "watch")
    done = await kotae("check", "-", *arguments, stdin=lines(ROW), PYTHONPATH=path, LANG="ja_JP.UTF-8")
    assert "根拠あり 50%" in done.out
    assert "? 名称 0.60  (watch)\n   作り話です。\n   文脈: " in done.out
    empty = {**ROW, "context": []}
    done = await kotae("check", "-", "--explain", stdin=lines(empty), KOTAE_CHAT__LANG="ja")
    assert "判定するものがありません" in done.out


async def test_what_answers_and_contexts_hold_is_text_and_never_steers_the_terminal() -> None:
    evil = "\x1b[31m\x1b]0;title\x07\x9b2J\u202e"
    row = {
        "id": evil,
        "question": f"q{evil}\nr",
        "answer": f"{evil}Players collect dragons.{evil}",
        "context": f"{evil}The dog sleeps.",
    }
    done = await kotae("check", "-", "--explain", stdin=lines(row))
    assert done.code == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.out)
    assert "\\x1b[31m" in done.out


def test_colours_are_for_terminals_that_want_them(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(lines(ROW))

    def shown(**environ: str) -> str:
        ours, theirs = pty.openpty()
        done = subprocess.run(
            [str(KOTAE), "check", "--explain", str(file)],
            stdout=theirs,
            env={**os.environ, **environ},
            check=True,
        )
        os.close(theirs)
        assert done.returncode == 0
        text = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # everything was read
                break
            if not part:
                break
            text += part
        os.close(ours)
        return text.decode()

    assert f"⟦¹\x1b[33m\x1b[4m{INVENTED}\x1b[0m¹⟧" in shown()
    assert "\x1b" not in shown(NO_COLOR="1")


async def test_overlapping_flags_are_all_shown_with_numbers_of_their_own(tmp_path: Path) -> None:
    code = """
from kotae import Flag, hookimpl

@hookimpl
def flag_answer(answer):
    spans = [(0, 9), (4, 14), (4, 9), (9, 14), (0, 14)]
    return [Flag(start=a, end=b, kind="name", score=0.9, reason="r") for a, b in spans]
"""
    path = install(tmp_path / "site", "many", code)
    row = {"answer": "one two three.", "context": "four"}
    arguments = ("--explain", "--flagger", "many")
    done = await kotae("check", "-", *arguments, stdin=lines(row), PYTHONPATH=path)
    assert "⟦²⟦¹one ⟦⁴⟦³two t³⟧¹⟧⟦⁵hree.⁵⟧⁴⟧²⟧" in done.out
