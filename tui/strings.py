"""What the screen says, in the languages it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tui import flag_strings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kotae.language import Language
    from tui.flag_strings import FlagStrings


class Strings(msgspec.Struct, frozen=True, kw_only=True):
    """Every text of the screen. Those with braces are filled with `str.format`."""

    lang: Language
    placeholder: str
    tagline: str
    samples: tuple[str, str, str]
    samples_title: str
    sample_hint: str
    resume_hint: str
    sample_manual: str
    # states
    loading: str
    loading_waits: str
    load_failed: str
    ready: str
    answering: str
    checking: str
    closing: str
    waiting: str
    searching: str
    passages_found: str
    stages: Mapping[str, str]
    """Backends' progress stages, by their English name."""
    per_second: str
    seconds_left: str
    minutes_left: str
    hours_left: str
    # footers
    first: str
    seconds: str
    tokens: str
    rate: str
    cost: str
    stopped: str
    cut_off: str
    failed: str
    not_in_history: str
    edited_query: str
    flags: FlagStrings
    # notes
    busy: str
    starting_up: str
    quit_again: str
    find_command: str
    ask_from_now: str
    nothing_to_copy: str
    copied: str
    nothing_to_retry: str
    nothing_to_resume: str
    nothing_searched: str
    no_flags: str
    resumed: str
    question_back: str
    unknown_command: str
    unknown_backend: str
    unknown_theme: str
    pasted: str
    no_page: str
    page_gone: str
    page_failed: str
    page_too_large: str
    page_binary: str
    unexpected: str
    # inspector
    inspector: str
    nothing_to_inspect: str
    question: str
    searched_for: str
    as_typed: str
    edited: str
    edit_hint: str
    found_by_query: str
    found_by_part: str
    went_on_from: str
    went_on_with: str
    see_also: str
    passages: str
    no_passages: str
    cited: str
    open_hint: str
    timings: str
    model: str
    messages_sent: str
    score: str
    close_hint: str
    line: str
    # query
    query_title: str
    query_keys: str
    query_placeholder: str
    query_lines: str
    query_again: str
    cancel: str
    # keys
    keys: Mapping[str, str]
    """By action name: a few words for the help screen and the palette."""
    short: Mapping[str, str]
    """By action name: one word for the status line."""
    groups: Mapping[str, str]
    help_title: str
    slash_title: str


_EN = Strings(
    lang="en",
    placeholder="Ask about the manual…",
    tagline="Ask once, hear every backend, see what each one made up.",
    samples=(
        "What is Komorebi Ledger?",
        "Who can reopen a closed period?",
        "Which statement does the account that goods receipts post to appear on?",
    ),
    samples_title="Try one of these",
    sample_hint="Enter sends the marked one; ↑ ↓ or 1 2 3 mark another",
    resume_hint="go on with",
    sample_manual="Komorebi Ledger (sample)",
    loading="Starting…",
    loading_waits="Starting… the question is sent as soon as everything is ready",
    load_failed="Could not start",
    ready="Ready",
    answering="{backend} answers…",
    checking="Checking against the manual…",
    closing="Closing…",
    waiting="Waiting for the answer…",
    searching="Searching the manual for: {query}",
    passages_found="{count} passages found, waiting for the answer…",
    stages={},
    per_second="{rate}/s",
    seconds_left="{seconds} s left",
    minutes_left="{minutes} min left",
    hours_left="{hours} h {minutes} min left",
    first="first {seconds} s",
    seconds="{seconds} s",
    tokens="{sent}→{received} tokens{rate}",
    rate=" ({rate}/s)",
    cost="cost {cost}",
    stopped="stopped",
    cut_off="cut off at max_tokens",
    failed="failed",
    flags=flag_strings.EN,
    not_in_history="not in the history",
    edited_query="edited query",
    busy="Still answering. Esc stops.",
    starting_up="Still starting. Your question waits.",
    find_command="Find a command…",
    ask_from_now="Ask {name} from now on",
    quit_again="Press Ctrl+C again to quit.",
    nothing_to_copy="There is no answer to copy yet.",
    copied="Answer copied.",
    nothing_to_retry="There is no question to ask again yet.",
    nothing_to_resume="There is no other conversation to go on with.",
    nothing_searched="This answer searched for nothing. Ctrl+↑ ↓ selects another.",
    no_flags="No flags in this conversation.",
    resumed="Went on with the conversation of {when}.",
    question_back="Your question is back in the prompt (↑ if you were typing).",
    unknown_command="There is no command {name}. Start with a blank to send it as a question.",
    unknown_backend="There is no backend {name}. Choose one of: {names}.",
    unknown_theme="There is no theme {name}; Kotae's own is used.",
    pasted="pasted {count} characters",
    no_page="This passage has no file to open; here is its text.",
    page_gone="{path} is no longer there; here is the passage.",
    page_failed="{path} can't be read ({reason}); here is the passage.",
    page_too_large="{path} is too large to show; here is the passage.",
    page_binary="{path} is no text file and can't be shown here; this is the passage.",
    unexpected="Something went wrong: {error}. Run with --debug and see the log.",
    inspector="Inspector",
    nothing_to_inspect="Ask something: the passages behind the answer, the timings and the messages sent are shown here.",
    question="Question",
    searched_for="Searched for",
    as_typed="as typed",
    edited="edited",
    edit_hint="Enter edits",
    found_by_query="found with the query itself",
    found_by_part="found with the sub-question: {query}",
    went_on_from="went on from {title} with: {terms}",
    went_on_with="went on with: {query}",
    see_also="see also",
    passages="Passages",
    no_passages="No passage was found.",
    cited="cited",
    open_hint="Enter opens the page",
    timings="Timings and tokens",
    model="model",
    messages_sent="Messages sent",
    score="score {score}",
    close_hint="Esc closes",
    line="line {line}",
    query_title="Search again",
    query_keys="Enter asks again · Ctrl+J adds a line",
    query_placeholder="Empty: worded anew from the question and the history",
    query_lines="Each further line is searched for besides. What stands before a “ — ” counts less.",
    query_again="Ask {backend} again",
    cancel="Cancel",
    keys={
        "send": "Send the question",
        "newline": "Line break",
        "recall": "Earlier questions (at the first and last line)",
        "next_backend": "Next backend",
        "previous_backend": "Previous backend",
        "select_backend": "Choose a backend directly",
        "stop": "Stop the answer; go back to the prompt",
        "retry": "Ask the question again, on the backend chosen now",
        "inspector": "Open or close the inspector",
        "query": "Edit what was searched for, and ask again",
        "next_flag": "Next flag",
        "previous_flag": "Previous flag",
        "confirm_flag": "Confirm the flag; again: take it back",
        "reject_flag": "Reject the flag; again: take it back",
        "next_answer": "Next answer",
        "previous_answer": "Previous answer",
        "scroll": "Scroll the conversation by a page",
        "scroll_ends": "To its beginning or end",
        "copy": "Copy the answer",
        "new": "New conversation",
        "resume": "Go on with the last conversation",
        "palette": "All commands",
        "help": "This help",
        "next_pane": "Prompt, inspector, conversation in turn",
        "quit": "Quit",
        "interrupt": "Copy what is selected; twice: quit",
        "backend": "Choose a backend by name",
    },
    short={
        "send": "send",
        "newline": "line break",
        "stop": "stop",
        "next_backend": "backend",
        "inspector": "inspect",
        "retry": "retry",
        "next_flag": "flags",
        "confirm_flag": "confirm",
        "reject_flag": "reject",
        "help": "help",
        "palette": "commands",
        "quit": "quit",
    },
    groups={"ask": "Asking", "answers": "Answers", "conversation": "Conversation"},
    help_title="Keys",
    slash_title="Commands in the prompt",
)

