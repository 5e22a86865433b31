"""Trains `backends/retrieval/ranker.json`: `python -m benchmarks.train_ranker DATA [--indexes DIR] [--check]`.

DATA has a folder a question set: `queries.jsonl` of {id, history, question}, `qrels.tsv`, and `corpus.jsonl.gz` of rows
{id, title, text} (a set without a corpus names another's in `CORPUS_OF`). The sample manual's questions are used besides.
LightGBM is needed for training alone. `--check` also reports what three-fold cross-validation says; questions that share a page
are in one fold.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import sample_manual
from backends.embedded import weights
from backends.retrieval import joining, ranking, signals, trees
from backends.retrieval.encoder import Encoder
from backends.retrieval.index import Index, open_index
from backends.retrieval.indexing import build
from backends.retrieval.rewriting import rewrite
from backends.retrieval.search import wants_encoder
from benchmarks.boosted import as_arrays
from benchmarks.retrieval_metrics import Scores, measure
from kotae.conversation import Message

CORPUS_OF = {"jaquad_mt": "jsquad", "jahop": "jsquad"}
SAMPLES = {
    "sample_en": lambda: sample_manual.folder("en"),
    "sample_ja": lambda: sample_manual.folder("ja"),
}
FOLDS = 3
SWITCHED = 0.25
"""Share of questions that are also asked after a conversation about something else; of the sample manual, all are."""
_ANSWER = 200
"""Characters of the answers in such a conversation."""
TREES = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 10,
    "learning_rate": 0.06,
    "num_leaves": 16,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbose": -1,
    "seed": 7,
    "deterministic": True,
    "num_threads": 1,
}
ROUNDS = 300


@dataclass
class Question:
    """A question with what is right, and its pool."""

    name: str
    id: str
    text: str
    history: list[Message]
    gold: set[str]
    fold: int = 0
    switched: bool = False
    pool: ranking.Pool | None = None
    documents: list[str] = field(default_factory=list)
    """Of the pool's passages."""
    wanted: NDArray[np.bool_] | None = None
    ignored: NDArray[np.bool_] | None = None


