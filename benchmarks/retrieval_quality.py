"""How good searches are: `python -m benchmarks.retrieval_quality DATA --indexes DIR`.

Everything goes through `kotae index` and `kotae search --queries --top 10`, with one configuration for all sets. DATA is laid out
as for `train_ranker`; the sample manual's questions that take two pages or follow another are reported besides. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sample_manual
from benchmarks.retrieval_metrics import Scores, measure
from benchmarks.train_ranker import CORPUS_OF, Question, read

KINDS = ("follow_up", "multi_hop")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--indexes", type=Path, required=True)
    options = parser.parse_args()
    print("| set | questions | Recall@5 | nDCG@10 | all@5 |\n| --- | --- | --- | --- | --- |")
    for path in sorted(options.data.iterdir()):
        if not (path / "queries.jsonl").is_file():
            continue
        corpus = CORPUS_OF.get(path.name, path.name)
        found = searched(
            options.data / corpus / "corpus.jsonl.gz",
            options.indexes / corpus,
            questions := read(options.data, path.name),
        )
        _say(
            path.name, [measure(documents, one.gold) for one, documents in zip(questions, found, strict=True)]
        )
    for language in ("en", "ja"):
        name = f"sample_{language}"
        questions = read(options.data, name)
        source = sample_manual.folder("ja" if language == "ja" else "en")
        found = searched(source, options.indexes / name, questions)
        kinds = _kinds(language)
        scores = [measure(documents, one.gold) for one, documents in zip(questions, found, strict=True)]
        _say(f"sample manual, {language}", scores)
        for kind in KINDS:
            mine = [score for one, score in zip(questions, scores, strict=True) if kinds[one.id] == kind]
            _say(f"sample manual, {language}, {kind}", mine)


def searched(source: Path, index: Path, questions: Sequence[Question]) -> list[list[str]]:
    """The documents of the first ten passages for each question."""
    _kotae("index", str(source), "--out", str(index))
    with tempfile.TemporaryDirectory() as folder:
        queries = Path(folder) / "queries.jsonl"
        rows = [
            {
                "id": one.id,
                "history": [{"role": said.role, "content": said.content} for said in one.history],
                "question": one.text,
            }
            for one in questions
        ]
        queries.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
        )
        printed = _kotae("search", "--index", str(index), "--queries", str(queries), "--top", "10", "--json")
    answers: list[dict[str, Any]] = [json.loads(line) for line in printed.splitlines()]
    return [[passage["document"] for passage in answer["passages"]] for answer in answers]


def _kotae(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("kotae")), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _kinds(language: str) -> dict[str, str]:
    file = Path(sample_manual.__file__).with_name(f"questions.{language}.jsonl")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {row["id"]: row["type"] for row in rows}


def _say(name: str, scores: Sequence[Scores]) -> None:
    mean = Scores.mean(scores)
    print(f"| {name} | {len(scores)} | {mean.recall:.1%} | {mean.ndcg:.1%} | {mean.every:.1%} |", flush=True)


if __name__ == "__main__":
    main()
