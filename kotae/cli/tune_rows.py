"""The files that a job learns from: read, and refused where training on them would be in vain."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kotae.cli.tune_file import read_bytes
from kotae.errors import KotaeError
from kotae.plain import encodable
from kotae.tuning.jobs.record import Data, Method, digest
from kotae.tuning.lint.form import read
from kotae.tuning.rows import Row, text

if TYPE_CHECKING:
    from kotae.tuning.tokens import Tokenizer


_LEFT_OUT = {"bom", "blank"}
"""Faults of a file that nobody is sent: rows are read without them."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A file of rows that has the right form."""

    path: Path
    data: bytes
    rows: list[Row]
    about: Data

    @property
    def method(self) -> Method:
        """What rows of this kind are learnt by."""
        return "dpo" if self.rows[0].rejected else "supervised"

    @property
    def system_prompt(self) -> str:
        """The instruction that most of the rows begin with; empty when that is none."""
        return Counter(row.system for row in self.rows).most_common(1)[0][0]

    def chat(self) -> list[dict[str, Any]]:
        """The rows as messages in plain text."""
        return [
            {"messages": [{"role": m["role"], "content": text(m)} for m in row.messages]} for row in self.rows
        ]


def learnt(path: Path, tokenizer: Tokenizer, *, model: str, max_tokens: int, fewest: bool) -> Learnt:
    """The rows of a file.

    Args:
        max_tokens: that a row may have.
        fewest: whether there have to be as many as services ask for.

    Raises:
        KotaeError: it can't be read, or has faults for which it would be refused.
    """
    path = path.expanduser()
    data = read_bytes(path)
    found = read(data, tokenizer, max_tokens)
    passed = _LEFT_OUT if fewest else {*_LEFT_OUT, "few-rows"}
    faults = [
        finding for finding in found.findings if finding.severity == "error" and finding.code not in passed
    ]
    if faults or not found.rows:
        codes = ", ".join(dict.fromkeys(finding.code for finding in faults)) or "it has no rows"
        raise KotaeError(
            f"{path} would be refused: {codes}.",
            f"`kotae tune lint {path} --model {model} --checks format` says where and what to do.",
        )
    about = Data(
        name=encodable(path.name),
        path=encodable(str(path.absolute())),
        sha256=digest(data),
        rows=len(found.rows),
        tokens=found.tokens,
    )
    return Learnt(path, data, found.rows, about)


def both(
    file: Path, test: Path | None, tokenizer: Tokenizer, *, model: str, max_tokens: int, fewest: bool
) -> tuple[Learnt, Learnt | None]:
    """The rows to train on, and those to test with. Raises KotaeError as `learnt`, and where they don't go together."""
    training = learnt(file, tokenizer, model=model, max_tokens=max_tokens, fewest=fewest)
    if test is None:
        return training, None
    held_out = learnt(test, tokenizer, model=model, max_tokens=max_tokens, fewest=False)
    if held_out.about.sha256 == training.about.sha256:
        raise KotaeError(
            "The rows to test with are those to train on.",
            f"Divide them: `kotae tune split {file} --out DIR`.",
        )
    if held_out.method != training.method:
        raise KotaeError(
            f"{held_out.path} has rows of another kind than {training.path}.", "Name one of the same kind."
        )
    return training, held_out
