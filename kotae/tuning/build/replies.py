"""What a model replied, held to the form that was asked for, and made into drafts of rows.

Nothing in a reply is believed: a quote has to stand in its page, and what is said to be missing must not be in the manual.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from kotae.conversation import Message
from kotae.plain import encodable, escape_controls
from kotae.tuning.build.drafts import Aside, Draft, Quote
from kotae.tuning.build.requests import Kind, Request
from kotae.tuning.build.sections import ManualPage
from kotae.tuning.lint.kinds import denies, unknown
from kotae.tuning.lint.words import numbers
from kotae.tuning.rows import Row

QUESTION, ANSWER, QUOTE, MISSING = 500, 4000, 1500, 80
"""Characters that a question, an answer, a quote and a name may have."""
_SHORTEST_QUOTE = 6
"""Letters and digits: anything shorter stands somewhere by chance."""
_MOST_TURNS = 6
_BROKEN = "\ufffd"
"""Stands for what was no character."""
_SHOWN = 300
"""Characters that are kept of a reply that can't be read."""
ROW_KINDS: Mapping[Kind, str] = {
    "sections": "section",
    "links": "link",
    "negative": "negative",
    "turns": "turns",
}
"""What the rows of a request are called in their metadata."""


class _Quoted(msgspec.Struct, forbid_unknown_fields=True):
    excerpt: int
    quote: str


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    questions: list[str]
    answer: str
    support: list[_Quoted]
    missing: str = ""


class _Turn(msgspec.Struct, forbid_unknown_fields=True):
    question: str
    answer: str


class _Talk(msgspec.Struct, forbid_unknown_fields=True):
    turns: list[_Turn]
    support: list[_Quoted]


class _AskedReply(msgspec.Struct, forbid_unknown_fields=True):
    rows: list[_Asked]


class _TalkReply(msgspec.Struct, forbid_unknown_fields=True):
    rows: list[_Talk]


class ManualText:
    """The manual's text, to look up whether something stands in it."""

    def __init__(self, pages: Iterable[ManualPage]) -> None:
        self._pages = {page.id: f"\n{_plain(page.title)}\n{_plain(page.text)}\n" for page in pages}

    def quotes(self, page: str, quote: str) -> bool:
        """Whether a page has these words; Markdown, width and blanks do not count."""
        wanted = _plain(quote)
        letters = sum(map(str.isalnum, wanted))
        return letters >= _SHORTEST_QUOTE and wanted in self._pages.get(page, "")

    def has(self, name: str) -> bool:
        """Whether any page has a name, as whole words where the script has spaces; capitals do not count."""
        wanted = _plain(name).casefold()
        before = r"(?<![^\W_])" if wanted[:1].isascii() else ""
        after = r"(?:e?s)?(?![^\W_])" if wanted[-1:].isascii() else ""
        pattern = re.compile(before + re.escape(wanted) + after)
        return any(pattern.search(text.casefold()) for text in self._pages.values())


def read(request: Request, reply: str, manual: ManualText) -> list[Draft | Aside]:
    """What a reply is good for, in its order.

    Args:
        reply: the JSON object that the model gave.
    """
    kind = ROW_KINDS[request.kind]
    try:
        if request.kind == "turns":
            found: Sequence[_Talk | _Asked] = msgspec.json.decode(reply, type=_TalkReply).rows
        else:
            found = msgspec.json.decode(reply, type=_AskedReply).rows
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        shown = encodable(escape_controls(reply[:_SHOWN]))
        why = f"The reply does not have the form that was asked for: {escape_controls(str(error))[:_SHOWN]}."
        return [Aside(reason="malformed-reply", why=why, kind=kind, pages=request.pages, reply=shown)]
    drafts: list[Draft | Aside] = []
    for row in found[: 2 * request.rows]:
        draft = _talk(request, row) if isinstance(row, _Talk) else _asked(request, row)
        drafts.append(_checked(request, row.support, draft, manual))
    return drafts


def _asked(request: Request, row: _Asked) -> Draft:
    questions = dict.fromkeys(" ".join(question.split()) for question in row.questions)
    return Draft(
        kind=ROW_KINDS[request.kind],
        questions=tuple(questions)[: request.wordings],
        answer=row.answer.strip(),
        pages=_pages(request, row.support),
        support=_support(request, row.support),
        missing=" ".join(row.missing.split()) if request.kind == "negative" else "",
    )


def _talk(request: Request, row: _Talk) -> Draft:
    history: list[Message] = []
    turns = [(" ".join(turn.question.split()), turn.answer.strip()) for turn in row.turns]
    for question, answer in turns[:-1]:
        history += (Message("user", question), Message("assistant", answer))
    last = turns[-1] if turns else ("", "")
    return Draft(
        kind=ROW_KINDS[request.kind],
        questions=(last[0],),
        answer=last[1],
        history=tuple(history),
        pages=_pages(request, row.support),
        support=_support(request, row.support),
    )


def _support(request: Request, support: Iterable[_Quoted]) -> tuple[Quote, ...]:
    return tuple(
        Quote(request.excerpts[one.excerpt - 1].page, one.quote.strip())
        for one in support
        if 0 < one.excerpt <= len(request.excerpts)
    )


def _pages(request: Request, support: Iterable[_Quoted]) -> tuple[str, ...]:
    """The pages quoted, in the order of the excerpts; where none is, those that were sent."""
    quoted = {one.page for one in _support(request, support)}
    return tuple(page for page in request.pages if page in quoted) or request.pages


def _checked(request: Request, support: Sequence[_Quoted], draft: Draft, manual: ManualText) -> Draft | Aside:
    if reason := next(_faults(request, support, draft, manual), ""):
        return Aside(reason=reason, draft=_harmless(draft))
    return draft


def _faults(request: Request, support: Sequence[_Quoted], draft: Draft, manual: ManualText) -> Iterator[str]:
    """What is wrong with a draft, the plainest first."""
    history = [message.content for message in draft.history]
    questions, answers = (*draft.questions, *history[::2]), (draft.answer, *history[1::2])
    quotes = [one.quote for one in draft.support]
    if not draft.questions or not all(any(map(str.isalnum, text)) for text in (*questions, *answers)):
        yield "empty"
    if len(draft.history) > 2 * (_MOST_TURNS - 1) or (request.kind == "turns" and not draft.history):
        yield "malformed-reply"
    lengths = ((questions, QUESTION), (answers, ANSWER), (quotes, QUOTE), ((draft.missing,), MISSING))
    if any(len(text) > most for texts, most in lengths for text in texts):
        yield "too-long"
    for text in (*questions, *answers, *quotes, draft.missing):
        if escape_controls(text) != text or _BROKEN in text:
            yield "control-characters"
    if not support:
        yield "no-support"
    if len(quotes) < len(support) or not all(manual.quotes(one.page, one.quote) for one in draft.support):
        yield "unsupported-quote"
    if request.kind == "links" and len(draft.pages) < 2:
        yield "one-page"
    if set().union(*map(_numbers, answers)) - set().union(
        *map(_numbers, questions), *(_numbers(f"{one.title}\n{one.text}") for one in request.excerpts)
    ):
        yield "other-number"
    if request.kind == "negative":
        yield from _not_negative(draft, manual)


def _numbers(text: str) -> set[str]:
    """The numbers in a text, those aside that count a list's items."""
    return set(numbers(_COUNTED.sub("", unicodedata.normalize("NFKC", text))))


def _not_negative(draft: Draft, manual: ManualText) -> Iterator[str]:
    row = Row(line=0, messages=({"role": "assistant", "content": draft.answer},))
    if not (denies(draft.answer) or unknown(row)):
        yield "not-negative"
    if not draft.missing:
        return
    named = _plain(draft.missing).casefold()
    if not any(map(str.isalnum, named)) or manual.has(draft.missing):
        yield "not-missing"
    if not any(named in _plain(text).casefold() for text in (*draft.questions, draft.answer)):
        yield "not-asked-for"


def _harmless(draft: Draft) -> Draft:
    """What is set aside is looked at by people."""

    def shown(text: str) -> str:
        return escape_controls(text)[:ANSWER]

    return Draft(
        kind=draft.kind,
        questions=tuple(map(shown, draft.questions)) or ("",),
        answer=shown(draft.answer),
        history=tuple(Message(one.role, shown(one.content)) for one in draft.history[: 2 * _MOST_TURNS]),
        pages=draft.pages,
        support=tuple(Quote(one.page, shown(one.quote)) for one in draft.support),
        missing=shown(draft.missing),
    )


_COUNTED = re.compile(r"^\s{0,9}\d{1,3}[.)]\s", re.M)
_LINK = re.compile(r"!?\[([^\[\]\n]{1,300})\]\([^()\s]{0,500}\)")
_MARKS = re.compile(
    r"\*+|`+|(?<![^\W_])_+(?=\w)|(?<=\w)_+(?![^\W_])|^\s{0,9}(?:[-+*]|\d{1,3}[.)]|#{1,6}|>)\s+", re.M
)


def _plain(text: str) -> str:
    """Without Markdown's marks, in one width, with single blanks; without any between Japanese characters."""
    text = _MARKS.sub("", _LINK.sub(r"\1", unicodedata.normalize("NFKC", text)))
    text = " ".join(text.replace("|", " ").split())
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)
