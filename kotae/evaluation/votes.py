"""What readers' votes say: comparisons out of transcripts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kotae.evaluation.statistics import Comparison, Standing, standings


def standings_in(sources: Iterable[Path]) -> list[Standing]:
    """Where the votes in transcripts leave each backend."""
    return standings(list(comparisons_in(sources)))


def comparisons_in(sources: Iterable[Path]) -> Iterable[Comparison]:
    """The votes in transcripts, pair by pair."""
    del sources
    return ()
