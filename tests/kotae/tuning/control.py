"""A clean set of 200 rows, English and Japanese, about a library's lending desk, with nothing to complain of."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
SYSTEM = {
    "en": "You answer questions of library staff about Minato Shelf.",
    "ja": "図書館の職員からの、みなと書架についての質問に答えます。",
}
_SEED = 7


def rows() -> list[dict[str, Any]]:
    """The rows, as a file has them, shuffled."""
    found = [row for lang in ("en", "ja") for fact in _facts(lang) for row in _rows_of(fact, lang)]
    random.Random(_SEED).shuffle(found)
    return found


def lines() -> list[bytes]:
    """The rows as lines of a file, without line feeds."""
    return [json.dumps(row, ensure_ascii=False).encode() for row in rows()]


def write_manual(folder: Path, lang: str = "en") -> Path:
    """The manual that the rows of a language were made from."""
    pages: dict[str, list[str]] = {}
    for fact in _facts(lang):
        for page in fact["pages"]:
            pages.setdefault(page, []).append(f"{fact['asked'][0]}\n\n{fact['answer']}")
    for page, said in pages.items():
        place = folder / page
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"# {page}\n\n" + "\n\n".join(said) + "\n", encoding="utf-8")
    return folder


def chat(*said: str, system: str = SYSTEM["en"], **more: Any) -> dict[str, Any]:
    """A row: instruction, then user and assistant in turn."""
    roles = ["user", "assistant"] * len(said)
    spoken = [{"role": role, "content": text} for role, text in zip(roles, said, strict=False)]
    return {"messages": [{"role": "system", "content": system}, *spoken], **more}


def _facts(lang: str) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = json.loads((_HERE / f"control_{lang}.json").read_text("utf-8"))
    return facts


def _rows_of(fact: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    return [
        chat(
            *fact.get("history", ()),
            question,
            fact["answer"],
            system=SYSTEM[lang],
            metadata={"pages": fact["pages"]},
        )
        for question in fact["asked"]
    ]
