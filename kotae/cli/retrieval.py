"""The retrieval process as the command composes it, with the readers of plugins: `python -m kotae.cli.retrieval SETTINGS`.

Backends know no plugins, so the program that wires everything together starts its own version of the process. Plugins are
loaded there when a manual is first read, by the manager that loads them everywhere; `SETTINGS` is the table `[plugins]` as JSON.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec

from kotae.settings import PluginSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backends.retrieval.client import RetrievalClient
    from backends.retrieval.page import Skipped
    from kotae.reading import Reader


def retrieval_client(settings: Settings) -> RetrievalClient:
    """A client whose process reads what the built-in readers and those of the plugins read. It is not started yet."""
    from backends.retrieval.client import RetrievalClient

    plugins = msgspec.json.encode(settings.plugins).decode()
    return RetrievalClient(("-m", "kotae.cli.retrieval", plugins))


def main() -> None:
    """Serve standard input until it closes."""
    from backends.retrieval import worker

    settings = msgspec.json.decode(sys.argv[1], type=PluginSettings)
    worker.main(lambda: _plugin_readers(settings))


def _plugin_readers(settings: PluginSettings) -> tuple[Sequence[Reader], Sequence[Skipped]]:
    """The readers of all plugins that are on, and the plugins that could not be asked. Bundled ones have none."""
    from backends.retrieval.page import Skipped
    from plugins.manager import PluginManager, third_parties

    manager = PluginManager(settings)
    if entries := third_parties():
        manager.load(entries)
    readers = manager.register_readers()
    failed = [info for info in manager.infos.values() if info.state == "failed"]
    return readers, [Skipped(f"plugin {info.name}", info.reason) for info in failed]


if __name__ == "__main__":
    main()
