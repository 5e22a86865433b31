"""What the screen says of comparisons: several answers to one question, side by side, and the vote on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class CompareStrings(msgspec.Struct, frozen=True, kw_only=True):
    """Part of `tui.strings.Strings`; those with braces are filled with `str.format`."""

    # columns
    states: Mapping[str, str]
    """By `ColumnState`."""
    stop: str
    pick: str
    failed: str
    """In place of an error, while it is hidden whose it is."""
    # the line below
    progress: str
    which: str
    tie: str
    both_bad: str
    all_bad: str
    leave: str
    close: str
    # status line
    answering: str
    hints: Mapping[str, str]
    # notes
    voted: Mapping[str, str]
    """By outcome; the better one with `{name}`."""
    left: str
    left_unanswered: str
    not_yet: str
    no_answer: str
    no_answer_there: str
    nothing: str
    nothing_to_vote: str
    too_few: str
    chosen: str
    chosen_all: str
    blind_on: str
    blind_off: str
    blind_next: str
    blind_tabs: str
    hidden: str
    # footers
    picked: str
    not_picked: str
    tied: str
    none_good: str
    blind: str


EN = CompareStrings(
    states={
        "waiting": "waiting",
        "answering": "answering",
        "done": "done",
        "stopped": "stopped",
        "failed": "failed",
    },
    stop="stop",
    pick="better",
    failed="This answer failed. Why is shown after the vote.",
    progress="{done} of {count} are done. <stop> stops the marked one, <stop> again the others.",
    which="Better?",
    tie="tie",
    both_bad="both bad",
    all_bad="all bad",
    leave="no vote",
    close="go on",
    answering="{count} answers to one question…",
    hints={"column": "column", "stop": "stop"},
    voted={
        "better": "{name} is the better one; the conversation goes on from it.",
        "tie": "A tie; the conversation goes on from {name}.",
        "bad": "None is any good; the conversation goes on from {name}.",
    },
    left="No vote: the conversation goes on from {name}. /vote votes later.",
    left_unanswered="No answer came.",
    not_yet="Not all answers are there. <stop> stops the marked one, <stop> again the others.",
    no_answer="There is no answer to vote on.",
    no_answer_there="{name} has no answer.",
    nothing="There is no question to compare answers to yet: type one first.",
    nothing_to_vote="This question has one answer only. <compare> asks the others.",
    too_few="A comparison takes two backends. Choose from: {names}.",
    chosen="<compare> asks {names} from now on; /compare all asks all again.",
    chosen_all="<compare> asks all backends.",
    blind_on="Blind: comparisons hide which backend is which until you have voted.",
    blind_off="Comparisons show which backend is which.",
    blind_next="This counts from the next comparison on.",
    blind_tabs="Blind: which backend is which is shown after the vote",
    hidden="Hidden until you have voted.",
    picked="✓ picked from {count} answers",
    not_picked="{name} was picked",
    tied="tie of {count}",
    none_good="all {count} bad",
    blind="blind",
)

JA = CompareStrings(
    states={
        "waiting": "待機中",
        "answering": "回答中",
        "done": "完了",
        "stopped": "中断",
        "failed": "失敗",
    },
    stop="中断",
    pick="こちら",
    failed="この回答は失敗しました。理由は投票後に表示します。",
    progress="{count} 件中 {done} 件が完了。<stop> で印の回答を中断、もう一度で残りも中断します。",
    which="良いのは？",
    tie="同等",
    both_bad="両方不可",
    all_bad="全部不可",
    leave="無投票",
    close="続ける",
    answering="{count} 件の回答を比較中…",
    hints={"column": "列を移動", "stop": "中断"},
    voted={
        "better": "{name} を良い回答に選びました。会話はこの回答から続きます。",
        "tie": "同等と記録しました。会話は {name} の回答から続きます。",
        "bad": "どれも不可と記録しました。会話は {name} の回答から続きます。",
    },
    left="投票せずに、{name} の回答から会話を続けます。/vote であとから投票できます。",
    left_unanswered="回答は得られませんでした。",
    not_yet="まだ回答中のものがあります。<stop> で印の回答を中断、もう一度で残りも中断します。",
    no_answer="投票できる回答がありません。",
    no_answer_there="{name} には回答がありません。",
    nothing="比較する質問がまだありません。先に質問を入力してください。",
    nothing_to_vote="この質問の回答は 1 件だけです。<compare> でほかのバックエンドにも質問できます。",
    too_few="比較には 2 つ以上のバックエンドが必要です。選択肢: {names}",
    chosen="以後 <compare> で {names} に質問します。/compare all で全バックエンドに戻ります。",
    chosen_all="<compare> で全バックエンドに質問します。",
    blind_on="ブラインド: 投票するまで、どのバックエンドの回答かを表示しません。",
    blind_off="比較でバックエンド名を表示します。",
    blind_next="次の比較から有効になります。",
    blind_tabs="ブラインド: どのバックエンドかは投票後に表示します",
    hidden="投票後に表示します。",
    picked="✓ {count} 件から選択",
    not_picked="{name} を選択済み",
    tied="{count} 件とも同等",
    none_good="{count} 件とも不可",
    blind="ブラインド",
)
