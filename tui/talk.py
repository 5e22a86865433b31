"""What a talk needs beside the conversation: where it stands in the prepared questions, how it is shown, where pictures go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from kotae.script import Step


class Talk(msgspec.Struct, frozen=True):
    """As the command line asks for it."""

    steps: tuple[Step, ...] = ()
    """The prepared questions."""
    present: bool = False
    """Whether to start in presentation mode."""
    screenshots: Path | None = None
    """Folder for screenshots; None: the pictures folder."""


class Prompter:
    """Goes through prepared steps: one at a time stands in the prompt, until it is sent."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        self.place = 0
        """The step that comes next, or stands in the prompt; the number of steps when all were sent."""
        self.standing = False
        """Whether it stands in the prompt."""

    @property
    def step(self) -> Step | None:
        """The step at `place`; None when all were sent."""
        return self.steps[self.place] if self.place < len(self.steps) else None

    def put(self) -> Step | None:
        """The step to put into the prompt; None when all were sent."""
        self.standing = self.step is not None
        return self.step

    def sent(self) -> None:
        """What stood in the prompt was sent."""
        self.place += self.standing
        self.standing = False

    def back(self) -> Step | None:
        """The step before, to put into the prompt; None at the first one."""
        if self.place == 0:
            return None
        self.place -= 1
        return self.put()
