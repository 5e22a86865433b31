"""Why a span is flagged: one sentence, in English and in Japanese."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugins.grounding.text import surface

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.grounding.features import Measured
    from plugins.grounding.polarity import Opposition
    from plugins.grounding.premise import Premise
    from plugins.grounding.records import Mention

_WORDS_NAMED = 4


@dataclass(frozen=True, slots=True)
class Reason:
    """The same sentence in two languages."""

    en: str
    ja: str


def of_conflict(against: Opposition, *, whole_manual: bool) -> Reason:
    """A sentence of the evidence says the opposite."""
    where, place = _where(whole_manual), _place(whole_manual)
    does = "says" if whole_manual else "say"
    if against.said == "not":
        return Reason(f"{where} {does} this without the negation.", f"{place}では否定されていません。")
    if against.instead == "not":
        denies = "denies" if whole_manual else "deny"
        return Reason(f"{where} {denies} this.", f"{place}ではこれが否定されています。")
    if against.instead == "order":
        has = "has" if whole_manual else "have"
        return Reason(f"{where} {has} this in the other order.", f"{place}では順序が逆です。")
    return Reason(
        f"{where} {does} “{against.instead}” where this says “{against.said}”.",
        f"{place}では「{against.said}」ではなく「{against.instead}」です。",
    )


def of_field(mention: Mention) -> Reason:
    """A record's field says otherwise, or nothing."""
    name = " ".join(mention.field.words) or mention.field.name
    if mention.verdict == "affirmed":
        return Reason(f"The record says yes to “{name}”.", f"データの「{name}」は「はい」です。")
    if mention.verdict == "denied":
        return Reason(f"The record says no to “{name}”.", f"データの「{name}」は「いいえ」です。")
    return Reason(
        f"The record does not say anything about “{name}”.", f"データの「{name}」には値がありません。"
    )


def of_number(number: str, rival: str, *, whole_manual: bool) -> Reason:
    """A number is not the evidence's."""
    number, rival = number.strip(), rival.strip()
    if rival:
        return Reason(
            f"The nearest passage has “{rival}”, not “{number}”.",
            f"最も近い箇所では「{number}」ではなく「{rival}」です。",
        )
    where = "the manual" if whole_manual else "the passages"
    return Reason(
        f"Nothing in {where} that comes near this has “{number}”.",
        f"{_place(whole_manual)}の近い箇所に「{number}」はありません。",
    )


def of_name(name: str, *, whole_manual: bool) -> Reason:
    """A name is in no text that counts."""
    does = "the question do not mention"
    return Reason(
        f"{_where(whole_manual)} and {does} “{name}”.",
        f"{_place(whole_manual)}にも質問にも「{name}」はありません。",
    )


def of_premise(premise: Premise) -> Reason:
    """The question asks how something is done that the manual denies or does not know."""
    if premise.denial is not None:
        return Reason(
            "The manual denies what the question takes for granted, so it can't say how.",
            "質問が前提としていることは、マニュアルで否定されています。",
        )
    return Reason(
        f"The question is about {_listed(premise.unknown)}, of which the manual knows nothing.",
        f"質問にある{_listed_ja(premise.unknown)}は、マニュアルのどこにもありません。",
    )


def of_missing(measured: Measured, text: str, *, whole_manual: bool) -> Reason:
    """Nothing bears a claim out; `text` is the claim's, normalised."""
    where = "the manual" if whole_manual else "the passages"
    place = _place(whole_manual)
    if measured.window is None:
        return Reason(
            f"Nothing in {where} has any of its words.", f"{place}に、ここで使われている語がありません。"
        )
    missing = surface(measured.missing, text)
    found = surface(
        [word.token for word in measured.words if word.token.weight > 0.5 and word.near == 1], text
    )
    if missing and found:
        return Reason(
            f"The nearest passage shares {_listed(found)}, but nothing found in {where} has {_listed(missing)}.",
            f"最も近い箇所にあるのは{_listed_ja(found)}で、{_listed_ja(missing)}は{place}に見つかりません。",
        )
    if missing:
        return Reason(
            f"Nothing found in {where} has {_listed(missing)}.",
            f"{_listed_ja(missing)}は{place}に見つかりません。",
        )
    if found:
        return Reason(
            f"The words occur in {where}, but not together; the nearest passage shares only {_listed(found)}.",
            f"語は{place}にありますが、そろって出てくる箇所がなく、最も近い箇所にあるのは{_listed_ja(found)}だけです。",
        )
    return Reason(
        f"Nothing found in {where} comes near this.", f"{place}に、これに近い内容が見つかりません。"
    )


def _where(whole_manual: bool) -> str:
    return "The manual" if whole_manual else "The passages"


def _place(whole_manual: bool) -> str:
    return "マニュアル" if whole_manual else "参照箇所"


def _listed(words: Sequence[str]) -> str:
    quoted = [f"“{word}”" for word in words[:_WORDS_NAMED]]
    if len(words) > _WORDS_NAMED:
        quoted.append("more")
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _listed_ja(words: Sequence[str]) -> str:
    return "".join(f"「{word}」" for word in words[:_WORDS_NAMED]) + (
        "など" if len(words) > _WORDS_NAMED else ""
    )
