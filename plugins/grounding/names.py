"""Names that a claim mentions: products, screens, fields, codes, and what it quotes or sets in bold."""

# ruff: noqa: SIM905 (word lists read best as running text)
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from backends.retrieval.text import STOP_WORDS, stem
from plugins.grounding.rarity import rarity
from plugins.grounding.text import HAN, HIRAGANA, KATAKANA, LIGHT_STEMS, LONGEST, katakana

Shape = Literal["code", "quoted", "phrase", "mixed", "word", "katakana", "compound", "loanword"]


@dataclass(frozen=True, slots=True)
class Name:
    """Something a claim calls by its name."""

    start: int
    end: int
    """The span to mark: with quotes and markup left out, and a `module` or `screen` after the name left
    in."""
    text: str
    """What has to be known."""
    shape: Shape

    @property
    def is_part(self) -> bool:
        """Whether it is called a part of a product: a module, a screen, a button."""
        return self.shape == "compound" or self.end - self.start > len(self.text)


# Words that begin with a capital on screens and in headings without being anyone's name.
_COMMON = frozenset(
    stem(word)
    for word in """
    note tip step important warning example click select open choose press enter save delete edit add create
    new update view file button menu screen page tab field list table form dialog window option settings
    setting section item name date time number type status amount total user users admin administrator
    customer account report email password code id home help search filter export import print cancel close
    next back ok yes no monday tuesday wednesday thursday friday saturday sunday january february march april
    may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
    jpy usd eur gbp english japanese american british european japan
    internet web online mr mrs dr pdf csv url html faq usa uk eu us ai it pc tv am pm product software
    application app system feature function service company business data information process version manual
    guide
    """.split()
)
_COMMON_KATAKANA = frozenset(
    """
    データ システム ボタン クリック メニュー ファイル ユーザ ページ サービス メール パスワード リスト タブ
    ダイアログ ウィンドウ フォーム エラー メッセージ コード グループ チェック テスト サイト ソフト
    ソフトウェア アプリ アプリケーション インターネット コンピュータ パソコン サーバ ネットワーク ケース
    ポイント ステップ マニュアル ガイド サポート プロセス タイプ レベル バージョン アクセス アカウント
    ログイン ログアウト ダウンロード アップロード インポート エクスポート フィルタ キャンセル セキュリティ
    コピー カテゴリ テーブル グラフ レポート リンク キー ルール プラン オプション タイミング スムーズ シンプル
    スケジュール タスク プロジェクト チーム メンバ メリット デメリット リスク コスト ビジネス プロダクト
    モバイル スマートフォン オンライン バックアップ トラブル テキスト アドレス パターン モード スタッフ
    アイコン マウス ドラッグ キーボード アップ ダウン
    """.split()
)
_QUOTED = re.compile(
    r"「([^「」\n]{1,30})」|『([^『』\n]{1,30})』|“([^“”\n]{1,50})”|(?<!\w)\"([^\"\n]{1,50})\"(?!\w)"
)
_MARKED = re.compile(r"\*\*([^*\n]{1,50})\*\*|`([^`\n]{1,50})`")
CODE = re.compile(
    r"(?<![A-Za-z0-9_./@-])(?=[A-Za-z0-9_-]{0,12}[A-Za-z])(?=[A-Za-z0-9_-]{0,12}\d)[A-Z][A-Za-z0-9]{0,11}(?:[-_][A-Za-z0-9]{1,12}){0,3}(?![A-Za-z0-9])"
)
_WORD = re.compile(r"(?<![A-Za-z0-9])(?<![0-9] )[A-Za-z][A-Za-z0-9]*(?:[-'’&/][A-Za-z0-9]+)*")
_KATAKANA = re.compile(rf"[{KATAKANA}]{{3,}}(?:・[{KATAKANA}]{{2,}})*")
_NOUN = re.compile(
    r" (?:module|screen|page|menu|tab|button|field|report|app|plan|feature|wizard|dashboard|integration|edition|add-on)s?\b"
)
# Most katakana words are everyday words. What one of these follows is called by a name.
_NAMED_JA = re.compile("(?:画面|機能|モジュール|ボタン|メニュー|タブ|アプリ|プラン|項目|欄|レポート|版|社)")
_COMPOUND_JA = re.compile(
    rf"(?P<name>[{HAN}{KATAKANA}A-Za-z]{{2,12}}?)(?:モジュール|画面|機能|ボタン|メニュー|タブ|アプリ|プラン|レポート|ウィザード|コネクター?|連携)"
    rf"(?![{HAN}{KATAKANA}])"
)
_LOANWORD = re.compile(rf"(?<![{KATAKANA}])[{KATAKANA}]{{6,}}(?![{KATAKANA}])")
_SENTENCE_START = re.compile(r"(?:^|[.!?:：;。「『\"“(（|•]\s*|\n\s*)$")
_JAPANESE = re.compile(rf"[{HAN}{KATAKANA}{HIRAGANA}]")


