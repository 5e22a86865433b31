"""Where answers come from: runs, and transcripts that were recorded by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kotae.errors import TranscriptError
from kotae.evaluation.folder import ANSWERED, is_run, open_run
from kotae.evaluation.metrics import Answer
from kotae.evaluation.questions import EvaluationError, Question
from kotae.evaluation.votes import comparisons_in, vote_of
from kotae.evaluation.words import normalised
from kotae.transcripts.read import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kotae.conversation import Conversation, Turn
    from kotae.evaluation.statistics import Comparison


@dataclass(frozen=True, slots=True)
class Found:
    """What sources hold."""

    answers: list[Answer]
    votes: list[Comparison]
    """What readers said of pairs of these answers."""


def answers_in(sources: Iterable[Path], known: Sequence[Question] = ()) -> list[Answer]:
    """As `found_in`, the answers alone."""
    return found_in(sources, known).answers


def found_in(sources: Iterable[Path], known: Sequence[Question] = ()) -> Found:
    """The answers in runs, transcripts, and folders of transcripts, and the votes on them.

    Of a run each backend's last answer to a question counts, of a conversation each backend's last answer to the question at a
    place. Runs that have a backend's answer to the same question twice can't be told apart, and are refused.

    Args:
        known: questions with references and pages, for what was asked by hand; they are matched by their wording.

    Raises:
        EvaluationError: there is no answer, or a source is neither a run nor a transcript.
        TranscriptError: a transcript can't be read.
    """
    pairs: list[tuple[Answer, Conversation]] = []
    for source in sources:
        pairs += open_run(source).recorded() if is_run(source) else _recorded(source, known)
    found = [answer for answer, _ in pairs]
    seen: set[tuple[str, str]] = set()
    for answer in found:
        key = answer.question.id, answer.turn.backend
        if key in seen:
            raise EvaluationError(
                f"{answer.turn.backend} answers question {answer.question.id!r} in two of the sources.",
                "Score them one by one, or compare them with `kotae eval diff`.",
            )
        seen.add(key)
    if not found:
        raise EvaluationError("There is no answer to score.", "Name a run, or transcripts with answers.")
    questions = {answer.turn.id: answer.question.id for answer in found}
    conversations = {id(conversation): conversation for _, conversation in pairs}.values()
    votes = [vote for conversation in conversations for vote in comparisons_in(conversation, questions)]
    return Found(found, votes)


def _recorded(source: Path, known: Sequence[Question]) -> Iterator[tuple[Answer, Conversation]]:
    by_words = {normalised(question.question): question for question in known}
    for path in _transcripts(source):
        try:
            conversation = read(path)
        except TranscriptError:
            if path == source:
                raise
            continue  # a folder may hold anything
        for answer in _answers(conversation, by_words):
            yield answer, conversation


def _transcripts(source: Path) -> list[Path]:
    if source.is_dir():
        return sorted(path for path in source.glob("*.jsonl") if path.is_file())
    if not source.exists():
        raise EvaluationError(
            f"There is no {source}.", "Name a run, a transcript, or a folder of transcripts."
        )
    return [source]


def _answers(conversation: Conversation, known: dict[str, Question]) -> Iterator[Answer]:
    asked: dict[tuple[str | None, str], dict[str, Turn]] = {}
    for turn in conversation.turns.values():
        if turn.status in ANSWERED:
            asked.setdefault((turn.parent, turn.question), {})[turn.backend] = turn
    for place, ((parent, words), turns) in enumerate(asked.items(), 1):
        row = known.get(normalised(words)) or Question(id="", question=words)
        question = msgspec.structs.replace(
            row,
            id=f"{conversation.id}/{place}",
            question=words,
            history=conversation.history(parent),
        )
        for turn in turns.values():
            yield Answer(question, turn, vote_of(conversation, turn.id))
