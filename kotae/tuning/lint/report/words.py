"""What the report says beside its findings, in the languages it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kotae.language import Language

WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "report": "Rows to train on, checked",
        "row": "row",
        "rows": "rows",
        "tokens": "tokens",
        "estimated": "estimated",
        "check": "check",
        "grade": "grade",
        "whole": "whole",
        "line": "line",
        "lines": "lines",
        "sample": "words of the row",
        "error": "errors",
        "warning": "warnings",
        "note": "notes",
        "one_error": "error",
        "one_warning": "warning",
        "one_note": "note",
        "nothing": "Nothing was found.",
        "skipped": "not checked",
        "more": "and {n} more",
        "and": ", ",
        "where": "({count} {rows}; {line} {lines})",
        "reason": "{said} (line {place})",
        "masked-file": "Lines masked: {masked} of {lines}. The rows are in {place}.",
        "report-file": "The report is in {place}.",
        "kept": "Rows kept: {rows}, in {place}.",
        "left-out": "Left out: {count} ({checks}).",
        "masked": "Masked: {count}.",
        "set-aside": "To be looked at: {count}, in {place} ({checks}).",
        "not-mended": "Not mended, since --checks leaves it out: {checks}.",
        "counted": "--pages goes by the rows' numbers, which are others in {place}: name pages in the rows' metadata to keep them.",
        "still": "A service would refuse {place} all the same: {codes}. `kotae tune lint` says what to do.",
        "theme": "Light or dark",
        "legend": "A: nothing found. B: notes, or warnings for at most one row in a hundred. C: for at most one in ten. "
        "D: more, or errors in at most one row in twenty. E: errors in more rows, or in the file as a whole.",
    },
    "ja": {
        "report": "学習データの点検",
        "row": "行",
        "rows": "行",
        "tokens": "トークン",
        "estimated": "概算",
        "check": "点検項目",
        "grade": "評価",
        "whole": "全体",
        "line": "行番号",
        "lines": "行番号",
        "sample": "該当行の内容",
        "error": "件のエラー",
        "warning": "件の警告",
        "note": "件の参考情報",
        "one_error": "件のエラー",
        "one_warning": "件の警告",
        "one_note": "件の参考情報",
        "nothing": "問題は見つかりませんでした。",
        "skipped": "未点検",
        "more": "ほか {n} 行",
        "and": "、",
        "where": "（{count} {rows}: {line} {lines}）",
        "reason": "{said}（行番号 {place}）",
        "masked-file": "伏せた行: {lines} 行のうち {masked} 行。{place} に書き出しました。",
        "report-file": "レポートは {place} にあります。",
        "kept": "残した行: {rows}（{place}）",
        "left-out": "除いた行: {count}（{checks}）",
        "masked": "個人情報・秘密情報を伏せた行: {count}",
        "set-aside": "人が確かめる行: {count}（{checks}）。理由を添えて {place} に分けました。",
        "not-mended": "--checks の対象外のため、直していない項目: {checks}",
        "counted": "--pages は行の番号で対応付けますが、{place} では番号が変わりました。"
        "行の metadata にページを書けば引き継がれます。",
        "still": "{place} はこのままではサービスに拒否されます: {codes}。対処は `kotae tune lint` で確かめてください。",
        "theme": "明・暗の切り替え",
        "legend": "A: 問題なし。B: 参考情報のみ、または警告が 100 行に 1 行以下。C: 警告が 10 行に 1 行以下。"
        "D: それを超える警告、または 20 行に 1 行以下のエラー。E: それを超えるエラー、またはファイル全体に関わるエラー。",
    },
}
