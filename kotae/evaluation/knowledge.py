"""Metrics of knowledge: is what the answer says right, as far as words tell?"""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from kotae.claims import refuses
from kotae.evaluation.metrics import Answer, Metric, Score, per_answer
from kotae.evaluation.words import normalised, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sacrebleu.metrics.base import Metric as SacreMetric

    from kotae.language import Language


def metrics() -> list[Metric]:
    """All of them."""
    return [
        per_answer("exact_match", "knowledge", exact_match),
        per_answer("normalised_match", "knowledge", normalised_match),
        per_answer("must_include", "knowledge", must_include),
        per_answer("must_not_include", "knowledge", must_not_include),
        per_answer("token_f1", "knowledge", token_f1),
        per_answer("chrf", "knowledge", chrf),
        per_answer("bleu", "knowledge", bleu),
        per_answer("rouge_l", "knowledge", rouge_l),
        per_answer("refusal", "knowledge", refusal),
        per_answer("needless_refusal", "knowledge", needless_refusal, higher_is_better=False),
    ]


def exact_match(answer: Answer) -> Score:
    """Whether the answer is the reference word for word, white space at the ends aside."""
    reference = answer.question.reference
    return float(answer.text.strip() == reference.strip()) if reference else None


def normalised_match(answer: Answer) -> Score:
    """Whether the answer is the reference, case, width, punctuation and English articles aside."""
    reference = answer.question.reference
    return float(normalised(answer.text) == normalised(reference)) if reference else None


def must_include(answer: Answer) -> Score:
    """The share of what the answer has to say that it says, in one of the wordings given."""
    wanted = answer.question.must_include
    if not wanted:
        return None
    return sum(_says_one(answer.text, one) for one in wanted) / len(wanted)


def must_not_include(answer: Answer) -> Score:
    """Whether the answer says nothing of what it must not say."""
    unwanted = answer.question.must_not_include
    if not unwanted:
        return None
    return float(not any(_says_one(answer.text, one) for one in unwanted))


def _says_one(text: str, wordings: str) -> bool:
    said = normalised(text)
    return any(_says(said, normalised(way)) or _shows(text, way) for way in wordings.split("|"))


def _shows(text: str, way: str) -> bool:
    """Signs without a word, such as `→`, which normalising takes away."""
    return bool(way.strip()) and not normalised(way) and way.strip() in text


def _says(said: str, way: str) -> bool:
    """Whether `way` stands in `said`, both normalised, and not as part of a longer word or number."""
    start = said.find(way) if way else -1
    while start >= 0:
        end = start + len(way)
        if not _one_word(said, start) and not _one_word(said, end):
            return True
        start = said.find(way, start + 1)
    return False


def _one_word(text: str, edge: int) -> bool:
    """Whether what stands before and after an edge belongs together. Japanese has no spaces to tell by: there any edge will do."""
    before, after = text[max(0, edge - 1) : edge], text[edge : edge + 1]
    if before in ("-", ".") or after in (
        "%",
        ".",
    ):  # normalising keeps these in numbers alone: -3, 1.5 and 50% are others than 3
        return True
    return _spaced(before) and _spaced(after)


def _spaced(char: str) -> bool:
    """Whether words of such letters, or numbers, stand between spaces."""
    return char.isalnum() and unicodedata.east_asian_width(char) not in "WF"


def token_f1(answer: Answer) -> Score:
    """The harmonic mean of precision and recall over words, as SQuAD's scorer has it (Rajpurkar et al. 2016)."""
    question = answer.question
    if not question.reference:
        return None
    said = Counter(words(answer.text, question.language))
    meant = Counter(words(question.reference, question.language))
    shared = sum((said & meant).values())
    return 2 * shared / (said.total() + meant.total()) if shared else 0.0


def chrf(answer: Answer) -> Score:
    """Character n-gram F-score, chrF2 (Popović 2015), by sacrebleu; 0 to 1."""
    return _sacre(answer, _chrf())


def bleu(answer: Answer) -> Score:
    """BLEU of the sentence (Papineni et al. 2002; effective order, exponential smoothing) by sacrebleu, Japanese by MeCab."""
    return _sacre(answer, _bleu(answer.question.language))


def _sacre(answer: Answer, metric: SacreMetric) -> Score:
    reference = answer.question.reference
    return metric.sentence_score(answer.text, [reference]).score / 100 if reference else None


@cache
def _chrf() -> SacreMetric:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()


@cache
def _bleu(lang: Language) -> SacreMetric:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(tokenize="ja-mecab" if lang == "ja" else "13a", effective_order=True)


def rouge_l(answer: Answer) -> Score:
    """F-measure of the longest common subsequence of words, ROUGE-L (Lin 2004), as rouge_score computes it; Japanese by MeCab."""
    question = answer.question
    if not question.reference:
        return None
    scored = _rouge(question.language).score(question.reference, answer.text)
    return float(scored["rougeL"].fmeasure)


class _Japanese:
    """The interface that rouge_score's tokenizers have."""

    def tokenize(self, text: str) -> Sequence[str]:
        return words(text, "ja")


@cache
def _rouge(lang: Language) -> Any:
    from rouge_score_rs.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], use_stemmer=lang == "en", tokenizer=_Japanese() if lang == "ja" else None)


def refusal(answer: Answer) -> Score:
    """Of questions that the manual does not answer: whether the answer says so."""
    return float(refuses(answer.text)) if answer.question.unanswerable else None


def needless_refusal(answer: Answer) -> Score:
    """Of questions that the manual answers: whether the answer says that it does not."""
    return None if answer.question.unanswerable else float(refuses(answer.text))
