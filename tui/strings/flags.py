"""What the screen says of flags: under an answer, in the inspector, about the reader's verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class FlagStrings(msgspec.Struct, frozen=True, kw_only=True):
    """Part of `tui.strings.Strings`; those with braces are filled with `str.format`."""

    # under an answer
    supported: str
    supported_one: str
    unsupported: str
    unsupported_one: str
    only_unsupported: str
    outside: str
    nothing_to_judge: str
    groundedness: str
    counted: str
    counts: Mapping[str, str]
    """Kinds, as they are counted."""
    rejected_count: str
    # inspector
    heading: str
    kinds: Mapping[str, str]
    score: str
    strengths: Mapping[str, str]
    claim: str
    in_passage: str
    not_in_passage: str
    evidence: str
    no_evidence: str
    confirm: str
    reject: str
    verdicts: Mapping[str, str]
    remembered: str
    dialog_hint: str
    # notes
    said: Mapping[str, str]
    """By verdict, once it is given; the empty one takes it back."""
    select_first: str
    not_remembered: str


EN = FlagStrings(
    supported="all {claims} claims have support",
    supported_one="the only claim has support",
    unsupported="{count} of {claims} claims have no support",
    unsupported_one="1 of {claims} claims has no support",
    only_unsupported="the only claim has no support",
    outside="flagged outside the claims: {count}",
    nothing_to_judge="no claims to check",
    groundedness="groundedness {share}",
    counted="{glyph} {kind} {count}",
    counts={
        "unsupported": "unsupported",
        "contradicted": "contradicted",
        "number": "number",
        "name": "name",
    },
    rejected_count="{count} rejected by you",
    heading="Flag",
    kinds={
        "unsupported": "unsupported: the manual does not say so",
        "contradicted": "contradicted: the manual says otherwise",
        "number": "number: not the manual's",
        "name": "name: the manual does not know it",
    },
    score="score {score}",
    strengths={"faint": "weak", "plain": "medium", "strong": "strong"},
    claim="Claim",
    in_passage="in the passage",
    not_in_passage="not in it",
    evidence="Nearest passage",
    no_evidence="No passage comes near.",
    confirm="Confirm",
    reject="Reject",
    verdicts={
        "confirmed": "confirmed by you",
        "rejected": "rejected by you: it does not count",
    },
    remembered="remembered for this claim",
    dialog_hint="Y confirms · X rejects",
    said={
        "confirmed": "Flag confirmed, and remembered for this claim.",
        "rejected": "Flag rejected: it does not count, here and when the claim comes again.",
        "": "Verdict taken back.",
    },
    select_first="No flag is selected. <next_flag> selects the next one.",
    not_remembered="The verdict is recorded, but can't be remembered: {reason}.",
)

JA = FlagStrings(
    supported="主張 {claims} 件すべてに根拠があります",
    supported_one="主張 1 件に根拠があります",
    unsupported="主張 {claims} 件のうち {count} 件に根拠がありません",
    unsupported_one="主張 {claims} 件のうち 1 件に根拠がありません",
    only_unsupported="主張 1 件に根拠がありません",
    outside="主張以外への指摘 {count} 件",
    nothing_to_judge="確認する主張はありません",
    groundedness="根拠率 {share}",
    counted="{glyph} {kind} {count}",
    counts={"unsupported": "根拠なし", "contradicted": "矛盾", "number": "数値", "name": "名称"},
    rejected_count="却下 {count} 件",
    heading="指摘",
    kinds={
        "unsupported": "根拠なし: マニュアルに記載がありません",
        "contradicted": "矛盾: マニュアルの記載と異なります",
        "number": "数値: マニュアルの数値と異なります",
        "name": "名称: マニュアルにない名称です",
    },
    score="スコア {score}",
    strengths={"faint": "弱", "plain": "中", "strong": "強"},
    claim="主張",
    in_passage="該当箇所にある語",
    not_in_passage="ない語",
    evidence="最も近い箇所",
    no_evidence="近い箇所はありません。",
    confirm="妥当",
    reject="却下",
    verdicts={"confirmed": "妥当と判定済み", "rejected": "却下済み: 集計に含めません"},
    remembered="同じ主張への判定を記憶しています",
    dialog_hint="Y で妥当 · X で却下",
    said={
        "confirmed": "指摘を妥当と判定し、この主張について記憶しました。",
        "rejected": "指摘を却下しました。同じ主張への指摘は今後も集計に含めません。",
        "": "判定を取り消しました。",
    },
    select_first="指摘が選択されていません。<next_flag> で次の指摘を選択できます。",
    not_remembered="判定は記録しましたが、記憶できませんでした: {reason}",
)
