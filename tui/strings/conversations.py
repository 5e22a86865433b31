"""What the screen says of conversations: their branches, their list, what is done to them."""

from __future__ import annotations

import msgspec


class ConversationStrings(msgspec.Struct, frozen=True, kw_only=True):
    """Part of `tui.strings.Strings`; those with braces are filled with `str.format`."""

    # branches
    editing: str
    editing_keys: str
    nothing_to_edit: str
    edit_given_up: str
    nothing_beside: str
    nothing_follows: str
    followed_one: str
    followed: str
    goes_on_here: str
    no_answer_here: str
    nothing_to_go_on_from: str
    not_recorded: str
    # this conversation
    ask_first: str
    renamed: str
    title_removed: str
    pinned: str
    unpinned: str
    # the list
    heading: str
    search: str
    reading: str
    shown: str
    found: str
    found_first: str
    turns_one: str
    turns: str
    nothing_yet: str
    nothing_found: str
    open: str
    rename: str
    pin: str
    delete: str
    undo: str
    close: str
    delete_question: str
    delete_told: str
    delete_yes: str
    delete_no: str
    delete_keys: str
    deleted: str
    restored: str
    nothing_to_restore: str
    title_heading: str
    title_placeholder: str
    title_keys: str
    save: str


EN = ConversationStrings(
    editing="Editing",
    editing_keys="<send> asks it instead · <stop> gives up",
    nothing_to_edit="There is no question to edit yet.",
    edit_given_up="The question stays as it was.",
    nothing_beside="There is no other version or answer in that direction.",
    nothing_follows="Nothing was asked after this answer.",
    followed_one="1 question follows, <followed>",
    followed="{count} questions follow, <followed>",
    goes_on_here="The next question continues from this answer.",
    no_answer_here="There is no answer here to continue from.",
    nothing_to_go_on_from="There is no answer to continue from yet.",
    not_recorded="This branch is shown, but not remembered: {reason}",
    ask_first="Ask something first: a conversation begins with its first question.",
    renamed="Now called “{title}”.",
    title_removed="The title is gone; it goes by its first question.",
    pinned="Pinned: it stands at the top of the list.",
    unpinned="No longer pinned.",
    heading="Conversations",
    search="Search questions, answers and titles…",
    reading="Reading {done} of {total}…",
    shown="{count}",
    found="{count} found",
    found_first="the first {count}",
    turns_one="1 turn",
    turns="{count} turns",
    nothing_yet="There is no conversation yet. Esc goes back to the chat; whatever you ask there is kept here.",
    nothing_found="No conversation holds “{words}”. Parts of words are enough; all words have to be there. Esc clears the search.",
    open="go on",
    rename="rename",
    pin="pin",
    delete="delete",
    undo="undo",
    close="close",
    delete_question="Delete this conversation?",
    delete_told="It is moved to the bin. Alt+U takes it back.",
    delete_yes="Delete",
    delete_no="Keep",
    delete_keys="Y deletes · N keeps",
    deleted="Deleted “{title}”. Alt+U takes it back.",
    restored="“{title}” is back.",
    nothing_to_restore="Nothing was deleted here. The bin: kotae transcript list --bin",
    title_heading="Title",
    title_placeholder="Empty: it goes by its first question",
    title_keys="Enter saves",
    save="Save",
)

JA = ConversationStrings(
    editing="編集中",
    editing_keys="<send> で質問し直す · <stop> で取りやめ",
    nothing_to_edit="編集できる質問はまだありません。",
    edit_given_up="質問は元のままです。",
    nothing_beside="その方向に別の質問や回答はありません。",
    nothing_follows="この回答に続く質問はありません。",
    followed_one="続きの質問 1 件 <followed>",
    followed="続きの質問 {count} 件 <followed>",
    goes_on_here="次の質問はこの回答の続きになります。",
    no_answer_here="ここには続けられる回答がありません。",
    nothing_to_go_on_from="続けられる回答はまだありません。",
    not_recorded="この分岐を表示していますが、記録できませんでした: {reason}",
    ask_first="まず質問してください。会話は最初の質問から始まります。",
    renamed="「{title}」に変更しました。",
    title_removed="タイトルを消しました。最初の質問で表示します。",
    pinned="固定しました。一覧の先頭に表示します。",
    unpinned="固定を解除しました。",
    heading="会話の一覧",
    search="質問・回答・タイトルを検索…",
    reading="読み込み中 {done} / {total}…",
    shown="{count} 件",
    found="{count} 件見つかりました",
    found_first="先頭の {count} 件",
    turns_one="1 回答",
    turns="{count} 回答",
    nothing_yet="会話はまだありません。Esc でチャットに戻って質問すると、ここに残ります。",
    nothing_found="「{words}」を含む会話はありません。語の一部でも検索できます（複数の語はすべて含むもの）。Esc で検索を消します。",
    open="再開",
    rename="改名",
    pin="固定",
    delete="削除",
    undo="元に戻す",
    close="閉じる",
    delete_question="この会話を削除しますか？",
    delete_told="ごみ箱に移します。Alt+U で元に戻せます。",
    delete_yes="削除する",
    delete_no="残す",
    delete_keys="Y で削除 · N で残す",
    deleted="「{title}」を削除しました。Alt+U で元に戻せます。",
    restored="「{title}」を元に戻しました。",
    nothing_to_restore="ここで削除した会話はありません。ごみ箱: kotae transcript list --bin",
    title_heading="タイトル",
    title_placeholder="空のとき: 最初の質問で表示します",
    title_keys="Enter で保存",
    save="保存",
)
