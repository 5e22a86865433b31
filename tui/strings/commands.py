"""What the screen says of commands and pages while they are typed, and of copying and of programs outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class CommandStrings(msgspec.Struct, frozen=True, kw_only=True):
    """Part of `tui.strings.Strings`; filled in the same ways."""

    # while something is typed
    counted: str
    """Which of how many candidates is marked."""
    pages_read: str
    pages_unlisted: str
    pages_failed: str
    no_page_named: str
    with_pages: str
    pages_named: str
    characters_sent: str
    commands_short: str
    pages_short: str
    name_taken: str
    backend_kinds: str
    no_theme: str
    copies: Mapping[str, str]
    """What `/copy` may be followed by."""
    what_to_copy: str
    # the palette
    theme: str
    theme_now: str
    sample: str
    # copying
    code_copied: str
    exchange_copied: str
    no_code: str
    choose_code: str
    code_keys: str
    line_one: str
    lines: str
    question: str
    # programs outside
    no_editor: str
    no_pager: str
    no_program: str
    program_failed: str
    no_suspend: str
    nothing_to_open: str
    edited_too_long: str


EN = CommandStrings(
    counted="{place} of {count}",
    pages_read="Reading the manual's pages…",
    pages_unlisted="The pages of this manual can't be listed.",
    pages_failed="The manual's pages can't be listed: {reason}",
    no_page_named="No page has “{typed}” in its title or path.",
    with_pages="with {pages}",
    pages_named="Pages named",
    characters_sent="{count} characters sent",
    commands_short="commands",
    pages_short="page",
    name_taken="Command /{name} of a plugin is left out: the name is taken.",
    backend_kinds="backend of kind {kind}",
    no_theme="There is no theme {name}. Choose one of: {names}.",
    copies={"answer": "the answer", "code": "a code block of it", "all": "question and answer as Markdown"},
    what_to_copy="There is no “{what}” to copy. Choose one of: {names}.",
    theme="Theme: {name}",
    theme_now="the present one",
    sample="Ask: {question}",
    code_copied="Code copied.",
    exchange_copied="Question and answer copied.",
    no_code="There is no code block in this answer.",
    choose_code="Which code block?",
    code_keys="Enter copies",
    line_one="1 line",
    lines="{count} lines",
    question="Question",
    no_editor="No editor is set. Set the environment variable VISUAL or EDITOR.",
    no_pager="Neither a pager nor an editor is set. Set the environment variable PAGER or EDITOR.",
    no_program="{program} can't be run: {reason}",
    program_failed="{program} ended with exit code {code}; the text is as it was.",
    no_suspend="Other programs can't be opened from this terminal.",
    nothing_to_open="There is no answer to open yet.",
    edited_too_long="What the editor left is too long: more than {count} characters. The text is as it was.",
)

JA = CommandStrings(
    counted="{count} 件中 {place} 件目",
    pages_read="マニュアルのページを読み込み中…",
    pages_unlisted="このマニュアルのページは一覧にできません。",
    pages_failed="マニュアルのページを一覧にできません: {reason}",
    no_page_named="タイトルやパスに「{typed}」を含むページはありません。",
    with_pages="添付: {pages}",
    pages_named="指定したページ",
    characters_sent="{count} 文字を送信",
    commands_short="コマンド",
    pages_short="ページ",
    name_taken="プラグインのコマンド /{name} は、同じ名前のコマンドがあるため使えません。",
    backend_kinds="種類: {kind}",
    no_theme="{name} というテーマはありません。選択肢: {names}",
    copies={"answer": "回答", "code": "回答のコード", "all": "質問と回答を Markdown で"},
    what_to_copy="「{what}」はコピーできません。選択肢: {names}",
    theme="テーマ: {name}",
    theme_now="使用中",
    sample="質問: {question}",
    code_copied="コードをコピーしました。",
    exchange_copied="質問と回答をコピーしました。",
    no_code="この回答にコードはありません。",
    choose_code="コピーするコードを選択",
    code_keys="Enter でコピー",
    line_one="1 行",
    lines="{count} 行",
    question="質問",
    no_editor="エディタが設定されていません。環境変数 VISUAL か EDITOR を設定してください。",
    no_pager="ページャもエディタも設定されていません。環境変数 PAGER か EDITOR を設定してください。",
    no_program="{program} を実行できません: {reason}",
    program_failed="{program} が終了コード {code} で終わったため、元の文のままにします。",
    no_suspend="この端末では、ほかのプログラムを開けません。",
    nothing_to_open="開ける回答はまだありません。",
    edited_too_long="編集後の文が長すぎるため（上限 {count} 文字）、元の文のままにします。",
)
