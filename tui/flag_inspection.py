"""What the inspector says about a flag, as content; nothing here knows a widget."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from textual.content import Content

from kotae.citations import marks
from kotae.claims import Claim, claim_of, judged
from kotae.plain import visible
from tui.blind import uncited
from tui.plain import one_line, safe_lines
from tui.transcript.flags import MARKS, glyph, strength

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kotae.conversation import Flag, Passage, Turn
    from plugins.grounding.matching import Matching
    from tui.strings import Strings

SHARED, MISSING = "bold $text-success", "underline $text-error"
"""How words look that claim and passage share, and words of the claim that the passage lacks."""
_VERDICTS = {"confirmed": "bold $text-error", "rejected": "bold $text-success"}
_LONGEST_CLAIM = 1000
_EXCERPT = 500
"""Characters of a passage that are seen at once: where most words of the claim stand so close, a longer passage begins."""
_BEGINS = re.compile(r"\n|[。！？]|[.!?] ")


@dataclass(frozen=True, slots=True)
class Inspected:
    """A flag with the claim that it speaks against, and what that shares with the nearest passage."""

    flag: Flag
    quoted: str
    """The flagged words."""
    claim: str
    """The words that the passage is held against: the claim without its Markdown, or those flagged where they are in none."""
    passage: str
    matching: Matching | None
    """None where there is no passage."""


def inspect(flag: Flag, turn: Turn) -> Inspected:
    """What there is to see of a flag of a turn."""
    claim = claim_of(_claims(turn.answer), flag)
    quoted = uncited(turn.answer[flag.start : flag.end])  # as in `claim`; they would also tell who searched
    text = (_unmarked(claim.text, claim.plain) if claim is not None else quoted)[:_LONGEST_CLAIM]
    if flag.evidence is None:
        return Inspected(flag, quoted, text, "", None)
    from plugins.grounding.matching import matches  # loaded with the plugins, behind the first frame

    passage = flag.evidence.text.strip().replace("\r\n", "\n").replace("\r", "\n")
    return Inspected(flag, quoted, text, passage, matches(text, passage))


def raised(seen: Inspected, text: Strings) -> Content:
    """What is flagged, of what kind, how surely, why, and what the reader said of it."""
    flag, said = seen.flag, text.flags
    how_sure = f"{said.score.format(score=f'{flag.score:.2f}')} ({said.strengths[strength(flag.score)]})"
    lines = [
        Content.assemble(
            (f"{glyph(flag)} {said.heading}", "bold $text-error"),
            ("  " + "  ".join(filter(None, (how_sure, one_line(flag.flagger)))), "$muted"),
        ),
        Content.styled(said.kinds.get(flag.kind) or one_line(flag.kind), "bold"),
    ]
    if not _same(seen.quoted, seen.claim):
        lines.append(Content.styled(f"“{one_line(seen.quoted)}”", "italic"))
    lines.append(Content(safe_lines(flag.said_in(text.lang))))
    if flag.verdict:
        words = f"{MARKS[flag.verdict]} {said.verdicts[flag.verdict]}"
        lines.append(Content.styled(words, _VERDICTS[flag.verdict]))
        if flag.remembered:
            lines.append(Content.styled(said.remembered, "$muted"))
    return _joined(lines)


def claim(seen: Inspected, text: Strings) -> Content:
    """The claim, with the words that the passage lacks picked out, and those that it has; above them, which is which."""
    said = text.flags
    head: list[str | Content | tuple[str, str]] = [(said.claim, "bold $primary")]
    words = Content(visible(re.sub(r"\s", " ", seen.claim)))
    if seen.matching is not None:
        words = _marked(_marked(words, seen.matching.shared, SHARED), seen.matching.missing, MISSING)
        legend = [
            (said.in_passage, SHARED) if seen.matching.shared else None,
            (said.not_in_passage, MISSING) if seen.matching.missing else None,
        ]
        for place, part in enumerate(part for part in legend if part is not None):
            head += ["  " if place == 0 else (" · ", "$muted"), part]
    lines = [Content.assemble(*head), words, Content("")]
    if seen.flag.evidence is None:
        return _joined([*lines, Content.styled(said.no_evidence, "$muted")])
    return _joined([*lines, Content.styled(said.evidence, "bold $primary")])


def evidence(found: Passage, seen: Inspected, text: Strings) -> Content:
    """The nearest passage: where it stands, and its text with the words of the claim picked out."""
    where = text.line.format(line=found.line) if found.line else ""
    title = one_line(found.title or found.document)
    lines = [Content.styled(title, "bold")]
    if where or one_line(found.document) != title:
        lines.append(Content.styled(" · ".join(filter(None, (one_line(found.document), where))), "$muted"))
    words = Content(visible(seen.passage))
    if seen.matching is not None:
        words = _marked(words, seen.matching.found, SHARED)
        if (start := excerpt(seen.passage, seen.matching.found)) > 0:
            words = Content.assemble(("… ", "$muted"), words[start:])
    return _joined([*lines, words])


def excerpt(passage: str, found: Sequence[tuple[int, int]]) -> int:
    """Where to begin to show a passage, so that the part with most of the words found in it is seen; 0 for one that is short."""
    if len(passage) <= _EXCERPT or not found:
        return 0
    ends = [end for _, end in found]
    upto = [0, *accumulate(end - start for start, end in found)]

    def held(place: int, start: int) -> int:
        """Characters of `found[place:]` that are seen when the passage begins at `start`."""
        return upto[max(place, bisect_right(ends, start + _EXCERPT))] - upto[place]

    best = max(range(len(found)), key=lambda place: held(place, found[place][0]))
    start = found[best][0]
    if held(0, 0) >= held(best, start):
        return 0
    begins = [match.end() for match in _BEGINS.finditer(passage, max(0, start - _EXCERPT // 2), start)]
    return begins[-1] if begins else start


def _marked(words: Content, spans: Iterable[tuple[int, int]], style: str) -> Content:
    for start, end in spans:
        words = words.stylize(style, start, end)
    return words


def _unmarked(text: str, plain: str) -> str:
    """`text` without what is blank in `plain`, which is as long, and without the blanks before citations."""
    cut = {at for start, end in marks(text) for at in range(start, end)}
    kept = (
        there
        for at, (there, seen) in enumerate(zip(text, plain, strict=True))
        if at not in cut and (seen != " " or there.isspace())
    )
    return "".join(kept).strip()


def _same(quoted: str, claim: str) -> bool:
    return quoted.strip(" .。") == claim.strip(" .。")


@lru_cache(maxsize=4)
def _claims(answer: str) -> tuple[Claim, ...]:
    return tuple(judged(answer))


def _joined(lines: Sequence[Content]) -> Content:
    return Content("\n").join(lines)
