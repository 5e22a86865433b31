"""Trains `plugins/grounding/flagger.json`: `python -m benchmarks.train_flagger DATA READINGS [--check]`.

DATA has a file a set, `NAME.jsonl` of rows {id, lang, context, question, answer, label, spans, group}: label 1 has something the
context does not support, `spans` says where ([start, end, kind]) or is null, and rows of one `group` share their source. READINGS
is what `benchmarks.train_reader` wrote: what readers make of each claim that have seen nothing of its source. LightGBM is needed
for training alone. `--check` also reports what five-fold cross-validation by source says, and draws the calibration.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import flag_metrics, readings
from benchmarks.boosted import as_arrays
from benchmarks.readings import Key
from kotae.claims import Claim, claims_and_questions
from kotae.conversation import Passage
from plugins.grounding import clauses, features, flags, model
from plugins.grounding.evidence import gather
from plugins.grounding.judge import ASKED, worth_asking
from plugins.grounding.languages import is_japanese
from plugins.grounding.reader import Read
from plugins.grounding.text import normalise

FOLDS = 5
ROUNDS = 400
CLAUSE_ROUNDS = 200
TREES = {
    "objective": "binary",
    "learning_rate": 0.035,
    "num_leaves": 16,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbose": -1,
    "seed": 7,
    "deterministic": True,
    "num_threads": 1,
}
CLAUSE_TREES = TREES | {
    "learning_rate": 0.05,
    "num_leaves": 10,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.5,
}
MORE_SUPPORT = (
    "near", "known", "sentence", "sentence_rare", "sentences_", "gram", "letters", "run", "back", "pairs", "together",
    "kanji_", "record_agrees",
)  # fmt: skip
LESS_SUPPORT = (
    "new", "far", "numbers_", "names_", "capitals_unknown", "conflict", "slot_number", "slot_code", "slot_person",
    "slot_proper", "slots_wrong", "read", "record_denied", "record_affirmed", "record_empty", "record_hours", "record_days",
    "clause_", "clauses_bad",
)  # fmt: skip
"""How features begin of which more can only lower the suspicion, and those of which more can only raise it. The sets have places
where chance says otherwise; without this, a claim with not a word in the evidence was less suspect than one with some."""
LEAST_BLAME = 0.1
SHARE = {"halueval_qa": 0.4, "mtrag_human": 0.6}
"""How much a set counts beside the others: the first is made by a machine and easy to overfit, the second is small and mixed."""
PRIOR = {
    "ragtruth_qa": 0.28,
    "ragtruth_summary": 0.29,
    "ragtruth_data2txt": 0.1,
    "wice": 0.22,
    "begin_wow": 0.57,
    "begin_cmu": 0.8,
    "begin_tc": 0.34,
    "faithdial_audit": 0.06,
    "halueval_qa": 0.88,
    "mtrag_human": 0.06,
    "jhars": 0.9,
    "jnli": 0.42,
    "jsick": 0.29,
}
"""The share of unsupported claims that each set is weighted to. With these, one threshold serves answers of many claims, of which
one is enough, and single sentences: each set's own best threshold lies near 0.5 in cross-validation. They weight the training
rows and are not seen by the model, which knows no set's name."""


@dataclass
class Piece:
    """A claim or question of a row."""

    row: int
    claim: Claim
    asks: bool
    values: dict[str, float]
    label: int
    rules: float
    """The highest score of what is wrong word by word."""
    clauses: list[tuple[int, int, float, dict[str, float]]] = field(default_factory=list)
    """Start and end in the answer, the share of it that people marked, and what was measured."""


