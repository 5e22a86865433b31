"""Findings in words: what is the matter, and what to do about it, in the languages Kotae speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kotae.language import Language
from kotae.tuning.lint import texts_en, texts_ja
from kotae.tuning.lint.finding import Check, Finding, Severity

KINDS: Mapping[str, tuple[Check, Severity]] = {
    "bom": ("format", "error"),
    "utf-8": ("format", "error"),
    "json": ("format", "error"),
    "object": ("format", "error"),
    "blank": ("format", "warning"),
    "no-messages": ("format", "error"),
    "role": ("format", "error"),
    "content": ("format", "error"),
    "no-user": ("format", "error"),
    "no-answer": ("format", "error"),
    "system-late": ("format", "error"),
    "same-role": ("format", "warning"),
    "weight": ("format", "error"),
    "unknown-key": ("format", "warning"),
    "control": ("format", "warning"),
    "preference": ("format", "error"),
    "same-preference": ("format", "error"),
    "too-long": ("format", "error"),
    "few-rows": ("format", "error"),
    "mixed-kinds": ("format", "error"),
    "duplicate": ("duplicates", "warning"),
    "near-duplicate": ("duplicates", "warning"),
    "contradiction": ("contradictions", "error"),
    "other-answer": ("contradictions", "warning"),
    "one-form": ("diversity", "warning"),
    "few-forms": ("diversity", "warning"),
    "one-topic": ("diversity", "warning"),
    "one-length": ("diversity", "warning"),
    "one-wording": ("diversity", "warning"),
    "unsupported": ("accuracy", "warning"),
    "contradicted": ("accuracy", "warning"),
    "wrong-number": ("accuracy", "warning"),
    "unknown-name": ("accuracy", "warning"),
    "unjudged": ("accuracy", "warning"),
    "no-negative": ("complexity", "warning"),
    "no-unknown": ("complexity", "warning"),
    "no-later-turn": ("complexity", "warning"),
    "no-joined": ("complexity", "warning"),
    "long-vowel": ("consistency", "warning"),
    "case": ("consistency", "warning"),
    "hyphen": ("consistency", "warning"),
    "spelling": ("consistency", "warning"),
    "width": ("consistency", "warning"),
    "half-width-kana": ("consistency", "warning"),
    "punctuation": ("consistency", "warning"),
    "politeness": ("consistency", "warning"),
    "markers": ("consistency", "warning"),
    "instructions": ("consistency", "warning"),
    "uncovered": ("sources", "warning"),
    "one-page": ("sources", "warning"),
    "in-order": ("sources", "note"),
    "trained-on": ("leakage", "error"),
    "near-leak": ("leakage", "warning"),
    "secret": ("privacy", "error"),
    "email": ("privacy", "error"),
    "phone": ("privacy", "error"),
    "card": ("privacy", "error"),
    "my-number": ("privacy", "error"),
    "account": ("privacy", "error"),
    "person": ("privacy", "error"),
}
"""All kinds of findings: the check that makes them, and how severe they are. What flaggers say may be wrong, and is no error."""

SKIPPED = tuple(texts_en.SKIPPED)
"""Why a check is not made."""

_FINDINGS = {"en": texts_en.FINDINGS, "ja": texts_ja.FINDINGS}
_SKIPPED = {"en": texts_en.SKIPPED, "ja": texts_ja.SKIPPED}
_SIGNS = {"contradiction": "≠", "other-answer": "≠", "near-duplicate": "≈", "near-leak": "≈"}
_OTHERS = 3
"""Other rows that are named with a row."""
CHECK_NAMES = {"en": texts_en.CHECKS, "ja": texts_ja.CHECKS}
"""The checks, as people are told them."""


def said(finding: Finding, lang: Language) -> str:
    """What is the matter, in one sentence."""
    return _FINDINGS[lang][finding.code][0].format_map(finding.values)


def advice(finding: Finding, lang: Language) -> str:
    """What to do about it."""
    return _FINDINGS[lang][finding.code][1].format_map(finding.values)


def place(line: int, others: Sequence[int], code: str) -> str:
    """A row's line, and what it is to others: `119=6`, `134≠12`, `129≈29`."""
    sign = _SIGNS.get(code, "=")
    named = "".join(f"{sign}{other}" for other in others[:_OTHERS])
    return f"{line}{named}{' …' if len(others) > _OTHERS else ''}"


def skipped(reason: str, lang: Language) -> str:
    """Why a check was not made, in words."""
    return _SKIPPED[lang][reason]
