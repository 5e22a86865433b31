"""What the screen says when something is shown to a room: prepared questions, presentation, recorded conversations, screenshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class TalkStrings(msgspec.Struct, frozen=True, kw_only=True):
    """Part of `tui.strings.Strings`; those with braces are filled with `str.format`."""

    # prepared questions
    send_step: str
    script_over: str
    script_begins: str
    no_script: str
    # screenshots
    saved: str
    not_saved: str
    # recorded conversations
    playing: str
    paused: str
    over: str
    turn_of: str
    nothing_recorded: str
    read_only: str
    # keys
    keys: Mapping[str, str]
    """By action name; part of `Strings.keys`."""
    replay: Mapping[str, tuple[str, str]]
    """By action of the replay: one word for the status line, a few for the palette."""


EN = TalkStrings(
    send_step="{keys} or <send> sends it",
    script_over="all asked",
    script_begins="This is the first prepared question.",
    no_script="There are no prepared questions: start with --script FILE.",
    saved="Saved as {path}",
    not_saved="The screenshot can't be saved in {folder}: {reason}.",
    playing="Recorded",
    paused="Paused",
    over="The end",
    turn_of="{place} of {count}",
    nothing_recorded="Nothing was asked in this conversation.",
    read_only="A recorded conversation is only shown; nothing is written.",
    keys={
        "next_question": "Next prepared question; again: send it",
        "previous_question": "Prepared question before",
        "present": "Presentation: large, and without the rest",
        "save_screenshot": "Save a screenshot (SVG)",
    },
    replay={
        "pause": ("pause", "Pause, or go on"),
        "step": ("step", "To the next event, and pause"),
        "step_answer": ("answer", "To the end of the answer"),
        "faster": ("faster", "Faster"),
        "slower": ("slower", "Slower"),
        "finish": ("end", "To the end"),
        "restart": ("again", "From the beginning"),
        "quit": ("quit", "Quit"),
    },
)

JA = TalkStrings(
    send_step="{keys} か <send> で送信",
    script_over="すべて質問しました",
    script_begins="用意した質問はこれが最初です。",
    no_script="用意した質問がありません。--script FILE を付けて起動してください。",
    saved="{path} に保存しました",
    not_saved="スクリーンショットを {folder} に保存できません: {reason}",
    playing="再生中",
    paused="一時停止中",
    over="再生終了",
    turn_of="回答 {place} / {count}",
    nothing_recorded="この会話には質問がありません。",
    read_only="記録の再生中です。内容は変更されません。",
    keys={
        "next_question": "用意した次の質問、もう一度で送信",
        "previous_question": "用意した前の質問",
        "present": "発表モード: 大きく、会話だけを表示",
        "save_screenshot": "スクリーンショットを保存 (SVG)",
    },
    replay={
        "pause": ("一時停止", "一時停止・再開"),
        "step": ("一つ先", "次の記録へ進んで一時停止"),
        "step_answer": ("次の回答", "回答の終わりへ"),
        "faster": ("速く", "速く再生"),
        "slower": ("遅く", "遅く再生"),
        "finish": ("末尾", "末尾へ"),
        "restart": ("最初から", "最初から再生"),
        "quit": ("終了", "終了"),
    },
)
