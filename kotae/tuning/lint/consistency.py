"""Is one thing written in one way?"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from kotae.tuning.lint.finding import Finding, Offender, about
from kotae.tuning.lint.form import offenders
from kotae.tuning.lint.masks import without_masks
from kotae.tuning.lint.privacy import masked
from kotae.tuning.rows import Row

_KATAKANA = re.compile(r"[ァ-ヺー]{3,}")
_HYPHENED = re.compile(r"(?<![\w-])[a-z]+-[a-z]+(?![\w-])")
_WORD = re.compile(r"\b[a-z]+\b")
_SHORTEST = 5
"""Letters of a word that may be one with a hyphen, such as `email`."""
_CAPITALS = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+\b")
"""A name of several words within a sentence; at its beginning a capital says nothing."""
_POLITE = re.compile(r"(?:です|ます|ました|ません|でした|ください|でしょう)(?:[。！？]|$)", re.MULTILINE)
_PLAIN = re.compile(r"(?:である|だ|する|した|ない|れる|きる|なる|いる|ある)(?:。|$)", re.MULTILINE)
_MARKERS = (
    {"-": r"^\s*- ", "*": r"^\s*\* ", "•": r"^\s*[•・] ?"},
    {"1.": r"^\s*\d+\. ", "1)": r"^\s*\d+\) "},
)
"""Which stand for the same, bullets and numbers."""
_SPELLINGS = (
    ("authorise", "authorize"), ("authorised", "authorized"), ("behaviour", "behavior"), ("cancelled", "canceled"),
    ("catalogue", "catalog"), ("centre", "center"), ("colour", "color"), ("customise", "customize"),
    ("favourite", "favorite"), ("labelled", "labeled"), ("organisation", "organization"), ("organise", "organize"),
    ("recognise", "recognize"), ("summarise", "summarize"), ("synchronise", "synchronize"),
)  # fmt: skip
"""British and American; no word that means something else in the other, such as `check`."""
_AMERICAN = dict(_SPELLINGS)

Forms = Callable[[str], Iterable[tuple[str, str]]]
"""Gives, for a text, what is meant and how it is written."""


def consistency(rows: Sequence[Row]) -> list[Finding]:
    """Spelling variants, full and half width, marks, markers, tone and instructions that are mixed."""
    return [
        *_variants("long-vowel", rows, _long_vowels),
        *_variants("case", rows, _inner_capitals),
        *_names(rows),
        *_variants("hyphen", rows, _hyphens),
        *_variants("spelling", rows, _spellings),
        *_width(rows),
        *_either("punctuation", rows, r"[ぁ-ん一-鿿][，．]", r"[、。]"),
        *_politeness(rows),
        *_markers(rows),
        *_instructions(rows),
    ]


def _said(row: Row) -> str:
    return without_masks(f"{row.question}\n{row.answer}")


def _variants(code: str, rows: Sequence[Row], forms: Forms) -> list[Finding]:
    """A finding for each way of writing something that is not the most common one."""
    found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for meant, written in set(forms(_said(row))):
            found[meant][written].append(row)
    findings = []
    for ways in found.values():
        often, *others = sorted(ways, key=lambda way: (-len(ways[way]), way))
        findings += [
            about(code, offenders(ways[way]), values={"written": way, "often": often}) for way in others
        ]
    return findings


def _long_vowels(text: str) -> Iterable[tuple[str, str]]:
    """サーバ and サーバー; ユーザ and ユーザー."""
    for word in _KATAKANA.findall(text):
        stem = word.rstrip("ー")
        if len(stem) >= 3 and len(word) - len(stem) <= 1:
            yield stem, word


def _inner_capitals(text: str) -> Iterable[tuple[str, str]]:
    """GitHub and Github, where one of them has a capital within."""
    for word in re.findall(r"\b[A-Za-z]*[A-Z][A-Za-z]+\b", text):
        if not word.isupper():
            yield word.casefold(), word


def _names(rows: Sequence[Row]) -> list[Finding]:
    """Names of several words, and where they are written with other capitals."""
    names = Counter(name for row in rows for name in set(_CAPITALS.findall(_said(row))))
    if not names:
        return []
    known = {name.casefold(): name for name, _ in reversed(names.most_common())}
    pattern = re.compile(
        r"(?<![\w-])(?:"
        + "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
        + r")(?![\w-])",
        re.IGNORECASE,
    )
    wrong: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        for hit in set(pattern.findall(_said(row))):
            name = known[hit.casefold()]
            # Only some of a name's words with a capital: a slip. None at all may be another thing, such as any sales order.
            if hit != name and hit[0].isupper():
                wrong[hit, name].append(row)
    return [
        about("case", offenders(found), values={"written": hit, "often": name})
        for (hit, name), found in wrong.items()
    ]


def _hyphens(text: str) -> Iterable[tuple[str, str]]:
    """`e-mail` and `email`."""
    lower = text.lower()
    for word in _HYPHENED.findall(lower):
        yield word.replace("-", ""), word
    for word in _WORD.findall(lower):
        if len(word) >= _SHORTEST:
            yield word, word


def _spellings(text: str) -> Iterable[tuple[str, str]]:
    """`cancelled` and `canceled`."""
    for word in _WORD.findall(text.lower()):
        if word in _AMERICAN or word in _AMERICAN.values():
            yield _AMERICAN.get(word, word), word


def _either(code: str, rows: Sequence[Row], one: str, other: str) -> list[Finding]:
    """A finding about the rows with the rarer of two habits."""
    both = [[row for row in rows if re.search(pattern, _said(row))] for pattern in (one, other)]
    fewer, more = sorted(both, key=len)
    more_lines = {row.line for row in more}
    if not fewer or not more:
        return []
    return [about(code, offenders([row for row in fewer if row.line not in more_lines] or fewer))]


def _width(rows: Sequence[Row]) -> list[Finding]:
    findings = _either("width", rows, r"[０-９Ａ-Ｚａ-ｚ]", r"[0-9A-Za-z]")
    kana = [row for row in rows if re.search(r"[ｦ-ﾝ]", _said(row))]
    return findings + ([about("half-width-kana", offenders(kana))] if kana else [])


def _politeness(rows: Sequence[Row]) -> list[Finding]:
    answers = [(row, unicodedata.normalize("NFKC", row.answer)) for row in rows if row.language == "ja"]
    polite = [row for row, answer in answers if _POLITE.search(answer)]
    # Items of a list are plain in polite texts too; sentences of them end in a full stop.
    plain = [row for row, answer in answers if (end := _PLAIN.search(answer)) and _alone(end, answer)]
    if not polite or not plain:
        return []
    return [about("politeness", offenders(min(plain, polite, key=len)))]


def _alone(end: re.Match[str], answer: str) -> bool:
    return end[0].endswith("。") or not _POLITE.search(answer)


def _markers(rows: Sequence[Row]) -> list[Finding]:
    findings = []
    for kind in _MARKERS:
        used = {
            marker: [row for row in rows if re.search(pattern, row.answer, re.MULTILINE)]
            for marker, pattern in kind.items()
        }
        often = max(used, key=lambda marker: len(used[marker]))
        findings += [
            about("markers", offenders(found), values={"written": marker, "often": often})
            for marker, found in used.items()
            if found and marker != often
        ]
    return findings


def _instructions(rows: Sequence[Row]) -> list[Finding]:
    wrong: list[Row] = []
    for language in ("en", "ja"):
        written = [row for row in rows if row.language == language]
        # They may differ in what is masked alone, and will be the same.
        plain = {system: masked(system) for system in {row.system for row in written}}
        systems = Counter(plain[row.system] for row in written)
        # Where every other row has its own, it holds what is asked about.
        if 1 < len(systems) <= len(written) / 2:
            often, _ = systems.most_common(1)[0]
            wrong += [row for row in written if plain[row.system] != often]
    found = [
        Offender(line=row.line, sample=row.system or row.question)
        for row in sorted(wrong, key=lambda r: r.line)
    ]
    return [about("instructions", found)] if found else []
