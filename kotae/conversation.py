"""A conversation as data: messages, passages, flags, turns, and the tree they form.

Everything here is frozen; a change makes a new value. A conversation is a tree: asking again adds a sibling turn with the
same parent, editing a question forks. What is shown is one branch of it, from the root to a head.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import msgspec

from kotae.language import Language
from kotae.preferences import Preference, with_vote

Role = Literal["system", "user", "assistant"]
FlagKind = Literal["unsupported", "contradicted", "number", "name"]
Status = Literal["open", "stop", "length", "cancelled", "error"]
Verdict = Literal["", "confirmed", "rejected"]
"""What a reader said of a flag; empty: nothing yet."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a chat model takes it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a manual that a search brought back."""

    id: str
    """Unique within its index."""
    document: str
    """The page's path within the manual, or the corpus row's id."""
    title: str
    """Heading path: page title, then the headings above the text, joined by ` › `."""
    text: str
    score: float = 0.0
    """Higher is better; comparable within one search only."""
    source: str = ""
    """The file it was read from; empty when there is none."""
    line: int = 0
    """First line of the text in `source`, from 1; 0 when unknown."""
    links: tuple[str, ...] = ()
    """The documents that its text refers to, as they are named in `document`."""
    found_by: str = ""
    """What was searched for to find it, where that was not the query itself: a part of it, or what another passage led to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A span of an answer that is suspected to be made up.

    `start` and `end` are offsets in code points of the answer; `score` is 0..1, higher is more suspect.
    """

    start: int
    end: int
    kind: FlagKind
    score: float
    reason: str
    evidence: Passage | None = None
    """The nearest passage, when there is one."""
    flagger: str = ""
    """Name of the plugin that raised it."""
    reason_ja: str = ""
    """`reason` in Japanese; empty: `reason` serves."""
    verdict: Verdict = ""
    """What the reader says of it; flaggers leave it empty."""
    remembered: bool = False
    """Whether the verdict was given before, to the same claim in another answer."""

    @property
    def place(self) -> tuple[int, int, str]:
        """What tells it from the other flags of its answer: two of one kind on one span are one."""
        return self.start, self.end, self.kind

    @property
    def counts(self) -> bool:
        """Whether it speaks against its claim: no reader has rejected it."""
        return self.verdict != "rejected"

    def said_in(self, lang: Language) -> str:
        """The reason in a language."""
        return (self.reason_ja if lang == "ja" else "") or self.reason

    def fits(self, answer: str) -> bool:
        """Whether it marks a part of `answer`."""
        return 0 <= self.start < self.end <= len(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """What was searched for in place of the question as typed."""

    query: str
    """How it is written, `kotae.queries` says."""
    method: str
    """`as typed`, `edited`, or the rewriter: `carry-over`, `model: NAME`, a plugin's own name."""
    note: str = ""
    """Why, when something did not go as intended: which rewriter failed, and what was done instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """Tokens of one answer as the server counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    model: str = ""
    """The model's name as the server says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question and what one backend answered."""

    id: str
    question: str
    backend: str
    parent: str | None = None
    """The turn this one continues; None at the root."""
    started: str = ""
    """UTC, ISO 8601."""
    answer: str = ""
    status: Status = "open"
    error: str = ""
    hint: str = ""
    rewrite: Rewrite | None = None
    pages: tuple[Passage, ...] = ()
    """The manual's pages that the question names, cut as they were sent."""
    passages: tuple[Passage, ...] = ()
    prompt: tuple[Message, ...] = ()
    """The exact messages that were sent."""
    usage: TokenUsage | None = None
    first_token: float | None = None
    """Seconds from asking to the first token; None when none came."""
    total: float | None = None
    """Seconds from asking to the last token; None while open."""
    cost: float | None = None
    """In the currency of the settings' prices; None when no price is set."""
    flags: tuple[Flag, ...] = ()
    groundedness: float | None = None
    """Share of the answer's claims that no flag touches, 0..1; None when nothing was judged. Rejected flags touch nothing."""
    claims: int | None = None
    """How many claims of the answer were judged; None when nothing was, or by a version that did not count."""

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Turn:
        """From `to_dict`'s data; fields of later versions are passed over.

        Raises:
            msgspec.ValidationError: a field has the wrong type or is missing.
        """
        return msgspec.convert(data, cls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A tree of turns and the head of the branch on view."""

    id: str
    created: str = ""
    title: str = ""
    turns: Mapping[str, Turn] = field(default_factory=dict)
    """By id, in the order in which they were opened."""
    head: str | None = None
    pinned: bool = False
    """Whether it stands at the top of the list of conversations."""
    preferences: tuple[Preference, ...] = ()
    """What the reader thinks of answers to the same question, the latest vote last."""

    def with_turn(self, turn: Turn) -> Conversation:
        """With `turn` added or replaced, and made the head."""
        return replace(self, turns={**self.turns, turn.id: turn}, head=turn.id)

    def with_preference(self, vote: Preference) -> Conversation:
        """With a vote, in place of an earlier one on the same turns.

        The head moves to the turn that the vote goes on from, unless the conversation has gone on after these turns already.
        """
        head = vote.goes_on if self.head in vote.turns and vote.goes_on in self.turns else self.head
        return replace(self, preferences=with_vote(self.preferences, vote), head=head)

    def branch(self, head: str | None = None) -> list[Turn]:
        """The turns from the root to `head` (default: the conversation's head)."""
        path = list(self._upward(self.head if head is None else head))
        path.reverse()
        return path

    def history(self, head: str | None) -> tuple[Message, ...]:
        """What a model is told of the branch that ends with turn `head`; nothing for None.

        A turn without an answer (failed, or stopped before its first token) is left out: chat templates want questions and
        answers to alternate.
        """
        if head is None:
            return ()
        messages: list[Message] = []
        for turn in self.branch(head):
            if turn.answer:
                messages += (Message("user", turn.question), Message("assistant", turn.answer))
        return tuple(messages)

    def siblings(self, turn_id: str) -> list[Turn]:
        """All turns with the same parent as `turn_id`, itself included, in the order in which they were opened."""
        parent = self.turns[turn_id].parent
        return [turn for turn in self.turns.values() if turn.parent == parent]

    def _upward(self, turn_id: str | None) -> Iterator[Turn]:
        seen: set[str] = set()
        while turn_id is not None and turn_id in self.turns and turn_id not in seen:
            seen.add(turn_id)
            turn = self.turns[turn_id]
            yield turn
            turn_id = turn.parent