_JA = Strings(
    lang="ja",
    placeholder="質問を入力…",
    tagline="一度の質問に、すべてのバックエンドが答えます。作り話は本文の中で分かります。",
    samples=(
        "コモレビ会計とは何ですか？",
        "締めた期間を再開できるのは誰ですか？",
        "入荷の計上先の勘定科目は、どの財務諸表に表示されますか？",
    ),
    samples_title="質問の例",
    sample_hint="Enter で印の質問を送信、↑ ↓ か 1 2 3 で選択",
    resume_hint="前回の続き",
    sample_manual="コモレビ会計（サンプル）",
    loading="起動中…",
    loading_waits="起動中です。準備ができしだい質問を送信します",
    load_failed="起動できません",
    ready="準備完了",
    answering="{backend} が回答中…",
    checking="マニュアルと照合中…",
    closing="終了中…",
    waiting="回答を待っています…",
    searching="マニュアルを検索中: {query}",
    passages_found="{count} 件の該当箇所、回答を待っています…",
    stages={
        "Building the index": "索引を作成中",
        "Checking all-MiniLM-L6-v2": "all-MiniLM-L6-v2 を検証中",
        "Checking SmolLM2-135M-Instruct": "SmolLM2-135M-Instruct を検証中",
        "Fetching all-MiniLM-L6-v2": "all-MiniLM-L6-v2 を取得中",
        "Fetching SmolLM2-135M-Instruct": "SmolLM2-135M-Instruct を取得中",
        "Grouping the vectors": "ベクトルをグループ分け中",
        "Indexing the words": "語句の索引を作成中",
        "Loading the encoder": "検索用モデルを読み込み中",
        "Loading SmolLM2-135M-Instruct": "SmolLM2-135M-Instruct を読み込み中",
        "Reading the manual": "マニュアルを読み込み中",
        "Waiting for all-MiniLM-L6-v2": "all-MiniLM-L6-v2 の取得を待っています",
        "Waiting for another Kotae that builds this index": "別の Kotae による索引の作成を待っています",
        "Waiting for SmolLM2-135M-Instruct": "SmolLM2-135M-Instruct の取得を待っています",
        "Writing the index": "索引を書き込み中",
    },
    per_second="毎秒 {rate} 件",
    seconds_left="残り {seconds} 秒",
    minutes_left="残り {minutes} 分",
    hours_left="残り {hours} 時間 {minutes} 分",
    first="初回 {seconds} 秒",
    seconds="{seconds} 秒",
    tokens="{sent}→{received} トークン{rate}",
    rate=" (毎秒 {rate})",
    cost="費用 {cost}",
    stopped="中断",
    cut_off="max_tokens で打ち切り",
    failed="失敗",
    flags=flag_strings.JA,
    not_in_history="履歴外",
    edited_query="検索文を編集",
    busy="回答中です。Esc で中断できます。",
    starting_up="起動中です。質問は待機しています。",
    find_command="コマンドを検索…",
    ask_from_now="以後 {name} に質問",
    quit_again="もう一度 Ctrl+C を押すと終了します。",
    nothing_to_copy="コピーできる回答はまだありません。",
    copied="回答をコピーしました。",
    nothing_to_retry="再質問できる質問はまだありません。",
    nothing_to_resume="再開できる会話はありません。",
    nothing_searched="この回答は検索を行っていません。Ctrl+↑ ↓ で別の回答を選択できます。",
    no_flags="この会話に指摘はありません。",
    resumed="{when} の会話を再開しました。",
    question_back="質問を入力欄に戻しました（入力中の場合は ↑）。",
    unknown_command="{name} というコマンドはありません。質問として送るには先頭に空白を入れてください。",
    unknown_backend="{name} というバックエンドはありません。選択肢: {names}",
    unknown_theme="{name} というテーマはありません。標準のテーマを使います。",
    pasted="貼り付け {count} 文字",
    no_page="開けるファイルがないため、該当箇所の本文を表示します。",
    page_gone="{path} は見つかりません。該当箇所の本文を表示します。",
    page_failed="{path} を読めないため（{reason}）、該当箇所の本文を表示します。",
    page_too_large="{path} は大きすぎるため、該当箇所の本文を表示します。",
    page_binary="{path} はテキストファイルではないため表示できません。該当箇所の本文を表示します。",
    unexpected="問題が発生しました: {error}。--debug を付けて実行し、ログを確認してください。",
    inspector="詳細",
    nothing_to_inspect="質問すると、回答の根拠となった箇所、所要時間、送信内容をここに表示します。",
    question="質問",
    searched_for="検索した文",
    as_typed="入力のまま",
    edited="編集済み",
    edit_hint="Enter で編集",
    found_by_query="検索文そのもので検出",
    found_by_part="小問で検出: {query}",
    went_on_from="{title} からさらに検索: {terms}",
    went_on_with="さらに検索: {query}",
    see_also="関連",
    passages="該当箇所",
    no_passages="該当箇所はありません。",
    cited="引用",
    open_hint="Enter でページを開く",
    timings="所要時間とトークン",
    model="モデル",
    messages_sent="送信したメッセージ",
    score="スコア {score}",
    close_hint="Esc で閉じる",
    line="{line} 行目",
    query_title="再検索",
    query_keys="Enter で再質問 · Ctrl+J で行を追加",
    query_placeholder="空のとき: 質問と履歴から作り直します",
    query_lines="2 行目以降は併せて検索します。「 — 」の前の語句は重みが下がります。",
    query_again="{backend} に再質問",
    cancel="取り消し",
    keys={
        "send": "質問を送信",
        "newline": "改行",
        "recall": "以前の質問（先頭行・最終行で）",
        "next_backend": "次のバックエンド",
        "previous_backend": "前のバックエンド",
        "select_backend": "バックエンドを直接選択",
        "stop": "回答を中断、入力欄に戻る",
        "retry": "選択中のバックエンドで同じ質問を再質問",
        "inspector": "詳細パネルの表示・非表示",
        "query": "検索文を編集して再質問",
        "next_flag": "次の指摘",
        "previous_flag": "前の指摘",
        "confirm_flag": "指摘を妥当と判定、もう一度で取り消し",
        "reject_flag": "指摘を却下、もう一度で取り消し",
        "next_answer": "次の回答",
        "previous_answer": "前の回答",
        "scroll": "会話を1ページスクロール",
        "scroll_ends": "会話の先頭・末尾へ",
        "copy": "回答をコピー",
        "new": "新しい会話",
        "resume": "前回の会話を再開",
        "palette": "すべてのコマンド",
        "help": "このヘルプ",
        "next_pane": "入力欄・詳細・会話を順に移動",
        "quit": "終了",
        "interrupt": "選択範囲をコピー、2回で終了",
        "backend": "名前でバックエンドを選択",
    },
    short={
        "send": "送信",
        "newline": "改行",
        "stop": "中断",
        "next_backend": "切替",
        "inspector": "詳細",
        "retry": "再質問",
        "next_flag": "指摘",
        "confirm_flag": "妥当",
        "reject_flag": "却下",
        "help": "ヘルプ",
        "palette": "コマンド",
        "quit": "終了",
    },
    groups={"ask": "質問", "answers": "回答", "conversation": "会話"},
    help_title="キー操作",
    slash_title="入力欄のコマンド",
)


def strings(lang: Language) -> Strings:
    """The catalogue of a language."""
    return _JA if lang == "ja" else _EN
