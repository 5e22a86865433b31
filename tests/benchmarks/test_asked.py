"""Questions and their answers become claims that read as sentences."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import asked

PAGE = "灯台は1912年に岬の先に建てられた。高さは31mである。設計者はエリクソンで、灯器はモリソンが作った。"


def corpora(folder: Path, questions: list[dict[str, Any]]) -> Path:
    """The three sets, with the questions in the first."""
    for name in ("jsquad", "jaquad_mt", "jemhop"):
        (folder / name).mkdir()
        rows = questions if name == "jsquad" else []
        (folder / name / "queries.jsonl").write_text(
            "".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8"
        )
        (folder / name / "qrels.tsv").write_text(
            "".join(f"{row['id']}\tp1\t1\n" for row in rows), encoding="utf-8"
        )
        with gzip.open(folder / name / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write(json.dumps({"id": "p1", "title": "灯台", "text": PAGE}) + "\n")
    return folder


def question(text: str, answer: str) -> dict[str, Any]:
    return {"id": text, "history": [], "question": text, "rewrite": None, "answer": answer}


@pytest.mark.parametrize(
    ("text", "answer", "claim"),
    [
        ("灯台が建てられたのは何年ですか？", "1912年", "灯台が建てられたのは1912年です。"),
        ("灯台の高さは？", "31m", "灯台の高さは31mです。"),
        ("灯器を作ったのは誰か。", "モリソン", "灯器を作ったのはモリソンです。"),
    ],
)
def test_an_answer_takes_its_question_s_place(
    text: str, answer: str, claim: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "_WRONG", 0.0)
    [made] = asked.claims(corpora(tmp_path, [question(text, answer)]))
    assert (made.claim, made.label) == (claim, 0)
    assert answer in made.beside


def test_a_wrong_one_has_another_of_the_same_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "_WRONG", 1.0)
    [made] = asked.claims(corpora(tmp_path, [question("灯器を作ったのは誰か。", "モリソン")]))
    assert (made.claim, made.label, made.true) == (
        "灯器を作ったのはエリクソンです。",
        1,
        "灯器を作ったのはモリソンです。",
    )


def test_no_claim_is_made_of_what_is_not_asked_for_by_a_word(tmp_path: Path) -> None:
    assert asked.claims(corpora(tmp_path, [question("灯台について説明してください。", "31m")])) == []
