"""Rows from support tickets: a table (CSV) with a column of questions and one of answers. No model is asked."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from kotae.charset import decode
from kotae.errors import KotaeError
from kotae.plain import escape_controls
from kotae.tuning.build.drafts import Aside, Draft
from kotae.tuning.build.replies import ANSWER
from kotae.tuning.lint.privacy import masked

QUESTIONS = (
    "question", "customer question", "inquiry", "enquiry", "request", "problem", "issue", "description", "body", "message",
    "customer message", "subject", "title",
    "質問", "質問内容", "ご質問", "問い合わせ", "お問い合わせ", "問合せ",
    "問い合わせ内容", "お問い合わせ内容", "問合せ内容", "相談内容", "依頼内容", "内容", "本文", "件名",
)  # fmt: skip
"""Usual names of the column of questions, the likeliest first."""
ANSWERS = (
    "answer", "reply", "response", "resolution", "solution", "agent reply", "agent response", "support reply", "comment",
    "回答", "回答内容", "ご回答", "返信", "返信内容", "返答", "対応", "対応内容", "解決", "解決策", "解決方法", "処理内容",
)  # fmt: skip
"""Those of the column of answers."""
_QUESTION = 4000
"""Characters of a customer's words that are learnt."""
_UNUSED = re.compile("[\x80\uf8f0-\uf8f3]")
"""What Python makes of bytes that cp932 has no character for."""
_SEPARATORS = ",;\t|"
_NAMED = re.compile(f"sep=([{_SEPARATORS}])\\n", re.I)
_CELL = 1 << 20
"""Characters of a cell; what is longer is no ticket."""


def tickets(data: bytes, name: str, question: str = "", answer: str = "") -> list[Draft | Aside]:
    """A draft for each ticket that has both, in the file's order; personal data and secrets are masked.

    UTF-8 and UTF-16 with a mark are read, and else Windows' Japanese character set (cp932), which spreadsheets write.

    Args:
        name: the file's, for people.
        question: the column of questions; empty: the one with a usual name.
        answer: the same of answers.

    Raises:
        KotaeError: the file is no table, or the columns can't be told.
    """
    lines = _table(_text(data, name), name)
    head = lines[0] if lines else []
    asked = _column(head, question, QUESTIONS, name, "question")
    said = _column(head, answer, ANSWERS, name, "answer")
    if asked == said:
        raise KotaeError(
            f"{name} has the same column for questions and answers: {_shown(head[asked])}.",
            "Name two columns by --question-column and --answer-column.",
        )
    found: list[Draft | Aside] = []
    for line in lines[1:]:
        cells = [line[at].strip() if at < len(line) else "" for at in (asked, said)]
        if not any(cell.strip() for cell in line):
            continue
        draft = Draft(kind="ticket", questions=(masked(cells[0]),), answer=masked(cells[1]))
        beyond = any(cell.strip() for cell in line[len(head) :])
        fault = "columns" if beyond else _fault(*cells)
        found.append(Aside(reason=fault, draft=draft) if fault else draft)
    return found


def _fault(question: str, answer: str) -> str:
    if not question or not answer:
        return "empty"
    if len(question) > _QUESTION or len(answer) > ANSWER:
        return "too-long"
    return "control-characters" if escape_controls(question + answer) != question + answer else ""


def _text(data: bytes, name: str) -> str:
    with suppress(ValueError):
        return decode(data)
    with suppress(UnicodeDecodeError):
        text = data.decode("cp932")
        if not _UNUSED.search(text):
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise KotaeError(f"{name} is neither UTF-8 nor cp932.", "Save it as UTF-8 in the spreadsheet program.")


def _table(text: str, name: str) -> list[list[str]]:
    if named := _NAMED.match(text):  # as Excel writes it for itself
        return _lines(text[named.end() :], named[1], name)
    return _lines(text, max(_SEPARATORS, key=lambda separator: _width(text, separator)), name)


def _width(text: str, separator: str) -> int:
    """How many columns a table has when its cells are separated so; 0: it can't be."""
    with suppress(csv.Error):
        return len(next(filter(None, _reader(text, separator)), []))
    return 0


def _lines(text: str, separator: str, name: str) -> list[list[str]]:
    reader = _reader(text, separator)
    before = csv.field_size_limit(_CELL)
    try:
        return [line for line in reader if line]
    except csv.Error as error:
        why = "a quotation mark in it is not closed" if "end of data" in str(error) else str(error)
        raise KotaeError(
            f"{name} is no table: line {reader.line_num}: {why}.",
            "Correct it, or export the tickets as CSV again.",
        ) from None
    finally:
        csv.field_size_limit(before)


def _reader(text: str, separator: str) -> Any:
    return csv.reader(io.StringIO(text), delimiter=separator, strict=True, skipinitialspace=True)


def _column(head: Sequence[str], wanted: str, usual: Sequence[str], name: str, what: str) -> int:
    names = [_folded(cell) for cell in head]
    for candidate in (wanted,) if wanted else usual:
        if _folded(candidate) in names:
            return names.index(_folded(candidate))
    there = ", ".join(_shown(cell) for cell in head) or "none"
    if wanted:
        raise KotaeError(f"{name} has no column {_shown(wanted)!r}.", f"Its columns are: {there}.")
    raise KotaeError(
        f"{name} has no column that is known to hold {what}s.",
        f"Name it by --{what}-column; there are: {there}.",
    )


def _folded(name: str) -> str:
    return " ".join(
        unicodedata.normalize("NFKC", name).casefold().replace("_", " ").replace("-", " ").split()
    )


def _shown(name: str) -> str:
    return " ".join(escape_controls(name).split())[:60]
