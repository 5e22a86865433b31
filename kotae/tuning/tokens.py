"""How many tokens rows have, by the tokenizer of the model that will read them, or about how many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kotae.tuning.rows import Row, text

_LETTERS_A_TOKEN = 4.0
"""Of ASCII text; OpenAI's rule of thumb (https://help.openai.com/en/articles/4936856)."""
_A_SIGN = 1.0
"""Tokens of any other character, such as a kanji: about right for tokenizers with a large vocabulary, too few for small ones."""
_PER_MESSAGE, _PER_ROW = 3, 3
"""What OpenAI's chat format adds (https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken)."""


@dataclass(frozen=True)
class Tokenizer:
    """Counts tokens."""

    name: str
    """What it is, for people."""
    count: Callable[[str], int]
    """Of a text."""
    estimated: bool = False
    """Whether it is not the model's own."""
    why: str = ""
    """Why it is not."""
    chat: Callable[[Sequence[Mapping[str, str]]], int] | None = None
    """Of messages as the model's own template writes them; None: as OpenAI's chat format does."""

    def messages(self, messages: Sequence[Mapping[str, Any]]) -> int:
        """The tokens of a conversation."""
        if self.chat is not None:
            return self.chat([{"role": str(m.get("role", "")), "content": text(m)} for m in messages])
        return _PER_ROW + sum(_PER_MESSAGE + 1 + self.count(text(m)) for m in messages)

    def row(self, row: Row) -> int:
        """The tokens of a row, all of which are paid for."""
        return self.messages(row.messages) + (self.count(row.rejected) if row.rejected else 0)


def estimate(why: str = "") -> Tokenizer:
    """About how many tokens: four characters of ASCII, one of any other."""
    return Tokenizer("estimate", _estimated, estimated=True, why=why)


def _estimated(text: str) -> int:
    plain = len(text.encode("ascii", "ignore"))
    return round(plain / _LETTERS_A_TOKEN + (len(text) - plain) * _A_SIGN)


def tokenizer_of(model: str, weights: Path | None = None) -> Tokenizer:
    """The tokenizer of a model, or an estimate that says why it is one.

    Args:
        model: `embedded`, a path to a GGUF file, or the name of a hosted model.
        weights: the embedded model's file; None: it is not there.

    Raises:
        KotaeError: the GGUF file can't be read.
    """
    if model == "embedded" and weights is None:
        return estimate("the embedded model is not here yet: kotae models fetch")
    if model == "embedded" or model.lower().endswith(".gguf"):
        return _gguf(weights if model == "embedded" and weights is not None else Path(model).expanduser())
    return _tiktoken(model) if model else estimate("no --model is named")


def _gguf(path: Path) -> Tokenizer:
    from kotae.tuning.gguf_model import load_tokenizer

    found = load_tokenizer(path)

    def chat(messages: Sequence[Mapping[str, str]]) -> int:
        written = found.apply_chat_template(list(messages), tokenize=False)
        return len(found(written, add_special_tokens=False)["input_ids"])

    return Tokenizer(
        path.stem, lambda said: len(found(said, add_special_tokens=False)["input_ids"]), chat=chat
    )


def _tiktoken(model: str) -> Tokenizer:
    try:
        import tiktoken
    except ImportError:
        return estimate("the package tiktoken is not installed")
    # Fine-tuned models are called `ft:BASE:organisation:suffix:id`.
    base = model.split(":")[1] if model.startswith("ft:") and ":" in model[3:] else model
    try:
        name = tiktoken.encoding_name_for_model(base)
    except KeyError:
        return estimate(f"the tokenizer of {model!r} is not known")
    try:
        encoding = tiktoken.get_encoding(name)
    except Exception as error:
        return estimate(f"tiktoken can't fetch the encoding {name} ({type(error).__name__})")
    return Tokenizer(f"tiktoken {name}", lambda said: len(encoding.encode(said, disallowed_special=())))
