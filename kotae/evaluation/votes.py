"""What readers' votes say: comparisons out of transcripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kotae.evaluation.metrics import Answer
from kotae.evaluation.statistics import Comparison


def comparisons_in(sources: Iterable[Path], answers: Sequence[Answer]) -> list[Comparison]:
    """The votes in transcripts, pair by pair."""
    del sources, answers
    return []
