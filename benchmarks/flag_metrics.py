"""How well flags tell what people marked: by answer, by sentence, by character, and whether scores are probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from kotae.claims import claims

THRESHOLD = 0.5
_BINS = 10
GROUPS = {
    "begin_wow, begin_cmu, begin_tc, faithdial_audit": (
        "begin_wow",
        "begin_cmu",
        "begin_tc",
        "faithdial_audit",
    ),
    "jhars, jnli, jsick": ("jhars", "jnli", "jsick"),
}


@dataclass(frozen=True)
class Span:
    """A flag: offsets in the answer, and its score."""

    start: int
    end: int
    score: float


@dataclass(frozen=True)
class Judged:
    """A row of a set, with all flags down to a score of nearly 0."""

    row: dict[str, Any]
    spans: Sequence[Span]

    @property
    def score(self) -> float:
        """The highest flag's."""
        return max((span.score for span in self.spans), default=0.0)


@dataclass(frozen=True)
class Response:
    """Answers with something unsupported told from the others."""

    answers: int
    balanced_accuracy: float
    """At the threshold, percent."""
    auroc: float
    """Of the highest score, percent."""
    threshold: float
    """The set's own best one."""
    best: float
    """Balanced accuracy there."""


def response(judged: Sequence[Judged]) -> Response:
    """By answer."""
    labels = np.array([item.row["label"] for item in judged])
    scores = np.array([item.score for item in judged])
    every = {float(at): _balanced(labels, scores >= at) for at in np.linspace(0.05, 0.95, 91)}
    best = max(every, key=lambda at: every[at])
    return Response(
        len(judged),
        100 * _balanced(labels, scores >= THRESHOLD),
        100 * roc_auc_score(labels, scores),
        best,
        100 * every[best],
    )


def sentences(judged: Sequence[Judged]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each claim whether people marked anything in it (or, without spans, the answer), and its highest flag's score."""
    labels, scores = [], []
    for item in judged:
        for claim in claims(item.row["answer"]):
            spans = item.row["spans"]
            label = item.row["label"]
            if spans is not None:
                label = int(any(start < claim.end and claim.start < end for start, end, _ in spans))
            labels.append(label)
            scores.append(
                max(
                    (span.score for span in item.spans if span.start < claim.end and claim.start < span.end),
                    default=0.0,
                )
            )
    return np.array(labels), np.array(scores)


def recall_at(labels: NDArray[np.int64], scores: NDArray[np.float64], false_positives: float) -> float:
    """The share of positives found when so many negatives are flagged, 0..1."""
    limit = np.quantile(scores[labels == 0], 1 - false_positives)
    return float((scores[labels == 1] > limit).mean())


def character_f1(judged: Sequence[Judged]) -> float:
    """F1 over the characters of all answers, percent, of the flags at the threshold."""
    hit = marked = gold = 0
    for item in judged:
        ours: set[int] = set()
        theirs: set[int] = set()
        for span in item.spans:
            if span.score >= THRESHOLD:
                ours.update(range(span.start, span.end))
        for start, end, _ in item.row["spans"]:
            theirs.update(range(start, end))
        hit, marked, gold = hit + len(ours & theirs), marked + len(ours), gold + len(theirs)
    return 200 * hit / max(1, marked + gold)


def calibration(judged: Sequence[Judged]) -> list[tuple[float, float, int]]:
    """For claims by score in tenths: mean score, share that is unsupported, how many."""
    labels, scores = sentences(judged)
    found = []
    for low in np.arange(_BINS) / _BINS:
        inside = (scores >= low) & (scores < low + 1 / _BINS) & (scores > 0)
        if inside.any():
            found.append((float(scores[inside].mean()), float(labels[inside].mean()), int(inside.sum())))
    return found


def report(judged: Sequence[Judged]) -> None:
    """Prints the tables of `RESULTS.md`."""
    sets: dict[str, list[Judged]] = {}
    for item in judged:
        sets.setdefault(item.row["set"], []).append(item)
    found = {name: response(items) for name, items in sets.items()}
    print(
        "| set | answers | balanced accuracy | AUROC | best threshold, accuracy there |\n| --- | --: | --: | --: | --- |"
    )
    for name, one in found.items():
        print(
            f"| {name} | {one.answers} | {one.balanced_accuracy:.1f} | {one.auroc:.1f} | {one.threshold:.2f}, {one.best:.1f} |"
        )
    for name, members in GROUPS.items():
        there = [found[member] for member in members if member in found]
        if len(there) == len(members):
            accuracy = sum(one.balanced_accuracy for one in there) / len(there)
            print(
                f"| mean of {name} | | {accuracy:.1f} | {sum(one.auroc for one in there) / len(there):.1f} | |"
            )
    print(
        "\n| set | sentence AUROC | sentences found at 10 % false alarms | character F1 |\n| --- | --: | --: | --: |"
    )
    for name, items in sets.items():
        if items[0].row["spans"] is not None:
            labels, scores = sentences(items)
            auroc, found_ = 100 * roc_auc_score(labels, scores), recall_at(labels, scores, 0.1)
            print(f"| {name} | {auroc:.1f} | {found_:.2f} | {character_f1(items):.1f} |")
    print("\n| mean score | unsupported | claims |\n| --: | --: | --: |")
    for mean, share, count in calibration(judged):
        print(f"| {mean:.2f} | {share:.2f} | {count} |")


def draw_calibration(judged: Sequence[Judged], path: Path) -> None:
    """A reliability diagram as SVG, drawn by matplotlib."""
    from matplotlib import pyplot

    points = calibration(judged)
    figure, axes = pyplot.subplots(figsize=(4.5, 4.5))
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot([mean for mean, _, _ in points], [share for _, share, _ in points], marker="o")
    axes.set(xlabel="score", ylabel="share of claims that are unsupported", xlim=(0, 1), ylim=(0, 1))
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def _balanced(labels: NDArray[np.int64], flagged: NDArray[np.bool_]) -> float:
    return float((flagged[labels == 1].mean() + (~flagged[labels == 0]).mean()) / 2)
