"""The dense encoder: a sentence-transformers model, and which scripts it can read.

An encoder gives a vector for any text, also for text in a language it never saw, and such vectors do worse than harm: they
outvote a lexical search that was right. Whether a script is known is measured on the text at hand, by what the model's tokenizer
makes of it, not by the model's name.
"""

from __future__ import annotations

import hashlib
import json
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kotae.errors import IndexFolderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 32
_SAMPLE = 4000
"""Characters of each script that are enough to judge by."""
_CHARACTERS_PER_TOKEN = {"unspaced": 1.15, "spaced": 1.7}
"""A tokenizer that was trained on a script makes fewer tokens than this of it; fallbacks give one or more a character."""
_MOST_UNKNOWN = 0.05
_UNSPACED = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI"})


@lru_cache(maxsize=16384)
def script(character: str) -> str:
    """The script of a letter, as its Unicode name begins (`LATIN`, `CYRILLIC`); Japanese is `CJK` in all its scripts."""
    if character.isascii():
        return "LATIN" if character.isalpha() else ""
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "").replace("-", " ").split(" ")
    first = name[1] if name[0] in ("FULLWIDTH", "HALFWIDTH") and len(name) > 1 else name[0]
    return "CJK" if first in ("HIRAGANA", "KATAKANA", "IDEOGRAPHIC") else first


def foreign_share(text: str, unknown: Collection[str]) -> float:
    """The share of a text's letters that are in one of the `unknown` scripts, 0..1.

    A character of a script without spaces carries about as much as two letters of one with spaces, and counts for two.
    """
    counts: Counter[str] = Counter()
    for character, times in Counter(text).items():
        if name := script(character):
            counts[name] += 2 * times if name in _UNSPACED else times
    total = counts.total()
    return sum(counts[name] for name in unknown) / total if total else 0.0


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """The runs of letters in one script."""
    for name, letters in groupby(text, script):
        if name:
            yield name, "".join(letters)


def scripts(text: str) -> set[str]:
    """The scripts of a text's letters."""
    return {name for name in map(script, set(text)) if name}


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """What an index remembers of the encoder it was made with."""

    name: str
    digest: str
    dimension: int


class Encoder:
    """A model in a folder. Nothing is loaded before it is needed; may be used from several threads.

    Args:
        folder: a sentence-transformers model.
        name: what the user calls it.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self._lock = threading.Lock()
        self._encoding = threading.Lock()
        self._model: Any = None
        self._tokenizer: tuple[Callable[[str], list[int]], int] | None = None
        self._digest = ""

    @property
    def digest(self) -> str:
        """SHA-256 over the names and contents of the model's weights and configuration."""
        with self._lock:
            if not self._digest:
                self._digest = _digest(self.folder)
            return self._digest

    @property
    def is_loaded(self) -> bool:
        """Whether `encode` can begin at once."""
        return self._model is not None

    def reads(self, texts: Iterable[str]) -> dict[str, bool]:
        """For each script other than Latin in `texts`, whether the tokenizer has words for it. Loads the tokenizer alone."""
        samples: dict[str, list[str]] = {}
        sizes: Counter[str] = Counter()
        for text in texts:
            if all(sizes[name] >= _SAMPLE for name in scripts(text) - {"LATIN"}):
                continue
            for name, letters in _runs(text):
                if name != "LATIN" and sizes[name] < _SAMPLE:
                    samples.setdefault(name, []).append(letters)
                    sizes[name] += len(letters)
        return {name: self._reads(name, runs) for name, runs in samples.items()}

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Normalised vectors, one row a text; for one batch of at most some hundred texts."""
        import numpy as np

        model = self._loaded()
        with self._encoding:  # its tokenizer can't be used from two threads at once
            vectors = model.encode(
                texts,
                batch_size=BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )

        return np.ascontiguousarray(vectors, dtype=np.float32)

    def _reads(self, name: str, runs: list[str]) -> bool:
        tokenize, missing = self._tokens()
        ids = [token for run in runs for token in tokenize(run)]
        least = _CHARACTERS_PER_TOKEN["unspaced" if name in _UNSPACED else "spaced"]
        return ids.count(missing) <= _MOST_UNKNOWN * len(ids) and sum(map(len, runs)) >= least * len(ids)

    def _tokens(self) -> tuple[Callable[[str], list[int]], int]:
        """What gives a text's token ids, and the id of the unknown token (-1: there is none)."""
        with self._lock:
            if self._tokenizer is None:
                fast = self.folder / "tokenizer.json"
                self._tokenizer = _fast_tokenizer(fast) if fast.is_file() else _slow_tokenizer(self.folder)
            return self._tokenizer

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                try:
                    from sentence_transformers import SentenceTransformer

                    self._model = SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)
                except (OSError, ValueError, KeyError) as error:
                    raise IndexFolderError(
                        f"The encoder {self.name} can't be loaded: {error}.",
                        "Set `encoder` in [retrieval] to a sentence-transformers model.",
                    ) from error
            return self._model


def _fast_tokenizer(path: Path) -> tuple[Callable[[str], list[int]], int]:
    """Without transformers, whose import takes longer than indexing a small manual."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    model = json.loads(path.read_bytes()).get("model", {})
    missing = tokenizer.token_to_id(model["unk_token"]) if model.get("unk_token") else model.get("unk_id")
    return (
        lambda text: tokenizer.encode(text, add_special_tokens=False).ids,
        -1 if missing is None else missing,
    )


def _slow_tokenizer(folder: Path) -> tuple[Callable[[str], list[int]], int]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    missing = tokenizer.unk_token_id
    return lambda text: tokenizer.encode(text, add_special_tokens=False), -1 if missing is None else missing


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".safetensors", ".bin", ".json", ".txt", ".model") and path.is_file():
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
