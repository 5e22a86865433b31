"""The bundled metrics, registered through the hook that third parties use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kotae import hookimpl
from kotae.evaluation.metrics import Answer, Metric, Score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kotae.settings import Settings


@hookimpl
def register_metrics(settings: Settings) -> list[Metric]:
    """Knowledge, form, retrieval, grounding and effort."""
    from kotae.evaluation import effort, form, grounding, knowledge

    return [
        *knowledge.metrics(),
        similarity(settings.retrieval.encoder),
        *form.metrics(),
        *grounding.metrics(),
        *effort.metrics(),
    ]


def similarity(encoder: str) -> Metric:
    """How near answer and reference are in meaning, as far as an encoder tells.

    Args:
        encoder: a sentence-transformers model; empty: the embedded one, which reads no Japanese.
    """

    async def score(answers: Sequence[Answer]) -> list[Score]:
        from backends.retrieval.client import RetrievalClient

        meant = [place for place, answer in enumerate(answers) if answer.question.reference]
        scores: list[Score] = [None] * len(answers)
        if not meant:
            return scores
        pairs = [(answers[place].text, answers[place].question.reference) for place in meant]
        client = RetrievalClient()
        try:
            for place, found in zip(meant, await client.similarities(pairs, encoder), strict=True):
                scores[place] = found
        finally:
            await client.aclose()
        return scores

    about = "Cosine of the vectors of answer and reference; none where the encoder can't read the language."
    return Metric(name="similarity", group="knowledge", score=score, about=about)
