"""What was asked in earlier conversations, newest first among files, without reading what was answered."""

from __future__ import annotations

from pathlib import Path

import msgspec

FILES = 30
"""Transcripts that are looked into."""
BYTES = 4 << 20
"""Of each, at most so much of its end."""
_LONGEST = 20_000
"""Characters of a question that is worth recalling."""


class _Asked(msgspec.Struct):
    question: str
    type: str = ""


def earlier_questions(folder: Path, most: int = 500) -> list[str]:
    """The last `most` questions of the transcripts in `folder`, oldest first, each once. What can't be read is passed over."""
    found: dict[str, None] = {}
    for path in _newest(folder):
        for question in reversed(_questions(path)):
            if len(found) >= most:
                break
            found.setdefault(question)
    return list(reversed(found))


def _newest(folder: Path) -> list[Path]:
    dated = []
    for path in folder.glob("*.jsonl") if folder.is_dir() else ():
        try:
            dated.append((path.stat().st_mtime, path))
        except OSError:
            continue
    return [path for _, path in sorted(dated, reverse=True)[:FILES]]


def _questions(path: Path) -> list[str]:
    decoder = msgspec.json.Decoder(_Asked)
    questions = []
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - BYTES))
            for line in file.read(BYTES).split(b"\n"):
                if b'"type":"turn"' in line[:40]:
                    try:
                        asked = decoder.decode(line)
                    except (msgspec.MsgspecError, UnicodeDecodeError):
                        continue
                    if asked.type == "turn" and 0 < len(asked.question) <= _LONGEST:
                        questions.append(asked.question)
    except OSError:
        return []
    return questions