def main() -> None:
    """Train, and write the ranker."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--indexes", type=Path, default=Path("indexes"))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    names = [path.name for path in sorted(options.data.iterdir()) if (path / "queries.jsonl").is_file()]
    encoder = Encoder(weights.ensure(weights.MINILM, lambda *_: None, lambda: False), weights.MINILM.label)
    indexes = {
        name: _index(options.data, options.indexes, name, encoder)
        for name in dict.fromkeys(CORPUS_OF.get(name, name) for name in (*names, *SAMPLES))
    }
    questions: list[Question] = []
    for name in (*names, *SAMPLES):
        questions += read(options.data, name)
    questions += _switched(questions, indexes)
    vectors = _encoded(questions, indexes, encoder)
    linear = {True: np.zeros(len(signals.NAMES), np.float32), False: np.zeros(len(signals.NAMES), np.float32)}
    first_sight = _first_sight(questions, indexes, vectors)
    for has_vectors in (True, False):
        linear[has_vectors] = _linear([row for row in first_sight if row[2] == has_vectors])
    ranker = ranking.Ranker(linear[True], linear[False], _no_trees())
    for question in questions:
        _fill(question, indexes, vectors, ranker)
    if options.check:
        _check(questions)
    learnt = _trees([question for question in questions if question.pool is not None])
    data = {
        "features": [*signals.NAMES, *joining.NAMES],
        "linear": [round(float(value), 4) for value in linear[True]],
        "linear_words": [round(float(value), 4) for value in linear[False]],
        "trees": learnt,
    }
    ranking.RANKER.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{ranking.RANKER}: {len(learnt['column'])} trees, {ranking.RANKER.stat().st_size} bytes")


def read(data: Path, name: str) -> list[Question]:
    """The questions of a set; those without an answer are left out."""
    if name in SAMPLES:
        language = name.removeprefix("sample_")
        file = Path(sample_manual.__file__).with_name(f"questions.{language}.jsonl")
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        gold = {row["id"]: set(row["pages"]) for row in rows}
    else:
        folder = data / name
        rows = [
            json.loads(line) for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        gold = defaultdict(set)
        for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
            query, document, relevance = line.split("\t")
            if int(relevance) > 0:
                gold[query].add(document)
    questions = [
        Question(
            name,
            row["id"],
            row["question"],
            [Message(message["role"], message["content"]) for message in row["history"]],
            gold[row["id"]],
        )
        for row in rows
        if gold[row["id"]]
    ]
    _put_in_folds(questions)
    return questions


def _put_in_folds(questions: Sequence[Question]) -> None:
    """Questions that share a page are in one fold."""
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while above.setdefault(name, name) != name:
            name = above[name]
        return name

    for question in questions:
        first, *others = sorted(question.gold)
        for other in others:
            above[root(other)] = root(first)
    for question in questions:
        key = root(min(question.gold)).split("#")[0]
        question.fold = int(hashlib.sha256(key.encode()).hexdigest(), 16) % FOLDS


def _switched(questions: Sequence[Question], indexes: dict[str, Index]) -> list[Question]:
    """Questions without a history, asked after a conversation about something else in the same manual.

    What was answered there is made of the page that held the answer.
    """
    chance = random.Random(5)  # noqa: S311
    by_set: dict[tuple[str, int], list[Question]] = defaultdict(list)
    for question in questions:
        by_set[question.name, question.fold].append(question)
    texts = {name: _first_texts(index) for name, index in indexes.items()}
    found = []
    for question in questions:
        share = 1.0 if question.name in SAMPLES else SWITCHED
        if question.history or chance.random() > share:
            continue
        other = chance.choice(by_set[question.name, question.fold])
        if other.gold & question.gold:
            continue
        answer = texts[CORPUS_OF.get(question.name, question.name)].get(min(other.gold), "")
        talk = [*other.history, Message("user", other.text), Message("assistant", answer)]
        found.append(
            Question(
                question.name,
                question.id + "~",
                question.text,
                talk,
                question.gold,
                question.fold,
                switched=True,
            )
        )
    return found


def _first_texts(index: Index) -> dict[str, str]:
    """How each document begins."""
    found: dict[str, str] = {}
    for passage in index.passages:
        found.setdefault(passage.document, " ".join(passage.text.split())[:_ANSWER])
    return found


def _index(data: Path, indexes: Path, name: str, encoder: Encoder) -> Index:
    source = SAMPLES[name]() if name in SAMPLES else data / name / "corpus.jsonl.gz"
    build(source, indexes / name, encoder, lambda *_: None, lambda: False)
    return open_index(indexes / name)


def index_of(question: Question, indexes: dict[str, Index]) -> Index:
    """The index that a question is asked of."""
    return indexes[CORPUS_OF.get(question.name, question.name)]


def _query(question: Question) -> str:
    rewritten = rewrite(question.history, question.text)
    return rewritten.query if rewritten is not None else question.text


def _encoded(
    questions: Sequence[Question], indexes: dict[str, Index], encoder: Encoder
) -> dict[str, NDArray[np.float32]]:
    """The vectors of everything that will be asked."""
    texts: dict[str, None] = {}
    for question in questions:
        index = index_of(question, indexes)
        if wants_encoder(index, _query(question), encoder.reads):
            texts |= dict.fromkeys(signals.parse(index, _query(question), question.history).texts)
    every = sorted(texts, key=len)
    found: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(every), 256):
        batch = every[start : start + 256]
        found |= dict(zip(batch, encoder.encode(batch), strict=True))
    return found


def _encode(question: Question, index: Index, vectors: dict[str, NDArray[np.float32]]) -> Any:
    texts = signals.parse(index, _query(question), question.history).texts
    if index.vectors is None or any(text not in vectors for text in texts):
        return None
    return lambda wanted: np.stack([vectors[text] for text in wanted])


def _first_sight(
    questions: Sequence[Question], indexes: dict[str, Index], vectors: dict[str, NDArray[np.float32]]
) -> list[tuple[NDArray[np.float32], NDArray[np.bool_], bool, float]]:
    found = []
    weight = _weights(questions)
    for question in questions:
        index = index_of(question, indexes)
        seen = signals.Signals(
            index,
            signals.parse(index, _query(question), question.history),
            _encode(question, index, vectors),
        )
        passages = seen.first()
        wanted = np.array(
            [index.passages[int(at)].document in question.gold for at in passages], dtype=np.bool_
        )
        if wanted.any():
            found.append((seen.matrix(passages), wanted, seen.vectors is not None, weight[question.name]))
    return found


def _weights(questions: Sequence[Question]) -> dict[str, float]:
    """What a question of each set counts: sets count by the square root of their size."""
    sizes: dict[str, int] = defaultdict(int)
    for question in questions:
        sizes[question.name] += 1
    return {name: 10 / size**0.5 for name, size in sizes.items()}


def _linear(
    rows: Sequence[tuple[NDArray[np.float32], NDArray[np.bool_], bool, float]],
) -> NDArray[np.float32]:
    """Weights that make the passages wanted likely: the softmax over each pool, by maximum likelihood."""
    import torch

    torch.set_num_threads(1)
    matrix = torch.tensor(np.concatenate([row[0] for row in rows]))
    wanted = torch.tensor(np.concatenate([row[1] for row in rows]))
    of = torch.tensor(np.concatenate([np.full(len(row[1]), at) for at, row in enumerate(rows)]))
    weight = torch.tensor([row[3] for row in rows], dtype=torch.float32)
    linear = torch.zeros(matrix.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([linear], max_iter=60, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimiser.zero_grad()
        scores = matrix @ linear
        highest = torch.full((len(rows),), -1e9).scatter_reduce(0, of, scores.detach(), "amax")
        likely = torch.exp(scores - highest[of])
        every = torch.zeros(len(rows)).index_add(0, of, likely)
        right = torch.zeros(len(rows)).index_add(0, of[wanted], likely[wanted])
        lost = -(weight * (torch.log(right + 1e-12) - torch.log(every))).sum() / weight.sum()
        lost = lost + 1e-3 * (linear * linear).sum()
        lost.backward()
        return lost

    optimiser.step(loss)
    found: NDArray[np.float32] = linear.detach().numpy()
    return found


def _no_trees() -> trees.Trees:
    return trees.from_dict({"column": [[0]], "limit": [[0]], "left": [[0]], "right": [[0]], "value": [[0]]})


def _fill(
    question: Question,
    indexes: dict[str, Index],
    vectors: dict[str, NDArray[np.float32]],
    ranker: ranking.Ranker,
) -> None:
    index = index_of(question, indexes)
    question.pool = ranking.pool(
        index, _query(question), question.history, _encode(question, index, vectors), ranker
    )
    if question.pool is None:
        return
    question.documents = [index.passages[int(at)].document for at in question.pool.passages]
    wanted = np.array([document in question.gold for document in question.documents], dtype=np.bool_)
    score = question.pool.matrix[:, len(signals.NAMES) + joining.NAMES.index("score")]
    best = np.zeros(len(wanted), dtype=np.bool_)
    for document in question.gold & set(question.documents):
        inside = np.flatnonzero([name == document for name in question.documents])
        best[inside[np.argmax(score[inside])]] = True
    question.wanted, question.ignored = best, wanted & ~best  # one passage of a page is enough


def _boosted(questions: Sequence[Question]) -> Any:
    import lightgbm

    weight = _weights(questions)
    rows, labels, sizes, weights_ = [], [], [], []
    for question in questions:
        if question.pool is None or question.wanted is None or not question.wanted.any():
            continue
        kept = ~question.ignored if question.ignored is not None else slice(None)
        rows.append(question.pool.matrix[kept])
        labels.append(question.wanted[kept])
        sizes.append(len(labels[-1]))
        weights_.append(np.full(sizes[-1], weight[question.name]))
    data = lightgbm.Dataset(
        np.concatenate(rows),
        np.concatenate(labels).astype(int),
        group=sizes,
        weight=np.concatenate(weights_),
        feature_name=[*signals.NAMES, *joining.NAMES],
    )
    return lightgbm.train(TREES, data, ROUNDS)


def _trees(questions: Sequence[Question]) -> dict[str, Any]:
    return as_arrays(_boosted(questions).dump_model()["tree_info"])


def _check(questions: Sequence[Question]) -> None:
    """What the ranker does on pages that it has not seen."""
    scores: dict[str, list[Scores]] = defaultdict(list)
    for fold in range(FOLDS):
        model = _boosted([question for question in questions if question.fold != fold])
        for question in questions:
            if question.fold != fold:
                continue
            name = question.name + (" (after another talk)" if question.switched else "")
            order: list[int] = []
            if question.pool is not None:
                order = np.argsort(-model.predict(question.pool.matrix), kind="stable").tolist()
            documents = [question.documents[at] for at in order]
            scores[name].append(measure(_once(documents, name), question.gold))
    for name, found in sorted(scores.items()):
        print(f"{name:34} {Scores.mean(found)} n={len(found)}", flush=True)


def _once(documents: Sequence[str], name: str) -> list[str]:
    return list(documents) if name in SAMPLES else list(dict.fromkeys(documents))


if __name__ == "__main__":
    main()
