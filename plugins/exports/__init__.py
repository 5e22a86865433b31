"""The bundled formats: Markdown, one HTML page, JSON, and fine-tuning rows for chat models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kotae import hookimpl

if TYPE_CHECKING:
    from kotae.export import Export

__all__ = ["register_exports"]


@hookimpl
def register_exports() -> list[Export]:
    from plugins.exports.chat import ChatRows
    from plugins.exports.html import Html
    from plugins.exports.json import Json
    from plugins.exports.markdown import Markdown
    from plugins.exports.preferred import PickedRows, PreferencePairs

    return [Markdown(), Html(), Json(), ChatRows(), PickedRows(), PreferencePairs()]
