"""What may become rows: a question in several wordings with its answer, the pages that it is from, and what is quoted of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kotae.conversation import Message
from kotae.tuning.rows import Row


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a page that bear an answer out."""

    page: str
    quote: str


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One answer, and the questions that it answers."""

    kind: str
    """`section`, `link`, `negative`, `turns`, `transcript` or `ticket`."""
    questions: tuple[str, ...]
    """The same question in several wordings: a row each."""
    answer: str
    history: tuple[Message, ...] = ()
    """What user and assistant said before."""
    pages: tuple[str, ...] = ()
    support: tuple[Quote, ...] = ()
    missing: str = ""
    """What the answer says that there is not."""

    def rows(self, system: str = "") -> Iterator[Row]:
        """The rows, with `system` as instruction where it is given. Their lines are 0: they stand in no file yet."""
        metadata: dict[str, Any] = {"kind": self.kind}
        if self.pages:
            metadata["pages"] = list(self.pages)
        if self.support:
            metadata["support"] = [{"page": one.page, "quote": one.quote} for one in self.support]
        if self.missing:
            metadata["missing"] = self.missing
        before = [_said("system", system)] if system else []
        before += [_said(message.role, message.content) for message in self.history]
        for question in self.questions:
            messages = (*before, _said("user", question), _said("assistant", self.answer))
            yield Row(line=0, messages=messages, metadata=metadata)

    def answers(self) -> Iterator[Row]:
        """Each answer with the question that it answers, to be held against the manual: those of the history, then the last."""
        said = (*self.history, Message("user", self.questions[0]), Message("assistant", self.answer))
        for end in range(2, len(said) + 1, 2):
            yield Row(line=0, messages=tuple(_said(one.role, one.content) for one in said[:end]))


@dataclass(frozen=True, kw_only=True)
class Aside:
    """What is not to be learnt, and why."""

    reason: str
    """A key of `REASONS`, or the code of a finding of `kotae tune lint`."""
    why: str = ""
    """More about it, where there is more to say."""
    draft: Draft | None = None
    """None where the reply could not be read."""
    kind: str = ""
    pages: tuple[str, ...] = ()
    reply: str = ""
    """The beginning of a reply that could not be read."""

    def lines(self, system: str = "") -> Iterator[dict[str, Any]]:
        """As rows with the reason beside them."""
        reason = {"reason": self.reason, "why": self.why or REASONS.get(self.reason, "")}
        if self.draft is None:
            told = {"kind": self.kind, "pages": list(self.pages)}
            yield {**reason, "reply": self.reply, "metadata": told}
            return
        for row in self.draft.rows(system):
            yield {**reason, **plain(row)}


def plain(row: Row) -> Mapping[str, Any]:
    """A row as it stands in a file."""
    return {"messages": list(row.messages), "metadata": dict(row.metadata)}


def _said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


REASONS = {
    "malformed-reply": "The model's reply does not have the form that was asked for.",
    "failed": "The model could not be asked.",
    "empty": "A question or the answer is empty.",
    "columns": "The line has more cells than the table has columns: a separator in a text takes quotation marks around it.",
    "too-long": "A question, the answer or a quote is too long.",
    "control-characters": "There are control characters or characters that can't be seen in it.",
    "no-support": "Nothing is quoted that bears the answer out.",
    "unsupported-quote": "What is quoted does not stand in the page.",
    "one-page": "What is quoted stands in one page alone.",
    "other-number": "A number in the answer stands neither in the excerpts nor in the question.",
    "not-negative": "The answer does not say no.",
    "not-missing": "What is said to be missing occurs in the manual.",
    "not-asked-for": "What is said to be missing is not what the question or the answer speaks of.",
}
"""Why a row is set aside, in words."""
