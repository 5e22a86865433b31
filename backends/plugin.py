"""The built-in backends, registered through the hooks that third parties use."""

from __future__ import annotations

from pathlib import Path

from kotae.backend import Backend, Services
from kotae.conversation import Message, Rewrite
from kotae.hooks import hookimpl
from kotae.settings import Settings


@hookimpl
def register_backends(settings: Settings, services: Services) -> list[Backend]:
    """A backend for every table of a built-in kind. All of them share one embedded model."""
    from backends.base import Base
    from backends.embedded.server import EmbeddedServer
    from backends.finetuned import FineTuned
    from backends.model import Model
    from backends.rag import Rag

    adapters = {name: _adapter(table.adapter, table.kind) for name, table in settings.backends.items()}
    embedded = EmbeddedServer(list(dict.fromkeys(path for path in adapters.values() if path is not None)))
    backends: list[Backend] = []
    for name, table in settings.backends.items():
        model = Model(name, table, embedded, adapters[name])
        if table.kind == "base":
            backends.append(Base(name, model))
        elif table.kind == "finetuned":
            backends.append(FineTuned(name, model))
        elif table.kind == "rag":
            backends.append(
                Rag(
                    name,
                    model,
                    services,
                    lambda table=table: services.manual(table.manual, table.index, table.retriever),  # type: ignore[misc]
                    rewrite=settings.retrieval.rewrite,
                )
            )
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
