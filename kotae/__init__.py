"""Kotae: ask once, hear every backend, see what each one made up.

What a plugin's author imports is here and nowhere else. Names are loaded when they are first used, so that importing
`kotae` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kotae.backend import AnswerRequest, Backend, Manual, Services
    from kotae.conversation import Conversation, Flag, Message, Passage, Rewrite, TokenUsage, Turn
    from kotae.errors import BackendError, KotaeError
    from kotae.evaluation.metrics import Answer, Metric, per_answer
    from kotae.events import Delta, Finished, Notice, Progress, Prompted, Retrieved, Rewritten, Used
    from kotae.hooks import hookimpl
    from kotae.reading import PageText, Reader
    from kotae.settings import BackendSettings, Settings

__version__ = "0.1.0"

_HOMES = {
    "kotae.backend": ("AnswerRequest", "Backend", "Manual", "Services"),
    "kotae.conversation": ("Conversation", "Flag", "Message", "Passage", "Rewrite", "TokenUsage", "Turn"),
    "kotae.errors": ("BackendError", "KotaeError"),
    "kotae.evaluation.metrics": ("Answer", "Metric", "per_answer"),
    "kotae.events": ("Delta", "Finished", "Notice", "Progress", "Prompted", "Retrieved", "Rewritten", "Used"),
    "kotae.hooks": ("hookimpl",),
    "kotae.reading": ("PageText", "Reader"),
    "kotae.settings": ("BackendSettings", "Settings"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Answer",
    "AnswerRequest",
    "Backend",
    "BackendError",
    "BackendSettings",
    "Conversation",
    "Delta",
    "Finished",
    "Flag",
    "KotaeError",
    "Manual",
    "Message",
    "Metric",
    "Notice",
    "PageText",
    "Passage",
    "Progress",
    "Prompted",
    "Reader",
    "Retrieved",
    "Rewrite",
    "Rewritten",
    "Services",
    "Settings",
    "TokenUsage",
    "Turn",
    "Used",
    "__version__",
    "hookimpl",
    "per_answer",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kotae' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
