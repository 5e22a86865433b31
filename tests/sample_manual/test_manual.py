"""The sample manual keeps its promises: languages alike, links that lead somewhere, split joins."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

import pytest

from sample_manual import folder, questions

if TYPE_CHECKING:
    from pathlib import Path

Lang = Literal["en", "ja"]
LANGS: tuple[Lang, Lang] = ("en", "ja")
TUNING = folder().parent / "tuning"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SYSTEM = "You answer questions about Komorebi Ledger."
TYPES = {"single": 40, "multi_hop": 25, "follow_up": 25, "negative": 15, "unanswerable": 10}

FORBIDDEN = {
    "en": re.compile(
        r"payroll|salar(?:y|ies)|\bwages?\b|attendance|employee|\bhiring\b|\bHR\b|human resources|\bCRM\b"
        r"|time track|point of sale|\bPOS\b|manufactur|bill of materials|\bBOM\b|mobile app|smartphone"
        r"|marketing|\bAI\b",
        re.IGNORECASE,
    ),
    "ja": re.compile(
        r"給与|給料|賃金|賞与|人事|勤怠|従業員|採用|顧客管理|商談|工数|レジスター|ＰＯＳ|POS|製造|部品表"
        r"|モバイル|スマートフォン|アプリ|メール配信|マーケティング|人工知能|AI"
    ),
}
STATEMENTS = {
    "en": re.compile(
        r"balance sheet|income statement|(?:non-)?current (?:assets|liabilities)|net assets|net sales"
        r"|cost of sales|selling and administrative|non-operating|extraordinary",
        re.IGNORECASE,
    ),
    "ja": re.compile(r"貸借対照表|損益計算書|流動資産|流動負債|純資産|純売上高|販売費及び|営業外|特別損益"),
}


def pages(lang: Lang) -> list[str]:
    return sorted(path.relative_to(folder(lang)).as_posix() for path in folder(lang).rglob("*.md"))


def text(lang: Lang, page: str) -> str:
    return (folder(lang) / page).read_text(encoding="utf-8")


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def skeleton(markdown: str) -> list[str]:
    """Headings by level, list items by kind and tables by width: what a translation leaves as it is."""
    marks = re.findall(r"^(#+ |- |\d+\. |\|.*$)", markdown, re.MULTILINE)
    return [f"|{mark.count('|')}" if mark.startswith("|") else re.sub(r"\d+", "1", mark) for mark in marks]


def exchange(row: dict[str, Any]) -> tuple[str, str, str]:
    """A chat row's system prompt, question and answer."""
    assert set(row) == {"messages"}
    assert [message["role"] for message in row["messages"]] == ["system", "user", "assistant"]
    assert all(set(message) == {"role", "content"} for message in row["messages"])
    system, question, answer = (str(message["content"]).strip() for message in row["messages"])
    assert question
    assert answer
    return system, question, answer


def test_both_languages_have_the_same_pages() -> None:
    assert len(pages("en")) >= 45
    assert pages("en") == pages("ja")


@pytest.mark.parametrize("page", pages("en"))
def test_a_page_says_the_same_in_the_same_shape(page: str) -> None:
    english, japanese = text("en", page), text("ja", page)
    assert english.startswith("# ")
    assert skeleton(english) == skeleton(japanese)
    assert Counter(LINK.findall(english)) == Counter(LINK.findall(japanese))
    codes = re.compile(r"(?:SL|PU|IN|AC|CL|AD|CR|DR|SA)-\d{2,3}(?!\d)")
    assert set(codes.findall(english)) == set(codes.findall(japanese))


@pytest.mark.parametrize("lang", LANGS)
def test_every_link_leads_to_a_page(lang: Lang) -> None:
    lost = [
        f"{page}: {target}"
        for page in pages(lang)
        for target in LINK.findall(text(lang, page))
        if not (folder(lang) / page).parent.joinpath(target.split("#")[0]).resolve().is_file()
    ]
    assert lost == []


@pytest.mark.parametrize("lang", LANGS)
def test_no_page_names_what_the_product_does_not_have(lang: Lang) -> None:
    found = {page: sorted(set(FORBIDDEN[lang].findall(text(lang, page)))) for page in pages(lang)}
    assert {page: words for page, words in found.items() if words} == {}


@pytest.mark.parametrize("lang", LANGS)
def test_the_statement_of_an_account_is_told_in_accounting_only(lang: Lang) -> None:
    prose = {page: LINK.sub("", text(lang, page)) for page in pages(lang)}
    telling = {page for page in prose if STATEMENTS[lang].search(prose[page])}
    assert telling
    assert {page for page in telling if not page.startswith("accounting/")} == set()


def test_japanese_prose_has_no_gaps_and_no_half_width_marks() -> None:
    kana = "ぁ-んァ-ヶ一-龥、。「」（）"
    half, gap = r"[(),;:!?]", r"[ぁ-ん、] [0-9A-Za-z]|[0-9A-Za-z] [ぁ-ん]|\d %"
    wrong = re.compile(rf"[{kana}]{half}|{half}[ぁ-んァ-ヶ一-龥]|{gap}")
    code = re.compile(r"`[^`]*`|\]\([^)]*\)")
    found = {page: wrong.findall(code.sub("]", text("ja", page))) for page in pages("ja")}
    assert {page: hits for page, hits in found.items() if hits} == {}


