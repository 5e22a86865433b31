"""Question sets as JSON lines and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import msgspec

from kotae.evaluation.formats.rows import objects, plain, questions_of
from kotae.evaluation.metrics import Answer
from kotae.evaluation.questions import Question

_COLUMNS = (
    "id",
    "type",
    "question",
    "reference",
    "pages",
    "must_include",
    "must_not_include",
    "history",
    "form",
    "lang",
)
_LISTS = ("pages", "must_include", "must_not_include")
_JSON = ("history", "form")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read_jsonl(text: str) -> list[Question]:
    """Questions, one JSON object a line."""
    return msgspec.convert(objects(text), list[Question])


def write_jsonl(answers: Sequence[Answer]) -> str:
    """The questions behind answers, one JSON object a line."""
    return "".join(msgspec.json.encode(plain(q)).decode() + "\n" for q in questions_of(answers))


def read_csv(text: str) -> list[Question]:
    """Questions from a table with a head: lists stand one entry a line in a cell, `history` and `form` as JSON."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    before = csv.field_size_limit(
        len(text) + 1
    )  # the module's limit is one for all, and smaller than a long history
    try:
        if reader.fieldnames is None or "question" not in reader.fieldnames:
            raise ValueError("the first line names no column `question`")
        return [_question(row, place) for place, row in enumerate(reader, 1)]
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}") from None
    finally:
        csv.field_size_limit(before)


def _question(row: dict[str, Any], place: int) -> Question:
    data: dict[str, Any] = {"id": str(place)}
    for column in _COLUMNS:
        cell = _told(row.get(column) or "")
        if not cell.strip():
            continue
        if column in _LISTS:
            data[column] = [line.strip() for line in cell.splitlines() if line.strip()]
        elif column in _JSON:
            try:
                data[column] = msgspec.json.decode(cell)
            except msgspec.DecodeError as error:
                raise ValueError(f"row {place}: `{column}` is no JSON: {error}") from None
        else:
            data[column] = cell
    return msgspec.convert(data, Question)


def write_csv(answers: Sequence[Answer]) -> str:
    """The questions behind answers, as a table."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for question in questions_of(answers):
        row = plain(question)
        writer.writerow([_cell(column, row.get(column, "")) for column in _COLUMNS])
    return out.getvalue()


def _cell(column: str, value: Any) -> str:
    if column in _LISTS:
        value = "\n".join(value)
    elif column in _JSON:
        value = msgspec.json.encode(value).decode() if value else ""
    # A spreadsheet takes such a cell for a formula, and text of a model must not become one.
    return f"'{value}" if value.lstrip("'").startswith(_FORMULA) else value


def _told(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell
