"""Is one thing written in one way?"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from kotae.tuning.lint.finding import Finding, about
from kotae.tuning.rows import Row

_KATAKANA = re.compile(r"[ァ-ヺー]{3,}")
_NAME = re.compile(r"\b[A-Za-z][A-Za-z0-9]*(?:[- ][A-Z][A-Za-z0-9]*)*\b")
_HYPHENED = re.compile(r"\b[a-z]+-[a-z]+\b")
_WORD = re.compile(r"\b[a-z]+\b")
_POLITE = re.compile(r"(?:です|ます|ました|ません|でした|ください|でしょう)(?:[。！？]|$)")
_PLAIN = re.compile(r"(?:である|だ|する|した|ない|れる|きる|なる|いる|ある)(?:[。！？]|$)")
_MARKERS = {"-": r"^\s*- ", "*": r"^\s*\* ", "•": r"^\s*[•・] ?", "1.": r"^\s*\d+\. ", "1)": r"^\s*\d+\) "}
_RARE = 0.5
"""The less common of two forms is a slip while it has at most this share of both."""
_SPELLINGS = (
    ("behaviour", "behavior"), ("cancelled", "canceled"), ("catalogue", "catalog"), ("centre", "center"), ("colour", "color"),
    ("customise", "customize"), ("favourite", "favorite"), ("labelled", "labeled"), ("licence", "license"),
    ("organisation", "organization"), ("organise", "organize"), ("programme", "program"), ("recognise", "recognize"),
    ("cheque", "check"), ("authorise", "authorize"), ("authorised", "authorized"), ("summarise", "summarize"),
)  # fmt: skip


def consistency(rows: Sequence[Row]) -> list[Finding]:
    """Spelling variants, full and half width, markers and politeness that are mixed."""
    return [
        *_variants(
            "long-vowel", rows, _long_vowels, "Write it in one way: the model learns both, and mixes them."
        ),
        *_variants("case", rows, _cases, "Write names in one way; the manual's is the best."),
        *_variants("hyphen", rows, _hyphens, "Write it in one way."),
        *_variants("spelling", rows, _spellings, "Choose British or American spelling for all rows."),
        *_width(rows),
        *_politeness(rows),
        *_markers(rows),
        *_systems(rows),
    ]


Forms = dict[str, Counter[str]]
"""By what is meant, how often it is written in which way."""


def _variants(
    code: str, rows: Sequence[Row], forms: Callable[[str], list[tuple[str, str]]], advice: str
) -> list[Finding]:
    """Findings of things that are written in two ways; `forms` gives what is meant and how it is written."""
    counts: Forms = defaultdict(Counter)
    lines: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        for meant, written in set(forms(f"{row.question}\n{row.answer}")):
            counts[meant][written] += 1
            lines[meant, written].append(row.line)
    findings = []
    for meant, ways in counts.items():
        if len(ways) > 1:
            (often, _), *others = ways.most_common()
            for written, count in others:
                if count <= _RARE * ways.total():
                    said = f"“{written}” and “{often}” are both written."
                    findings.append(
                        about("consistency", code, "warning", said, advice, lines[meant, written], written)
                    )
    return findings


def _long_vowels(text: str) -> list[tuple[str, str]]:
    """サーバ and サーバー; ユーザ and ユーザー."""
    words = _KATAKANA.findall(unicodedata.normalize("NFKC", text))
    return [(word.rstrip("ー"), word) for word in words if len(word.rstrip("ー")) >= 3]


def _cases(text: str) -> list[tuple[str, str]]:
    """Names of several words, and words with a capital within: `Komorebi Ledger` and `Komorebi ledger`."""
    found = []
    for name in re.findall(r"\b[A-Z][A-Za-z0-9]+(?: [A-Za-z][A-Za-z0-9]+)?\b", text):
        first, _, second = name.partition(" ")
        if re.search(r"[a-z][A-Z]", first):
            found.append((first.casefold(), first))
        if second and second[:1].isupper():
            found.append((name.casefold(), name))
    named = {meant for meant, _ in found}
    for name in re.findall(r"\b[A-Za-z0-9]+ [A-Za-z0-9]+\b", text):
        if name.casefold() in named:
            found.append((name.casefold(), name))
    return found


def _hyphens(text: str) -> list[tuple[str, str]]:
    lower = text.lower()
    found = [(word.replace("-", ""), word) for word in _HYPHENED.findall(lower)]
    return found + [(word, word) for word in _WORD.findall(lower) if len(word) >= 5]


def _spellings(text: str) -> list[tuple[str, str]]:
    said = set(_WORD.findall(text.lower()))
    return [
        (american, word) for british, american in _SPELLINGS for word in (british, american) if word in said
    ]


def _width(rows: Sequence[Row]) -> list[Finding]:
    full = [row.line for row in rows if re.search(r"[０-９Ａ-Ｚａ-ｚ]", row.question + row.answer)]
    half = [row.line for row in rows if re.search(r"[0-9A-Za-z]", row.question + row.answer)]
    kana = [row.line for row in rows if re.search(r"[ｦ-ﾝ]", row.question + row.answer)]
    findings = []
    if full and half:
        lines = full if len(full) <= len(half) else [line for line in half if line not in set(full)]
        said = f"Letters and digits are full width in {len(full)} rows and half width in {len(half)}."
        findings.append(
            about(
                "consistency",
                "width",
                "warning",
                said,
                "Write them in one width (NFKC makes them half).",
                lines,
            )
        )
    if kana:
        said = f"{len(kana)} rows have half-width katakana."
        findings.append(
            about("consistency", "half-width-kana", "warning", said, "Write katakana in full width.", kana)
        )
    return findings


def _politeness(rows: Sequence[Row]) -> list[Finding]:
    polite = [row.line for row in rows if row.language == "ja" and _POLITE.search(row.answer)]
    plain = [
        row.line
        for row in rows
        if row.language == "ja" and _PLAIN.search(row.answer) and not _POLITE.search(row.answer)
    ]
    if not polite or not plain:
        return []
    fewer = min(polite, plain, key=len)
    said = f"{len(polite)} answers are polite (です・ます) and {len(plain)} plain (だ・である)."
    return [about("consistency", "politeness", "warning", said, "Answer in one tone.", fewer)]


def _markers(rows: Sequence[Row]) -> list[Finding]:
    used: dict[str, list[int]] = {
        marker: [row.line for row in rows if re.search(pattern, row.answer, re.MULTILINE)]
        for marker, pattern in _MARKERS.items()
    }
    findings = []
    for kind in (("-", "*", "•"), ("1.", "1)")):
        there = {marker: used[marker] for marker in kind if used[marker]}
        if len(there) > 1:
            told = ", ".join(f"“{marker}” in {len(lines)}" for marker, lines in there.items())
            fewest = min(there.values(), key=len)
            said = f"Lists are marked in several ways: {told} rows."
            findings.append(
                about("consistency", "markers", "warning", said, "Mark lists in one way.", fewest)
            )
    return findings


def _systems(rows: Sequence[Row]) -> list[Finding]:
    systems = Counter(row.system for row in rows)
    if len(systems) < 2 or len(systems) > len(rows) / 2:
        return []
    often, _ = systems.most_common(1)[0]
    lines = [row.line for row in rows if row.system != often]
    said = f"The rows have {len(systems)} instructions (system messages)."
    advice = (
        "Train with the one that the model will be used with, unless the difference is what it has to learn."
    )
    return [about("consistency", "instructions", "warning", said, advice, lines)]
