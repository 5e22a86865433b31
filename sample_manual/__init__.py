"""The manual of Komorebi Ledger, a fictional accounting product, in English and Japanese, with what was made from it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_HERE = Path(__file__).parent


def folder(lang: Literal["en", "ja"] = "en") -> Path:
    """The manual's pages; the same paths in both languages."""
    return _HERE / lang


def questions(lang: Literal["en", "ja"] = "en") -> Path:
    """Typed questions with reference answers and the pages that hold them."""
    return _HERE / f"questions.{lang}.jsonl"


def adapter() -> Path:
    """The LoRA adapter trained on the rows in `tuning/`, for the embedded model."""
    return _HERE / "adapters" / "komorebi-ledger.gguf"
