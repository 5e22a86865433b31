"""The built-in backends, registered through the hooks that third parties use."""

from __future__ import annotations

from pathlib import Path

from kotae.backend import Backend, Services
from kotae.conversation import Message, Rewrite
from kotae.hooks import hookimpl
from kotae.settings import QUOTE, Settings


@hookimpl
def register_backends(settings: Settings, services: Services) -> list[Backend]:
    """A backend for every table of a built-in kind. Those that ask a model share the embedded one."""
    from backends.base import Base
    from backends.embedded.server import EmbeddedServer
    from backends.finetuned import FineTuned
    from backends.model import Model
    from backends.quote import Quote
    from backends.rag import Rag
    from backends.searching import ManualSearch

    tables = settings.backends
    instead = next((name for name, table in tables.items() if table.kind == QUOTE), "")
    adapters = {name: _adapter(table.adapter, table.kind) for name, table in tables.items()}
    embedded = EmbeddedServer(list(dict.fromkeys(path for path in adapters.values() if path is not None)))
    backends: list[Backend] = []
    for name, table in tables.items():
        model = Model(name, table, embedded, adapters[name], instead=instead)
        search = ManualSearch(
            services,
            lambda table=table: services.manual(table.manual, table.index, table.retriever),  # type: ignore[misc]
            settings.retrieval.rewrite,
        )
        if table.kind == "base":
            backends.append(Base(name, model))
        elif table.kind == "finetuned":
            backends.append(FineTuned(name, model))
        elif table.kind == "rag":
            backends.append(Rag(name, model, search))
        elif table.kind == QUOTE:
            backends.append(Quote(name, search, table.passages))
    return backends


@hookimpl(trylast=True)
def rewrite_query(history: tuple[Message, ...], question: str) -> Rewrite | None:
    """Carries the terms of earlier turns into a follow-up; needs no model."""
    from backends.retrieval.rewriting import rewrite

    return rewrite(history, question)


def _adapter(named: str, kind: str) -> Path | None:
    if named:
        return Path(named).expanduser()
    if kind == "finetuned":
        import sample_manual

        return sample_manual.adapter()
    return None
