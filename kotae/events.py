"""What a backend yields while it answers, and what a turn adds to that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kotae.conversation import Flag, Message, Passage, Rewrite, TokenUsage, Turn
from kotae.language import Language

FinishReason = Literal["stop", "length", "cancelled", "error"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Something long is under way before the answer: loading a model, building an index."""

    stage: str
    """A few words in English, such as `Building the index`."""
    done: int = 0
    total: int = 0
    """0 when the end is not known."""
    unit: str = ""
    """What is counted, such as `passages`; empty when a rate would mean nothing to a reader."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What the user should know beside the answer. It is said once a session, and is no part of the answer or the transcript."""

    text: str
    """One or two sentences in English."""
    ja: str = ""
    """The same in Japanese; empty: `text` serves."""

    def said_in(self, lang: Language) -> str:
        """The notice in a language."""
        return (self.ja if lang == "ja" else "") or self.text


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The query that is searched for. Comes before `Retrieved`."""

    rewrite: Rewrite


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages the answer is given, best first; `[1]` in the answer cites the first."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Prompted:
    """The exact messages that are sent."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """Text, as it arrives."""

    text: str


@dataclass(frozen=True, slots=True)
class Used:
    """Token counts and the model's name as the server says it."""

    usage: TokenUsage


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer has ended. Nothing but flags comes after it."""

    reason: FinishReason
    error: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """The pages of the manual that the question names, as they are sent along."""

    pages: tuple[Passage, ...]


BackendEvent = Progress | Notice | Rewritten | Retrieved | Prompted | Delta | Used | Finished
"""What `Backend.answer` yields."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The turn stands in the transcript; nothing has been sent yet."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Flagged:
    """All flags known so far; replaces those of an earlier `Flagged`."""

    flags: tuple[Flag, ...]
    groundedness: float | None
    note: str = ""
    """Why the answer could not be judged as it should be."""
    claims: int | None = None
    """How many claims were judged; None while the answer streams, and when nothing was."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The turn as the transcript has it. Always the last event of a turn."""

    turn: Turn


TurnEvent = Opened | Attached | BackendEvent | Flagged | Closed
"""What `kotae.turn.TurnRun` yields."""
