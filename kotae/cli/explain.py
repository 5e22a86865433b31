"""An answer that was checked, as text for people: what is flagged in it, why, and what comes nearest to it."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING

import click

from kotae.language import screen_language
from kotae.plain import escape_controls, without_controls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from backends.flagging.windows import Windows
    from kotae.cli.check import Checked, Row
    from kotae.conversation import Flag, Passage
    from kotae.language import Language

_GLYPHS = {"unsupported": "⚑", "contradicted": "✗", "number": "#", "name": "?"}
_COLOURS = {"unsupported": "yellow", "contradicted": "red", "number": "magenta", "name": "cyan"}
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_EXCERPT = 240
"""Characters of a passage that are shown."""
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "unsupported": "unsupported",
        "contradicted": "contradicted",
        "number": "number",
        "name": "name",
        "grounded": "{:.0%} grounded",
        "nothing": "nothing to judge",
        "unjudged": "not judged",
        "passage": "Context",
    },
    "ja": {
        "unsupported": "根拠なし",
        "contradicted": "矛盾",
        "number": "数値",
        "name": "名称",
        "grounded": "根拠あり {:.0%}",
        "nothing": "判定するものがありません",
        "unjudged": "判定できません",
        "passage": "文脈",
    },
}


def explain_row(row: Row, checked: Checked, lang: str = "") -> None:
    """Print one row on stdout, in the language of the screen; in colours where that is a terminal."""
    language = screen_language(lang)
    colour = None if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else False
    several = not isinstance(row.context, str) and len(row.context) > 1
    lines = list(_lines(row, checked, language, several=several))
    # At once: a reader that goes away in the middle of a row gets none of the next one.
    click.echo("\n".join(lines), color=colour)


def _lines(row: Row, checked: Checked, lang: Language, *, several: bool) -> Iterator[str]:
    words, flags = _WORDS[lang], checked.flags
    judged = words["nothing" if checked.judged else "unjudged"]
    if checked.groundedness is not None:
        judged = words["grounded"].format(checked.groundedness)
    name = f"{without_controls(str(row.id))}  " if row.id is not None else ""
    yield click.style(f"── {name}{judged} ──", bold=True)
    if row.question:
        yield click.style(without_controls(row.question), dim=True)
    yield ""
    yield _marked(row.answer, flags)
    yield ""
    for number, flag in enumerate(flags, 1):
        kind = f"{_GLYPHS[flag.kind]} {words[flag.kind]}"
        flagger = f"  ({without_controls(flag.flagger)})" if flag.flagger else ""
        yield f"{number:2} {click.style(kind, fg=_COLOURS[flag.kind])} {flag.score:.2f}{flagger}"
        yield f"   {without_controls(flag.said_in(lang))}"
        if flag.evidence is not None:
            which = f" {flag.evidence.id}" if several else ""
            excerpt = _excerpt(flag.evidence, row.answer[flag.start : flag.end])
            yield click.style(f"   {words['passage']}{which}: {excerpt}", dim=True)
    if flags:
        yield ""


def _marked(answer: str, flags: Sequence[Flag]) -> str:
    """The answer with `⟦¹` where the first flag begins and `¹⟧` where it ends, and so on."""
    cuts = sorted({0, len(answer), *(flag.start for flag in flags), *(flag.end for flag in flags)})
    numbered = list(enumerate(flags, 1))
    parts: list[str] = []
    for start, end in zip(cuts, [*cuts[1:], len(answer)], strict=True):
        ended = sorted((f for f in numbered if f[1].end == start), key=lambda f: f[1].start, reverse=True)
        begun = sorted((f for f in numbered if f[1].start == start), key=lambda f: f[1].end, reverse=True)
        parts += (f"{_superscript(number)}⟧" for number, _ in ended)
        parts += (f"⟦{_superscript(number)}" for number, _ in begun)
        text = escape_controls(answer[start:end])
        over = [flag for flag in flags if flag.start <= start and end <= flag.end]
        if over and text:
            worst = max(over, key=lambda flag: flag.score)
            text = click.style(text, fg=_COLOURS[worst.kind], underline=True)
        parts.append(text)
    return "".join(parts)


def _superscript(number: int) -> str:
    return str(number).translate(_SUPERSCRIPT)


def _excerpt(evidence: Passage, words: str) -> str:
    """The part of a passage that is nearest to some words, on one line."""
    nearest = _windows(evidence).nearest(words, 1)
    text = without_controls(nearest[0].text if nearest else evidence.text)
    return text[:_EXCERPT] + ("…" if len(text) > _EXCERPT else "")


@lru_cache(maxsize=8)  # the flags of one row have few passages between them
def _windows(passage: Passage) -> Windows:
    from backends.flagging.windows import Windows

    return Windows([passage])
