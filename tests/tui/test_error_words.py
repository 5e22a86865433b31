"""Errors are told in Japanese on a Japanese screen: every one that can reach it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kotae
from kotae.engine import Engine
from kotae.errors import BackendError, SettingsError
from tests.tui.comparing import conversation_in
from tests.tui.conftest import AppOf, ask, ready, shown, until
from tests.tui.scripted import Scripted, engine_of
from tui.strings.errors import error_words, in_language, note_in_language
from tui.strings.errors_ja import WORDS

ROOT = Path(kotae.__file__).parent.parent
ELSEWHERE = (
    "kotae/cli/",
    "kotae/evaluation/",
    "kotae/tuning/",
    "backends/tuning/",
    "backends/judging/",
    "tui/strings/",
)
"""What no screen shows: commands, and what they alone do."""
COMMANDS_ALONE = ("backends/row_writer.py", "backends/reply_cache.py", "kotae/script.py")
NO_WORDS = re.compile(r"[\s{}:.]*")
"""Put together of parts that have words of their own."""


def _sources() -> Iterator[tuple[Path, ast.Module]]:
    for folder in ("backends", "kotae", "plugins", "tui"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(ELSEWHERE) and name not in COMMANDS_ALONE:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def _template(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _told() -> Iterator[tuple[str, str]]:
    """Where an error is made, and each text that it is made with."""
    kinds = {name for name in vars(kotae.errors) if name.endswith("Error")} | {
        "FetchCancelledError",
        "Finished",
    }
    for path, module in _sources():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
                for argument in node.args[node.func.id == "Finished" :]:  # the first of its says how it ended
                    either = (
                        (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,)
                    )
                    for text in map(_template, either):
                        if text is not None and not NO_WORDS.fullmatch(text):
                            yield f"{path.name}:{node.lineno}", text


def test_every_error_that_can_reach_the_screen_has_japanese_words() -> None:
    missing = [f"{where}: {text}" for where, text in _told() if text not in WORDS]
    assert missing == []


def test_no_words_are_kept_for_an_error_that_nobody_tells() -> None:
    there = {text for _, module in _sources() for node in ast.walk(module) if (text := _template(node))}
    assert sorted(set(WORDS) - there) == []


@pytest.mark.parametrize("english", WORDS, ids=range(len(WORDS)))
def test_what_is_filled_in_stands_in_the_japanese_words_once(english: str) -> None:
    values = [f"«{number}»" for number in range(english.count("{}"))]
    said = in_language(english.format(*values), "ja")
    assert re.search("[ぁ-んァ-ヶ一-龠]", said)
    assert [said.count(value) for value in values] == [1] * len(values)


def test_a_hint_within_a_hint_is_translated_too() -> None:
    said = in_language(
        "Check the network and pip's proxy settings, then retry. Or set KOTAE_MODELS to a folder that already holds the models.",
        "ja",
    )
    assert said.endswith("または、モデルのあるフォルダーを KOTAE_MODELS に設定してください。")


def test_each_reason_of_a_note_is_translated() -> None:
    said = note_in_language(
        "grounding failed: KeyError; tiny took longer than 5 s; searched for as typed.", "ja"
    )
    assert (
        said
        == "grounding が失敗しました: KeyError。 tiny は 5 秒以内に終わりませんでした。 入力のまま検索しました。"
    )
    assert note_in_language("a; b.", "en") == "a; b."


def test_message_and_hint_come_as_one_text() -> None:
    error = BackendError("http://x/v1 failed (503): busy.", "Retry in a moment; the fault is the server's.")
    assert error_words(error, "en") == str(error)
    assert error_words(error, "ja") == (
        "http://x/v1 で障害が発生しました（503）: busy. しばらくしてから、もう一度試してください。原因はサーバー側です。"
    )


@pytest.mark.parametrize(
    ("told", "japanese"),
    [
        ("http://h failed (500): x.gguf can't be read: bad.", "http://h で障害が発生しました（500）: x.gguf can't be read: bad."),
        ("h refused the request (400): There is no manual x.", "h がリクエストを拒否しました（400）: There is no manual x."),
        ("The embedded model is too small to word queries.", "内蔵モデルは小さすぎて、検索文の作成には使えません。"),
    ],
)  # fmt: skip
def test_what_a_server_says_is_not_taken_for_words_of_ours(told: str, japanese: str) -> None:
    assert in_language(told, "ja") == japanese


def test_what_nobody_has_put_into_japanese_is_told_as_it_is() -> None:
    assert in_language("Something else.", "ja") == "Something else."
    assert in_language(" ({}) " * 100_000, "ja") == " ({}) " * 100_000  # at once
    assert error_words(ValueError("{0} [b]"), "ja") == "{0} [b]"


async def test_on_a_japanese_screen_an_answer_that_fails_says_so_in_japanese_and_is_recorded_in_english(
    app_of: AppOf, transcripts: Path
) -> None:
    refused = BackendError("http://x/v1 did not answer within 5 s.", "Check the backend's settings.")
    async with app_of(engine_of(Scripted("base", steps=(refused,))), lang="ja").run_test(
        size=(130, 30)
    ) as pilot:
        await ready(pilot)
        await ask(pilot, "誰ですか？")
        await until(pilot, lambda: "http://x/v1 から 5 秒以内に応答がありません。" in shown(pilot))
        assert "バックエンドの設定を確認してください。" in shown(pilot)
    [turn] = conversation_in(transcripts).turns.values()
    assert turn.error == refused.message


async def test_a_program_that_can_not_start_says_why_in_japanese(app_of: AppOf) -> None:
    def broken(_report: object) -> Engine:
        raise SettingsError("There is no settings file x.toml.", "Check KOTAE_SETTINGS or --settings.")

    async with app_of(broken, lang="ja").run_test() as pilot:
        await until(pilot, lambda: "設定ファイル x.toml がありません。" in shown(pilot))
