"""The page: what is shown of an evaluation, and how it is put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kotae.accents import COUNT, ON_DARK, ON_LIGHT, accents
from kotae.citations import cited
from kotae.evaluation.form import faults
from kotae.evaluation.report import charts
from kotae.evaluation.report.spans import pieces
from kotae.evaluation.report.words import WORDS
from kotae.evaluation.scoring import ALL
from kotae.evaluation.tables import GROUPS
from kotae.html_page import render

if TYPE_CHECKING:
    from kotae.evaluation.manifest import RunManifest
    from kotae.evaluation.metrics import Answer
    from kotae.evaluation.scoring import Scores
    from kotae.evaluation.verdict import Verdict
    from kotae.language import Language

_HERE = Path(__file__).parent
_CHARTED = (
    "similarity",
    "token_f1",
    "groundedness",
    "must_include",
    "refusal",
    "needless_refusal",
    "form",
    "all_pages",
)
"""The shares that are drawn, in this order, as far as they apply."""


def page(
    scores: Scores,
    verdict: Verdict,
    *,
    title: str,
    manifests: Sequence[RunManifest] = (),
    kinds: dict[str, str] | None = None,
    lang: Language = "en",
) -> str:
    """The report as HTML.

    Args:
        manifests: of the runs that were scored.
        kinds: the backends' kinds, for their colours.
    """
    names = accents(verdict.backends, kinds or {})
    places = {backend: int(accent.rpartition("-")[2]) for backend, accent in names.items()}
    drawn = [charts.colour(places[backend]) for backend in verdict.backends]
    shares = {metric.name: metric for metric in verdict.metrics if metric.share}
    charted = [shares[name] for name in _CHARTED if name in shares]
    charted += [m for m in shares.values() if m.group == "people"]
    return render(
        _HERE,
        words=WORDS[lang],
        lang=lang,
        title=title,
        verdict=verdict,
        groups=GROUPS,
        places=places,
        colours=[(n, ON_LIGHT[n - 1], ON_DARK[n - 1]) for n in range(1, COUNT + 1)],
        overview=charts.means(verdict, charted, drawn),
        by_type=[(m, svg) for m in charted[:4] if (svg := charts.by_type(verdict, m, drawn))],
        questions=_questions(scores, verdict),
        manifests=manifests,
        apart=lambda metric, kind=ALL: _apart(verdict, metric, kind),
        number=_number,
    )


def _questions(scores: Scores, verdict: Verdict) -> list[dict[str, Any]]:
    by_question: dict[str, list[Answer]] = {}
    for answer in scores.answers:
        by_question.setdefault(answer.question.id, []).append(answer)
    return [
        {
            "question": answers[0].question,
            "answers": [_answer(scores, verdict, answer) for answer in answers],
        }
        for answers in by_question.values()
    ]


def _answer(scores: Scores, verdict: Verdict, answer: Answer) -> dict[str, Any]:
    key = answer.turn.backend, answer.question.id
    used = cited(answer.text)
    return {
        "turn": answer.turn,
        "pieces": pieces(answer.text, answer.turn.flags),
        "flagged": any(flag.counts for flag in answer.turn.flags),
        "faults": faults(answer),
        "passages": [
            (place, passage, place in used, passage.document in answer.question.pages)
            for place, passage in enumerate(answer.turn.passages, 1)
        ],
        "scores": [
            (metric, scores.values[metric.name][key])
            for metric in verdict.metrics
            if key in scores.values[metric.name] and metric.group != "retrieval"
        ],
    }


def _apart(verdict: Verdict, metric: str, kind: str) -> tuple[int, int]:
    """How many pairs of backends can be told apart, of how many."""
    pairs = [d for d in verdict.differences if (d.metric, d.type) == (metric, kind)]
    return sum(pair.distinguishable for pair in pairs), len(pairs)


def _number(value: float, metric: Any) -> str:
    return f"{100 * value:.0f}%" if metric.share else f"{value:.3g}"