_STATES = dict(
    pair.split(":")
    for pair in """
    alabama:al alaska:ak arizona:az arkansas:ar california:ca colorado:co connecticut:ct delaware:de florida:fl georgia:ga hawaii:hi
    idaho:id illinois:il indiana:in iowa:ia kansas:ks kentucky:ky louisiana:la maine:me maryland:md massachusetts:ma michigan:mi
    minnesota:mn mississippi:ms missouri:mo montana:mt nebraska:ne nevada:nv ohio:oh oklahoma:ok oregon:or pennsylvania:pa
    tennessee:tn texas:tx utah:ut vermont:vt virginia:va washington:wa wisconsin:wi wyoming:wy britain:uk america:us
    """.split()
)
_BETWEEN = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])|[\s/-]+")


def written(name: str) -> re.Pattern[str]:
    """How else an English name may be written in small letters: `wi-fi`, `wi fi` and `wifi`; `california` and `, ca`."""
    parts = [re.escape(part.lower()) for part in _BETWEEN.split(name.replace("’", "'")) if part]
    forms = r"[\s/-]?".join(parts)
    if short := _STATES.get(name.lower()):
        forms += rf"|(?:,|state:)\s{short}"
    return re.compile(rf"(?<![a-z0-9])(?:{forms})(?![a-z0-9])")


def names(text: str, plain: str) -> list[Name]:
    """The names in a claim, in order and apart from each other.

    Args:
        text: the claim, normalised, Markdown and all.
        plain: the same with the markup blanked; as long as `text`.
    """
    text, plain = text[:LONGEST], plain[:LONGEST]
    found: list[Name] = []

    def take(start: int, end: int, shape: Shape) -> None:
        if not any(name.start < end and start < name.end for name in found):
            noun = _NOUN.match(plain, end) if shape in ("word", "phrase", "mixed") else None
            found.append(Name(start, noun.end() if noun else end, plain[start:end].strip(), shape))

    for match in CODE.finditer(plain):
        take(*match.span(), "code")
    for pattern in (_QUOTED, _MARKED):
        for match in pattern.finditer(text if pattern is _MARKED else plain):
            group = match.lastindex or 0
            if _is_label(match[group]):
                take(*match.span(group), "quoted")
    for start, end in _capitalised(plain):
        word = plain[start:end]
        take(start, end, "phrase" if " " in word else "word" if word[1:].islower() else "mixed")
    for match in _COMPOUND_JA.finditer(plain):
        if match["name"].rstrip("ー") not in _COMMON_KATAKANA:
            take(*match.span(), "compound")
    for match in _KATAKANA.finditer(plain):
        if ("・" in match[0] or _NAMED_JA.match(plain, match.end())) and match[0].rstrip(
            "ー"
        ) not in _COMMON_KATAKANA:
            take(*match.span(), "katakana")
    for match in _LOANWORD.finditer(plain):
        if match[0].rstrip("ー") not in _COMMON_KATAKANA and rarity(katakana(match[0])) == 1:
            take(*match.span(), "loanword")
    return sorted(found, key=lambda name: name.start)


def _is_label(quoted: str) -> bool:
    """Whether what stands in quotes or bold may be a label on a screen and is no quoted sentence and no mere
    emphasis."""
    if _JAPANESE.search(quoted):
        return len(quoted) <= 16 and not re.search(r"[、。！？]|(?:です|ます|する|した|ない|こと)$", quoted)
    words = _WORD.findall(quoted)
    content = [word for word in words if word.lower() not in STOP_WORDS]
    return (
        0 < len(words) <= 5
        and bool(content)
        and all(word[0].isupper() or word[0].isdigit() for word in content)
    )


def _capitalised(plain: str) -> list[tuple[int, int]]:
    words = list(_WORD.finditer(plain))
    if len(words) > 4 and sum(word[0][0].isupper() for word in words) > 0.8 * len(words):
        return []  # a title, or shouting: capitals say nothing
    spans: list[tuple[int, int]] = []
    group: list[re.Match[str]] = []

    def close() -> None:
        while group and (group[0][0].lower() in STOP_WORDS or (not _telling(group[0][0]) and len(group) > 1)):
            group.pop(0)
        while len(group) > 1 and not _telling(group[-1][0]):
            group.pop()
        if group and _telling(group[0][0]):
            lone = len(group) == 1 and group[0][0][1:].islower()
            label = (
                plain[group[-1].end() :].lstrip()[:1] in (":", "：", "")
                and not plain[: group[0].start()].strip()
            )
            if not (label or (lone and _SENTENCE_START.search(plain, 0, group[0].start()))):
                spans.append((group[0].start(), group[-1].end()))
        group.clear()

    for word in words:
        capital = word[0][0].isupper() and not (
            len(word[0]) == 1 or word[0] in ("I'm", "I'll", "I've", "I'd")
        )
        if group and not (capital and plain[group[-1].end() : word.start()] == " "):
            close()
        if capital and (group or word[0].lower() not in STOP_WORDS):
            group.append(word)
        elif group:
            close()
    close()
    return spans


def _telling(word: str) -> bool:
    return (
        (key := stem(word.lower())) not in _COMMON
        and key not in LIGHT_STEMS
        and word.lower() not in STOP_WORDS
    )
