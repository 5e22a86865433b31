"""What a model is asked for rows: instructions in English and Japanese, and the form of its reply.

What stands in the manual is handed over as JSON: text in it can't pass for a message of its own. That a fact is learnt for use when
it is told in several wordings: Ovadia et al. 2024, "Fine-Tuning or Retrieval?"; Allen-Zhu and Li 2024, "Physics of Language Models:
Part 3.1".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from kotae.conversation import Message
from kotae.language import Language
from kotae.tuning.build import words_en, words_ja
from kotae.tuning.build.sections import ManualPage, Section, groups, spread, whole_pages

Kind = Literal["sections", "links", "negative", "turns"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_A_ROW = 300
"""Characters of a section for which one row is asked."""
_MOST_ROWS = 5
_ROWS = {"links": 2, "negative": 3, "turns": 2}
"""Rows that are asked of one request of the other kinds."""
_TITLES = 200
"""Titles of pages that are told, so that what the manual lacks can be guessed at."""
_TITLE = 100
"""Characters of each."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question to the model."""

    kind: Kind
    excerpts: tuple[Section, ...]
    """What the rows are to be made from, numbered from 1."""
    rows: int
    """How many are asked for."""
    wordings: int
    """Of each question."""
    titles: tuple[str, ...] = ()
    """The titles of the manual's pages, where what it lacks is asked for."""

    @property
    def language(self) -> Language:
        """The language of the rows: that of the manual."""
        return self.excerpts[0].language

    @property
    def pages(self) -> tuple[str, ...]:
        """The pages of the excerpts, each once."""
        return tuple(dict.fromkeys(section.page for section in self.excerpts))

    def messages(self) -> tuple[Message, ...]:
        """What is sent."""
        words = words_ja if self.language == "ja" else words_en
        instruction = "\n".join(
            (
                words.INTRODUCTION,
                words.TASKS[self.kind].format(rows=self.rows),
                *(words.WORDINGS.format(wordings=self.wordings),)[: self.kind != "turns"],
                words.RULES,
                words.FORM.format(form=json.dumps(_FORMS[self.kind], ensure_ascii=False)),
            )
        )
        data: dict[str, Any] = {
            "excerpts": [
                {"excerpt": number, "title": section.title, "text": section.text}
                for number, section in enumerate(self.excerpts, 1)
            ]
        }
        if self.titles:
            data["pages"] = self.titles
        return Message("system", instruction), Message("user", json.dumps(data, ensure_ascii=False))

    def schema(self) -> dict[str, Any]:
        """The form of the reply, as JSON schema."""
        return _SCHEMAS[self.kind]


def plan(
    pages: Sequence[ManualPage],
    sections: Sequence[Section],
    *,
    kinds: Sequence[Kind] = KINDS,
    wordings: int = 2,
    limit: int | None = None,
) -> list[Request]:
    """All that is to be asked, in the manual's order.

    Args:
        limit: sections that rows are made from at most, evenly over the manual.
    """
    chosen = spread(sections, limit) if limit is not None else list(sections)
    titles = tuple(page.title[:_TITLE] for page in pages[:_TITLES])
    asked: list[Request] = []
    if "sections" in kinds:
        for section in chosen:
            rows = min(_MOST_ROWS, max(1, len(section.text) // _A_ROW))
            one = Request(kind="sections", excerpts=(section,), rows=rows, wordings=wordings)
            asked.append(one)
    if "links" in kinds:
        linked = groups(chosen, sections)
        asked += [_request("links", group, wordings) for group in linked]
    whole = whole_pages(chosen, pages)
    if "negative" in kinds:
        asked += [_request("negative", (page,), wordings, titles) for page in whole]
    if "turns" in kinds:
        asked += [_request("turns", (page,), 1) for page in whole]
    return asked


def _request(
    kind: Kind, excerpts: tuple[Section, ...], wordings: int, titles: tuple[str, ...] = ()
) -> Request:
    return Request(kind=kind, excerpts=excerpts, rows=_ROWS[kind], wordings=wordings, titles=titles)


_STRING = {"type": "string"}


def _object(**fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_SUPPORT = _list(_object(excerpt={"type": "integer"}, quote=_STRING))
_ASKED = _object(questions=_list(_STRING), answer=_STRING, support=_SUPPORT)
_NEGATIVE = _object(questions=_list(_STRING), answer=_STRING, missing=_STRING, support=_SUPPORT)
_TALK = _object(turns=_list(_object(question=_STRING, answer=_STRING)), support=_SUPPORT)
_SCHEMAS: dict[Kind, dict[str, Any]] = {
    "sections": _object(rows=_list(_ASKED)),
    "links": _object(rows=_list(_ASKED)),
    "negative": _object(rows=_list(_NEGATIVE)),
    "turns": _object(rows=_list(_TALK)),
}
_QUOTE = [{"excerpt": 1, "quote": "…"}]
_FORMS: dict[Kind, dict[str, Any]] = {
    "sections": {"rows": [{"questions": ["…"], "answer": "…", "support": _QUOTE}]},
    "links": {
        "rows": [{"questions": ["…"], "answer": "…", "support": [*_QUOTE, {"excerpt": 2, "quote": "…"}]}]
    },
    "negative": {"rows": [{"questions": ["…"], "answer": "…", "missing": "", "support": _QUOTE}]},
    "turns": {
        "rows": [
            {
                "turns": [{"question": "…", "answer": "…"}, {"question": "…", "answer": "…"}],
                "support": _QUOTE,
            }
        ]
    },
}
