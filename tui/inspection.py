"""What the inspector says about a turn, as content; nothing here knows a widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from kotae.queries import CARRIED, parts_of
from tui.footer import SEPARATOR, measured
from tui.plain import one_line, safe_lines
from tui.summary import CLEAN, summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.conversation import Message, Passage, Rewrite, Turn
    from tui.strings import Strings

CITED = CLEAN
LINKS = 3
"""How many of the documents that a passage refers to are named: it is shown for its text."""


def question(asked: str, text: Strings) -> Content:
    """The question as it was typed."""
    return _joined([_heading(text.question), _plain(asked)])


def searched_heading(rewrite: Rewrite, text: Strings, hint: str = "") -> Content:
    """That something was searched for, and who worded it; `hint` says what can be done about it."""
    method = text.methods.get(rewrite.method, one_line(rewrite.method))
    return Content.assemble(
        _heading(text.searched_for), (f"  {' · '.join(filter(None, (method, hint)))}", "$muted")
    )


def searched(rewrite: Rewrite, text: Strings) -> Content:
    """The query: what comes from the conversation faintly before what is asked, each sub-question on a line of its own."""
    parts = parts_of(rewrite.query)
    carried = "".join(f"{one_line(part)}{CARRIED}" for part in parts.carried)
    lines = [
        searched_heading(rewrite, text, text.edit_hint),
        Content.assemble((carried, "$muted"), safe_lines(parts.question)),
    ]
    lines += [Content.assemble(("+ ", "$primary"), one_line(part)) for part in parts.sub_questions]
    if rewrite.note:
        lines.append(Content.styled(one_line(text.note(rewrite.note)), "$muted italic"))
    return _joined(lines)


def ask_again(backend: str, text: Strings) -> str:
    """What the button says that asks again."""
    return text.query_again.format(backend=one_line(backend))


@dataclass(frozen=True, slots=True)
class Step:
    """The passages that one search brought, with their places among all of them."""

    found_by: str
    """As in `Passage.found_by`: empty for the query itself."""
    passages: tuple[tuple[int, Passage], ...]


def steps(passages: Sequence[Passage]) -> list[Step]:
    """The searches behind the passages: by the query itself, then what was searched for besides, the best first."""
    found: dict[str, list[tuple[int, Passage]]] = {"": []}
    for place, passage in enumerate(passages, 1):
        found.setdefault(passage.found_by, []).append((place, passage))
    return [Step(found_by, tuple(members)) for found_by, members in found.items() if members]


def step_heading(step: Step, turn: Turn, text: Strings) -> Content:
    """What was searched for to find the passages that follow."""
    words = text.found_by_query
    if step.found_by:
        words = text.went_on_with.format(query=one_line(step.found_by))
        title, _, terms = step.found_by.rpartition(": ")
        if turn.rewrite is not None and step.found_by in parts_of(turn.rewrite.query).sub_questions:
            words = text.found_by_part.format(query=one_line(step.found_by))
        elif any(title == found.title for found in turn.passages):
            words = text.went_on_from.format(title=one_line(title), terms=one_line(terms))
    return Content.styled(f"↳ {words}", "$secondary italic")


def passages_heading(passages: Sequence[Passage], text: Strings) -> Content:
    """The line above the passages."""
    if not passages:
        return _joined([_heading(text.passages), Content.styled(text.no_passages, "$muted")])
    return Content.assemble(_heading(f"{text.passages} ({len(passages)})"), (f"  {text.open_hint}", "$muted"))


def named_pages_heading(pages: Sequence[Passage], text: Strings) -> Content:
    """The line above the pages that the question names."""
    return Content.assemble(
        _heading(f"{text.commands.pages_named} ({len(pages)})"), (f"  {text.open_hint}", "$muted")
    )


def named_page(page: Passage, text: Strings) -> Content:
    """A page that the question names: its title, where it stands, and how much of it was sent."""
    sent = text.commands.characters_sent.format(count=f"{len(page.text):,}")
    where = SEPARATOR.join((one_line(page.document), sent))
    return _joined(
        [Content.styled(one_line(page.title or page.document), "bold"), Content.styled(where, "$muted")]
    )


def passage(place: int, found: Passage, text: Strings, *, is_cited: bool, accent: str) -> Content:
    """A passage: rank, whether the answer cites it, score, title, where it stands, text."""
    head = Content.assemble(
        (f"[{place}] ", f"bold {accent}"),
        (f"{CITED} {text.cited}  " if is_cited else "", accent),
        (text.score.format(score=f"{found.score:.2f}"), "$muted"),
    )
    lines = [head, Content.styled(one_line(found.title or found.document), "bold")]
    where = one_line(found.document)
    if where and where != found.title:
        lines.append(
            Content.styled(
                where + (f" · {text.line.format(line=found.line)}" if found.line else ""), "$muted"
            )
        )
    if found.links:
        ids = [one_line(document) for document in found.links[:LINKS]]
        more = ", …" if len(found.links) > LINKS else ""
        lines.append(Content.styled(f"→ {text.see_also}: {', '.join(ids)}{more}", "$muted"))
    lines.append(_plain(found.text.strip()))
    return _joined(lines)


def numbers(turn: Turn, text: Strings) -> Content | None:
    """Timings, tokens, cost, the model and the verdict, a line each; None while nothing is known."""
    lines = [Content(part) for part in measured(turn, text)]
    if turn.usage is not None and turn.usage.model:
        lines.append(Content.assemble((f"{text.model} ", "$muted"), one_line(turn.usage.model)))
    if (flagged := summary(turn, text)) is not None:
        lines += [Content(part) for part in flagged.variants[0].split(SEPARATOR)]
    return _joined([_heading(text.timings), *lines]) if lines else None


def messages(sent: Sequence[Message]) -> Content:
    """The exact messages that were sent."""
    lines: list[Content] = []
    for message in sent:
        lines += [
            Content.styled(one_line(message.role), "bold $muted"),
            _plain(message.content),
            Content(""),
        ]
    return _joined(lines[:-1])


def _heading(words: str) -> Content:
    return Content.styled(words, "bold $primary")


def _plain(words: str) -> Content:
    return Content(safe_lines(words))


def _joined(lines: Sequence[Content]) -> Content:
    return Content("\n").join(lines)