@dataclass
class Data:
    """All rows, and what was measured of their claims."""

    rows: list[dict[str, Any]]
    pieces: list[Piece]

    @cached_property
    def taught(self) -> NDArray[np.bool_]:
        """Which pieces the trees learn from: all but questions that say nothing."""
        return np.array([not piece.asks or worth_asking(piece.values) for piece in self.pieces])

    @cached_property
    def sets(self) -> NDArray[np.str_]:
        return np.array([self.rows[piece.row]["set"] for piece in self.pieces])

    @cached_property
    def folds(self) -> NDArray[np.int64]:
        return np.array([zlib.crc32(self.rows[p.row]["group"].encode()) % FOLDS for p in self.pieces])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("readings", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--plot", type=Path, help="where `--check` draws the calibration (SVG)")
    arguments = parser.parse_args()
    data = read(arguments.data, readings.load(arguments.readings))
    print(f"{len(data.rows)} answers, {len(data.pieces)} claims and questions", flush=True)
    if arguments.check:
        _check(data, arguments.plot)
    japanese = _japanese(data)
    names = sorted(data.pieces[0].values)
    clause_names = sorted(next(piece for piece in data.pieces if piece.clauses).clauses[0][3])
    everything = np.ones(len(data.pieces), dtype=np.bool_)
    weights = blamed(data)
    forests = {
        "en": _forest(data, everything & ~japanese, weights),
        "ja": _forest(data, everything & japanese, weights),
    }
    scores = _round(data, weights)  # a clause is judged beside what the claim gets, and that must be unseen
    learnt = {
        "features": names,
        "clause_features": clause_names,
        "forests": {name: as_arrays(forest.dump_model()["tree_info"]) for name, forest in forests.items()},
        "clauses": as_arrays(_clause_forest(data, scores, everything).dump_model()["tree_info"]),
    }
    model.FLAGGER.write_text(json.dumps(learnt, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{model.FLAGGER}: {model.FLAGGER.stat().st_size} bytes")


def read(folder: Path, readers: Callable[[Key], Read]) -> Data:
    """All sets of a folder, measured; `readers` gives what reads the claim of a key."""
    rows: list[dict[str, Any]] = []
    pieces: list[Piece] = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line) | {"set": file.stem}
            pieces += _measured(row, len(rows), readers)
            rows.append(row)
    return Data(rows, pieces)


def _measured(row: dict[str, Any], number: int, readers: Callable[[Key], Read]) -> list[Piece]:
    contexts = [row["context"]] if isinstance(row["context"], str) else row["context"]
    evidence = gather(
        [Passage(id=str(n), document="", title="", text=text) for n, text in enumerate(contexts, 1)]
    )
    user = features.said([normalise(row["question"]).text] if row["question"] else [])
    found: list[Piece] = []
    stated, asked = claims_and_questions(row["answer"])
    for claim, asks in [*((claim, False) for claim in stated), *((claim, True) for claim in asked)]:
        plain = normalise(claim.plain)
        text = normalise(claim.text).text
        measured = features.measure(
            text if len(text) == len(plain.text) else plain.text,
            plain.text,
            evidence,
            user,
            readers((row["set"], row["id"], claim.start)),
        )
        label = row["label"]
        parts = []
        if row["spans"] is not None:
            label = int(any(start < claim.end and claim.start < end for start, end, _ in row["spans"]))
            for part, values in zip(
                measured.clauses, clauses.measure(measured, plain.text, evidence), strict=True
            ):
                start, end = (claim.start + at for at in plain.span(part.start, part.end))
                marked = sum(max(0, min(end, b) - max(start, a)) for a, b, _ in row["spans"]) / (end - start)
                parts.append((start, end, marked, values))
        certain = flags.rules(measured, plain.text, evidence)
        found.append(Piece(number, claim, asks, measured.values, label, certain, parts))
    return found


def _japanese(data: Data) -> NDArray[np.bool_]:
    return np.array([is_japanese(piece.claim.plain) for piece in data.pieces])


def _matrix(data: Data) -> NDArray[np.float64]:
    names = sorted(data.pieces[0].values)
    return np.array([[piece.values[name] for name in names] for piece in data.pieces])


def _weights(data: Data) -> NDArray[np.float64]:
    """Each set counts as its share says, and its two labels as its prior says."""
    labels, sets = np.array([piece.label for piece in data.pieces]), data.sets
    weights = np.zeros(len(labels))
    for name in np.unique(sets):
        prior = PRIOR.get(name, 0.5)
        for label, share in ((1, prior), (0, 1 - prior)):
            chosen = (sets == name) & (labels == label) & data.taught
            weights[chosen] = SHARE.get(name, 1.0) * share / max(1, chosen.sum())
    found: NDArray[np.float64] = weights / weights[data.taught].mean()
    return found


def blamed(data: Data) -> NDArray[np.float64]:
    """How much each claim counts. A first round of trees says whom to blame."""
    return _blamed(data, _round(data, _weights(data)))


def _blamed(data: Data, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights, less for the claims of an unsupported answer that are less suspect than its worst, where people judged the
    answer as a whole: most of its claims may be true."""
    weights = _weights(data)
    for row, pieces in _by_row(data, scores):
        if row["label"] and row["spans"] is None:
            told = [(at, score) for at, _, score in pieces if data.taught[at]]
            worst = max((score for _, score in told), default=0.0)
            for at, score in told:
                weights[at] *= max(LEAST_BLAME, score / worst)
    return weights


def _forest(data: Data, chosen: NDArray[np.bool_], weights: NDArray[np.float64]) -> Any:
    import lightgbm

    chosen = chosen & data.taught
    labels = np.array([piece.label for piece in data.pieces])
    rows = lightgbm.Dataset(_matrix(data)[chosen], labels[chosen], weight=weights[chosen])
    constraints = [_direction(name) for name in sorted(data.pieces[0].values)]
    return lightgbm.train({**TREES, "monotone_constraints": constraints}, rows, ROUNDS)


def _direction(feature: str) -> int:
    """1 where more can only raise the suspicion, -1 where it can only lower it, else 0."""
    if feature == "running":  # a length
        return 0
    if feature.startswith(LESS_SUPPORT):
        return 1
    return -1 if feature.startswith(MORE_SUPPORT) and feature != "sentence_characters" else 0


def _cross_validated(data: Data) -> NDArray[np.float64]:
    """What a model says of each claim that has seen nothing of its source."""
    return _round(data, blamed(data))


def _round(data: Data, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    scores = np.zeros(len(data.pieces))
    matrix, japanese, folds = _matrix(data), _japanese(data), data.folds
    for fold in range(FOLDS):
        for language in (japanese, ~japanese):
            inside = language & (folds == fold)
            if inside.any():
                scores[inside] = _forest(data, language & (folds != fold), weights).predict(matrix[inside])
    return scores


def _settled(data: Data, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a claim's highest flag says, trees and rules together."""
    settled = [
        flags.settled(score, piece.values, piece.rules)
        for piece, score in zip(data.pieces, scores.tolist(), strict=True)
    ]
    return np.where(data.taught, settled, np.minimum(settled, ASKED))


def _clause_rows(data: Data, scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A row a clause of the sets with spans: what was measured and the claim's score; and the claim it is of."""
    names = sorted(next(piece for piece in data.pieces if piece.clauses).clauses[0][3])
    rows = [
        [*(values[name] for name in names), scores[at]]
        for at, piece in enumerate(data.pieces)
        for *_, values in piece.clauses
    ]
    return np.array(rows), np.repeat(
        np.arange(len(data.pieces)), [len(piece.clauses) for piece in data.pieces]
    )


def _clause_forest(data: Data, scores: NDArray[np.float64], chosen: NDArray[np.bool_]) -> Any:
    import lightgbm

    matrix, of = _clause_rows(data, scores)
    parts = [part for piece in data.pieces for part in piece.clauses]
    labels = np.array([part[2] > 0.5 for part in parts]).astype(int)
    weights = np.array([part[1] - part[0] for part in parts], dtype=float)
    sets = data.sets[of]
    for name in np.unique(sets):
        weights[sets == name] /= weights[sets == name].sum()
    inside = (chosen & data.taught)[of]
    rows = lightgbm.Dataset(matrix[inside], labels[inside], weight=(weights / weights.mean())[inside])
    return lightgbm.train(CLAUSE_TREES, rows, CLAUSE_ROUNDS)


def _check(data: Data, plot: Path | None) -> None:
    scores = _cross_validated(data)
    matrix, of = _clause_rows(data, scores)
    marks = np.zeros(len(of))
    for fold in range(FOLDS):
        inside = data.folds[of] == fold
        marks[inside] = _clause_forest(data, scores, data.folds != fold).predict(matrix[inside])
    judged = []
    for row, pieces in _by_row(data, _settled(data, scores)):
        spans = []
        for at, piece, score in pieces:
            chosen = [(piece.claim.start, piece.claim.end)]
            if piece.clauses and score >= flag_metrics.THRESHOLD:
                own = marks[of == at]
                least = min(model.MARKED, own.max())
                chosen = [part[:2] for part, mark in zip(piece.clauses, own, strict=True) if mark >= least]
            spans += [flag_metrics.Span(start, end, score) for start, end in chosen]
        judged.append(flag_metrics.Judged(row, spans))
    flag_metrics.report(judged)
    if plot:
        flag_metrics.draw_calibration(judged, plot)


def _by_row(
    data: Data, scores: NDArray[np.float64]
) -> list[tuple[dict[str, Any], Sequence[tuple[int, Piece, float]]]]:
    grouped: list[list[tuple[int, Piece, float]]] = [[] for _ in data.rows]
    for at, (piece, score) in enumerate(zip(data.pieces, scores, strict=True)):
        grouped[piece.row].append((at, piece, float(score)))
    return list(zip(data.rows, grouped, strict=True))


if __name__ == "__main__":
    main()