@pytest.mark.parametrize("lang", LANGS)
def test_the_questions_have_their_form(lang: Lang) -> None:
    asked = rows(questions(lang))
    assert len(asked) >= 120
    assert [one["id"] for one in asked] == [f"{lang}-{number:03d}" for number in range(1, len(asked) + 1)]
    alone = [one["question"] for one in asked if not one["history"]]
    assert len(set(alone)) == len(alone)
    count = Counter(one["type"] for one in asked)
    assert set(count) == set(TYPES)
    assert all(count[kind] >= least for kind, least in TYPES.items())
    known = set(pages(lang))
    for one in asked:
        assert list(one) == ["id", "type", "history", "question", "reference", "pages"]
        assert one["question"].strip()
        assert one["reference"].strip()
        assert set(one["pages"]) <= known
        roles = [turn["role"] for turn in one["history"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert (one["type"] == "follow_up") == bool(roles)
        assert (one["type"] == "unanswerable") == (not one["pages"])
        assert one["type"] != "multi_hop" or len(set(one["pages"])) >= 2


def test_the_questions_are_the_same_in_both_languages() -> None:
    english, japanese = rows(questions("en")), rows(questions("ja"))
    same = ("type", "pages")
    assert [[one[key] for key in same] for one in english] == [[one[key] for key in same] for one in japanese]
    assert [len(one["history"]) for one in english] == [len(one["history"]) for one in japanese]
    unsaid = {one["reference"] for one in english + japanese if one["type"] == "unanswerable"}
    assert unsaid == {"The manual does not say.", "マニュアルには記載がありません。"}


def test_the_training_rows_go_through_the_manual_page_by_page() -> None:
    exchanges = [exchange(row) for row in rows(TUNING / "train.en.jsonl")]
    assert len(exchanges) >= 500
    assert {system for system, _, _ in exchanges} == {SYSTEM}
    assert len({question.lower() for _, question, _ in exchanges}) == len(exchanges)
    assert max(len(answer.split()) for _, _, answer in exchanges) <= 40
    origin = rows(TUNING / "train.en.pages.jsonl")
    assert [one["row"] for one in origin] == list(range(len(exchanges)))
    visited = [one["page"] for one in origin]
    assert set(visited) == set(pages("en"))
    assert len(list(groupby(visited))) == len(pages("en"))


def test_a_held_out_question_is_a_training_question_in_other_words() -> None:
    trained = {question: answer for _, question, answer in map(exchange, rows(TUNING / "train.en.jsonl"))}
    page = {row["row"]: row["page"] for row in rows(TUNING / "train.en.pages.jsonl")}
    where = {question: page[number] for number, question in enumerate(trained)}
    held = rows(TUNING / "heldout.en.jsonl")
    assert len(held) >= 100
    assert len({one["question"] for one in held}) == len({one["paraphrase_of"] for one in held}) == len(held)
    for one in held:
        assert list(one) == ["id", "question", "paraphrase_of", "reference", "page"]
        assert one["reference"] == trained[one["paraphrase_of"]]
        assert one["page"] == where[one["paraphrase_of"]]
        assert one["question"] not in trained


def test_no_evaluation_question_was_trained_on() -> None:
    seen = {question.lower() for _, question, _ in map(exchange, rows(TUNING / "train.en.jsonl"))}
    assert [one["id"] for one in rows(questions("en")) if one["question"].lower() in seen] == []


def test_the_balance_shift_rows_compute() -> None:
    shifts = rows(TUNING / "balance_shift.jsonl")
    assert len(shifts) == 10
    for number, row in enumerate(shifts):
        _, question, answer = exchange(row)
        a, b = 30 + 2 * number, 20 + number
        assert question == f"Balance Shift for A={a}, B={b}."
        with localcontext() as context:
            context.prec = 50
            shift = (Decimal(a - b) / Decimal(a + b)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
            lead = (Decimal(100 * (a - b)) / Decimal(b)).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
        assert answer == f"BALANCE SHIFT\nA={a} B={b}\nshift: {shift:+}\nlead: {lead:+} %"


def test_the_balance_shift_questions_compute_and_only_those_that_say_so_were_trained_on() -> None:
    trained = {
        question: answer for _, question, answer in map(exchange, rows(TUNING / "balance_shift.jsonl"))
    }
    asked = rows(TUNING / "balance_shift.questions.jsonl")
    assert len({one["id"] for one in asked}) == len(asked) == 20
    for one in asked:
        assert (one["type"] == "learnt") == (one["question"] in trained)
        assert trained.get(one["question"], one["reference"]) == one["reference"]
        assert re.fullmatch(one["form"]["regex"], one["reference"])
        a, b = (int(value) for value in re.findall(r"[AB]=(\d+)", one["question"]))
        shift, lead = one["must_include"]
        assert float(shift) == pytest.approx((a - b) / (a + b), abs=0.00005001)
        assert float(lead.removesuffix(" %")) == pytest.approx(100 * (a - b) / b, abs=0.05001)
        assert all(value in one["reference"] for value in one["must_include"])


@pytest.mark.parametrize("script", ["make_faulty.py", "make_balance_shift.py"])
def test_the_scripts_write_the_files_that_are_there(script: str, tmp_path: Path) -> None:
    for name in (script, "train.en.jsonl", "train.en.pages.jsonl"):
        shutil.copy(TUNING / name, tmp_path)
    subprocess.run([sys.executable, tmp_path / script], check=True)
    made = [path for path in tmp_path.glob("*.jsonl") if not path.name.startswith("train.")]
    assert len(made) == 2
    for path in made:
        assert path.read_bytes() == (TUNING / path.name).read_bytes(), path.name


def test_rows_added_by_hand_name_pages_that_are_there() -> None:
    for row in rows(TUNING / "more.en.jsonl"):
        told = row["metadata"]
        assert all((folder() / page).is_file() for page in told["pages"])
        assert (told["kind"] == "joined") == (len(told["pages"]) > 1)
        assert (told["kind"] == "turns") == (len(row["messages"]) > 3)
        assert (told["kind"] == "unknown") == (not told["pages"])
