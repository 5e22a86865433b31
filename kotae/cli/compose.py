"""Wiring: settings, plugins, backends and the manual become an engine. Only here does everything meet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from kotae.backend import Manual
from kotae.conversation import Message, Rewrite
from kotae.engine import Engine
from kotae.errors import SettingsError
from kotae.language import screen_language
from kotae.queries import typed
from kotae.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from backends.retrieval.client import RetrievalClient
    from kotae.cli.flaggers import ModelFlagger
    from plugins.manager import PluginManager

Report = Callable[[str], None]


def load_plugins(
    settings: Settings, report: Report, made: Mapping[str, object] | None = None
) -> PluginManager:
    """The plugins that are installed and not disabled. Imports them: call it in a thread when a screen is up.

    `made` are bundled ones that are no modules, by name.
    """
    from plugins.manager import PluginManager

    manager = PluginManager(settings.plugins, report, flaggers=settings.flags.flaggers)
    for name, plugin in (made or {}).items():
        manager.add(name, plugin)
    manager.load()
    return manager


def load_services(settings: Settings, report: Report) -> Services:
    """What backends may ask of the program, and the plugins behind it."""
    from kotae.cli.flaggers import made

    bundled: dict[str, object] = {}
    closers: list[Callable[[], Awaitable[None]]] = []
    if settings.retrieval.rewriter in settings.backends:  # empty, as a rule
        from backends.rewriting_model import ModelRewriter

        bundled["rewriter"] = rewriter = ModelRewriter(settings)
        closers.append(rewriter.aclose)
    flaggers = made(settings)
    bundled |= flaggers
    closers += [flagger.aclose for flagger in flaggers.values()]
    plugins = load_plugins(settings, report, bundled)
    return Services(settings, plugins, closers, flaggers)


def unknown_flaggers(settings: Settings, plugins: PluginManager) -> list[str]:
    """Those of the flaggers chosen by the settings that are not there, or not on."""
    there = plugins.names("flag_answer")
    return [name for name in settings.flags.flaggers if settings.flags.enabled and name not in there]


def load_engine(settings: Settings, report: Report = lambda _: None) -> Engine:
    """Everything that answers questions. Imports plugins and builds backends, but loads no model and opens no index.

    `report` is told, in one line each, of plugins that were switched off.

    Raises:
        SettingsError: no backend came of the settings.
    """
    services = load_services(settings, report)
    plugins = services.plugins
    backends = {backend.name: backend for backend in plugins.register_backends(settings, services)}
    for name, table in settings.backends.items():
        if name not in backends:
            report(f"No plugin makes backends of kind {table.kind!r}, which [backends.{name}] asks for.")
    for name in unknown_flaggers(settings, plugins):
        report(f"No flagger is called {name!r}, which [flags] flaggers asks for.")
    if not backends:
        raise SettingsError(
            "There is no backend at all.", "Run `kotae plugins` to see what was switched off, and why."
        )
    return Engine(
        settings=settings,
        hooks=plugins,
        backends=backends,
        manual=services.manual(),
        commands=plugins.register_commands(),
        make=lambda added: plugins.register_backends(added, services),
        closers=(services.aclose,),
    )


class Services:
    """What backends may ask of the program; see `kotae.backend.Services`. Made by `load_services`."""

    def __init__(
        self,
        settings: Settings,
        plugins: PluginManager,
        closers: Sequence[Callable[[], Awaitable[None]]] = (),
        flaggers: Mapping[str, ModelFlagger] | None = None,
    ) -> None:
        self.plugins = plugins
        self.flaggers = flaggers or {}
        """Those of the plugins that judge answers by a model of their own."""
        self._settings = settings
        self._closers = closers
        self._retrievers: dict[str, Manual] | None = None
        self._manuals: dict[tuple[str, str], Manual] = {}
        self._client: RetrievalClient | None = None

    async def rewrite(self, history: tuple[Message, ...], question: str) -> Rewrite:
        if not self._settings.retrieval.rewrite:
            return Rewrite(query=typed(question), method="as typed", note="rewriting is switched off")
        rewrite = await self.plugins.rewrite_query(history, question)
        return rewrite or Rewrite(
            query=typed(question), method="as typed", note="no rewriter answered" if history else ""
        )

    def manual(self, folder: str = "", index: str = "", retriever: str = "") -> Manual:
        if retriever:
            return self._retriever(retriever)
        retrieval = self._settings.retrieval
        if not (folder or index):
            folder, index = retrieval.manual, retrieval.index
        if (folder, index) not in self._manuals:
            self._manuals[folder, index] = self._open(folder, index)
        return self._manuals[folder, index]

    async def aclose(self) -> None:
        await self.plugins.session_ended()
        for close in self._closers:
            await close()
        if self._client is not None:
            await self._client.aclose()

    def _retriever(self, name: str) -> Manual:
        if self._retrievers is None:
            self._retrievers = self.plugins.register_retrievers(self._settings)
        if name not in self._retrievers:
            known = ", ".join(self._retrievers) or "none"
            raise SettingsError(f"No plugin registered the retriever {name!r}.", f"Registered: {known}.")
        return self._retrievers[name]

    def _open(self, folder: str, index: str) -> Manual:
        from backends.retrieval.library import IndexedManual
        from kotae.cli.retrieval import retrieval_client

        if self._client is None:
            self._client = retrieval_client(self._settings)
        source = manual_folder(self._settings, folder)
        return IndexedManual(
            self._client, source=source, index=index, encoder=self._settings.retrieval.encoder
        )


def manual_folder(settings: Settings, named: str = "") -> Path:
    """The manual that is meant: the one named, the settings', or the sample manual in the screen's language."""
    from pathlib import Path

    if named or settings.retrieval.manual:
        return Path(named or settings.retrieval.manual).expanduser()
    import sample_manual

    return sample_manual.folder(screen_language(settings.chat.lang))
