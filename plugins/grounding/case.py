"""What the process that judges is asked about one claim, and what it answers."""

from __future__ import annotations

import msgspec

from kotae.conversation import Flag, Passage


class Case(msgspec.Struct, frozen=True):
    """A claim with its evidence."""

    text: str
    """As the answer has it."""
    plain: str
    """The same with the markup blanked."""
    asks: bool
    """Whether it is a question."""
    said: tuple[str, ...]
    """What the user said, the question first."""
    passages: tuple[Passage, ...]
    whole_manual: bool = False
    """Whether the passages are what a search of the whole manual found."""
    absent: tuple[str, ...] | None = None
    """The content words of the claim that no page of the manual has; None: there is no manual, or it can't tell."""
    reach: float = 1.0
    """How much it says that no page has a word, 0..1."""
    about: tuple[Passage, ...] = ()
    """What the manual has about the question, where that asks how something is done."""
    asked_absent: tuple[str, ...] | None = None
    """The content words of that question that no page has; None: it asks for nothing of the kind."""
    unknown: tuple[str, ...] | None = None
    """Of the names and numbers that the evidence lacks, those that the manual lacks too; None: it wasn't asked."""


class Name(msgspec.Struct, frozen=True):
    """A name that the evidence lacks."""

    text: str
    whole: bool
    """Whether it is known only as a whole, as codes are."""


class Finding(msgspec.Struct, frozen=True):
    """What became of a case."""

    flags: tuple[Flag, ...]
    """With offsets from the claim's start, and without their evidence, which whoever asked has."""
    evidence: tuple[int | None, ...]
    """For each flag, which of the case's passages is nearest, those about the question counted after the others."""
    names: tuple[Name, ...]
    numbers: tuple[str, ...] = ()
    """The values that the evidence has nowhere."""
