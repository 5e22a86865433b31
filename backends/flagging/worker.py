"""The process that holds the models which judge answers, and torch: `python -m backends.flagging.worker`.

It speaks JSON, as `backends.worker_loop` does. A request names its model, and with `load` wants no more than to have it loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from backends.server_errors import one_line
from backends.worker_loop import Request, serve
from kotae.errors import SettingsError

_FILES = ("*.json", "*.safetensors", "*.txt", "*.model")


class _Model(Protocol):
    def judge(self, request: Request, message: dict[str, Any]) -> Any: ...


def _nli(folder: Path) -> _Model:
    from backends.flagging.cross_encoder import Nli

    return Nli(folder)


def _lettucedetect(folder: Path) -> _Model:
    from backends.flagging.token_classifier import TokenClassifier

    return TokenClassifier(folder)


_opening = threading.Lock()
"""transformers imports its parts when they are asked for, and two threads that ask at once can find it half imported."""


_HINTS = {
    "nli": "Set `nli` in [flags] to an NLI cross-encoder with its weights as safetensors, or leave it empty.",
    "lettucedetect": "Set `lettucedetect` in [flags] to a LettuceDetect model with its weights as safetensors, or leave it empty.",
}


class _Models:
    """Those of one kind that were asked for; kept."""

    def __init__(self, kind: str, open_: Callable[[Path], _Model]) -> None:
        self._kind = kind
        self._open = open_
        self._loaded: dict[str, _Model] = {}

    def __call__(self, request: Request, message: dict[str, Any]) -> Any:
        name = message["model"]
        if name not in self._loaded:
            self._loaded[name] = self._load(name, request)
        return None if message.get("load") else self._loaded[name].judge(request, message)

    def _load(self, name: str, request: Request) -> _Model:
        folder = self._folder(name, request)
        request.report(f"Loading {name}", 0, 0)
        try:
            with _opening:
                return self._open(folder)
        except (
            Exception
        ) as error:  # what a library raises for files that are not what it expects is anyone's guess
            why = one_line(f"{type(error).__name__}: {error}")
            raise SettingsError(f"The model {name} can't be loaded: {why}", self._hint()) from error

    def _folder(self, name: str, request: Request) -> Path:
        folder = Path(name).expanduser()
        if folder.is_dir():
            return folder
        if name.startswith((".", "/", "~", "\\")) or name.count("/") > 1:
            raise SettingsError(f"There is no folder {name}.", self._hint())
        request.report(f"Fetching {name}", 0, 0)
        from huggingface_hub import snapshot_download

        try:
            return Path(snapshot_download(name, allow_patterns=list(_FILES)))
        except Exception as error:
            why = f"The model {name} is no folder and can't be fetched: {type(error).__name__}."
            raise SettingsError(why, self._hint()) from error

    def _hint(self) -> str:
        return _HINTS[self._kind]


def main() -> None:
    """Serve standard input until it closes."""
    models = {"nli": _Models("nli", _nli), "lettucedetect": _Models("lettucedetect", _lettucedetect)}
    serve("flagging", models, failure="The answer can't be judged", lanes=models)


if __name__ == "__main__":
    main()
