"""Finding plugins and calling their hooks, each one on its own.

A plugin that raises, takes longer than its budget, or can't be imported is reported once, by name, and switched off for the
session. A plugin that is disabled is never imported.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

import pluggy

from kotae import __version__
from kotae.backend import Backend, Manual, Services
from kotae.commands import Command
from kotae.conversation import Conversation, Flag, Message, Passage, Rewrite, Turn
from kotae.errors import KotaeError, described
from kotae.evaluation.metrics import Metric
from kotae.export import Export
from kotae.hooks import PROJECT
from kotae.queries import typed
from kotae.reading import Reader
from kotae.settings import PluginSettings, Settings
from plugins import returns
from plugins.budget import in_thread, within

_log = logging.getLogger(__name__)
_BUNDLED = "kotae"
_T = TypeVar("_T")
_COMPLAINTS = 5
"""Reasons why it could not judge that a flagger is heard with, a session; the others are in the log."""


@dataclass(slots=True)
class PluginInfo:
    """One plugin as `kotae plugins` lists it."""

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...] = ()
    state: str = "on"
    """`on`, `disabled`, or `failed`."""
    reason: str = ""
    """Why it is not on."""

    @property
    def bundled(self) -> bool:
        return self.distribution == _BUNDLED


@dataclass(frozen=True, slots=True)
class _Implementation:
    plugin: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]


@dataclass(slots=True)
class PluginManager:
    """The plugins of one session. Implements `kotae.hooks.Hooks`.

    `report` is told, in one line, of each plugin that is switched off.
    """

    settings: PluginSettings = field(default_factory=PluginSettings)
    report: Callable[[str], None] = lambda _: None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    flaggers: Collection[str] = ()
    """Names of the plugins that judge answers; empty: all that can."""
    infos: dict[str, PluginInfo] = field(default_factory=dict)
    unjudged: int = 0
    """How often a flagger failed to judge an answer."""
    _complaints: dict[str, set[str]] = field(default_factory=dict)
    """By flagger, the reasons why it could not judge that were reported."""
    _pluggy: pluggy.PluginManager = field(default_factory=lambda: pluggy.PluginManager(PROJECT))

    def load(self, found: Iterable[EntryPoint] | None = None) -> None:
        """Imports and registers what is installed and not disabled. Blocking; call it in a thread."""
        from plugins import hookspecs

        self._pluggy.add_hookspecs(hookspecs)
        for entry in sorted(found if found is not None else entry_points(group=PROJECT), key=_bundled_first):
            self._load_one(entry)

    def add(self, name: str, plugin: object) -> None:
        """Registers a bundled plugin that is made and not found: one that needs the settings. Call it before `load`.

        Of the implementations that want to be last, those of a plugin that was there first come first.
        """
        self._pluggy.register(plugin, name=name)
        self.infos[name] = PluginInfo(name, _BUNDLED, __version__, self._hooks_of(plugin))

    def _load_one(self, entry: EntryPoint) -> None:
        distribution = entry.dist.name if entry.dist is not None else "?"
        info = PluginInfo(entry.name, distribution, entry.dist.version if entry.dist is not None else "?")
        if entry.name in self.infos:
            info.name = f"{entry.name} ({distribution})"
        self.infos[info.name] = info
        if (reason := self._why_disabled(info)) is not None:
            info.state, info.reason = "disabled", reason
            return
        try:
            module = within(self.settings.budget, entry.load)
            self._pluggy.register(module, name=info.name)
            self._pluggy.check_pending()
        except Exception as error:
            if self._pluggy.has_plugin(info.name):
                self._pluggy.unregister(name=info.name)
            self._switch_off(info.name, error)
            return
        info.hooks = self._hooks_of(self._pluggy.get_plugin(info.name))

    def _hooks_of(self, plugin: object) -> tuple[str, ...]:
        return tuple(sorted(caller.name for caller in self._pluggy.get_hookcallers(plugin) or ()))

    def _why_disabled(self, info: PluginInfo) -> str | None:
        if info.name in self.settings.disabled:
            return "by the settings"
        wanted = self.environ.get("KOTAE_PLUGINS")
        if (
            wanted is not None
            and not info.bundled
            and info.name not in {name.strip() for name in wanted.split(",")}
        ):
            return "by KOTAE_PLUGINS"
        return None

    # -- hooks that are called once -------------------------------------------------------------------------------

    def register_backends(self, settings: Settings, services: Services) -> list[Backend]:
        """All backends, in the order of the settings' tables, then those that only plugins know."""
        backends: dict[str, Backend] = {}
        for made in self._call_all(
            "register_backends", returns.backends, settings=settings, services=services
        ):
            for backend in made:
                backends.setdefault(backend.name, backend)
        order = {name: place for place, name in enumerate(settings.backends)}
        return sorted(backends.values(), key=lambda backend: order.get(backend.name, len(order)))

    def register_retrievers(self, settings: Settings) -> dict[str, Manual]:
        retrievers: dict[str, Manual] = {}
        for made in self._call_all("register_retrievers", returns.retrievers, settings=settings):
            retrievers.update(made)
        return retrievers

    def register_readers(self) -> list[Reader]:
        """The readers of all plugins, held to the budget; see `plugins.readers`."""
        from plugins.readers import GuardedReader

        readers: list[Reader] = []
        for implementation in self._implementations("register_readers"):
            name = implementation.plugin
            for made in self._call_one(implementation, returns.readers):
                for reader, suffixes in made:
                    readers.append(
                        GuardedReader(
                            reader,
                            suffixes,
                            within_budget=lambda call: within(self.settings.budget, call),
                            why_off=lambda name=name: "" if self._on(name) else self.infos[name].reason,  # type: ignore[misc]
                            switch_off=lambda error, name=name: self._switch_off(name, error),  # type: ignore[misc]
                        )
                    )
        return readers

    def register_commands(self) -> list[Command]:
        """The commands of all plugins, held to the budget; of two with one name the first counts."""
        from plugins.commands import guarded

        found: dict[str, Command] = {}
        for implementation in self._implementations("register_commands"):

            async def call(
                run: Callable[..., Any],
                argument: str,
                conversation: Conversation,
                name: str = implementation.plugin,
            ) -> str | None:
                if not self._on(name):
                    return None  # that it was switched off has been said
                one = _Implementation(name, lambda: run(argument, conversation), ())
                return await self._call(one, returns.said)

            for made in self._call_one(implementation, returns.commands):
                for command in made:
                    found.setdefault(command.name, guarded(command, call))
        return list(found.values())

    def register_metrics(self, settings: Settings) -> list[Metric]:
        """All metrics; of two with one name the first stays."""
        metrics: dict[str, Metric] = {}
        for made in self._call_all("register_metrics", returns.metrics, settings=settings):
            for metric in made:
                metrics.setdefault(metric.name, metric)
        return list(metrics.values())

    def register_exports(self) -> dict[str, Export]:
        """The formats of all plugins by name, those of third parties first: they win."""
        exports: dict[str, Export] = {}
        for made in self._call_all("register_exports", returns.exports):
            for export in made:
                exports.setdefault(export.name, export)
        return exports

    def register_cli(self, group: object) -> None:
        self._call_all("register_cli", returns.anything, group=group)

    # -- hooks of a turn ------------------------------------------------------------------------------------------

    async def rewrite_query(self, history: tuple[Message, ...], question: str) -> Rewrite | None:
        """The first query that an implementation gives; its note says which ones failed before it. None when none was on."""
        failed: list[str] = []
        for implementation in self._implementations("rewrite_query"):
            rewrite = await self._call(implementation, returns.rewrite, history=history, question=question)
            if rewrite is not None:
                return replace(rewrite, note="; ".join(filter(None, (*failed, rewrite.note))))
            if not self._on(implementation.plugin):
                failed.append(f"{implementation.plugin} failed: {self.infos[implementation.plugin].reason}")
        return Rewrite(query=typed(question), method="as typed", note="; ".join(failed)) if failed else None

    async def flag_answer(
        self,
        *,
        question: str,
        answer: str,
        passages: Sequence[Passage],
        manual: Manual | None,
        history: tuple[Message, ...],
        final: bool,
    ) -> list[Flag] | None:
        arguments = {
            "question": question,
            "answer": answer,
            "passages": passages,
            "manual": manual,
            "history": history,
            "final": final,
        }
        chosen = self._flaggers()
        results = await asyncio.gather(*(self._judge(i, arguments) for i in chosen))
        if all(result is None for result in results):
            return None
        flags = [
            flag if flag.flagger else _named(flag, implementation.plugin)
            for implementation, result in zip(chosen, results, strict=True)
            for flag in result or ()
        ]
        return sorted(flags, key=lambda flag: (flag.start, flag.end))

    async def _judge(
        self, implementation: _Implementation, arguments: Mapping[str, Any]
    ) -> list[Flag] | None:
        try:
            flags = await self._call(implementation, returns.flags, **arguments, passed_on=(KotaeError,))
            self.unjudged += not self._on(implementation.plugin)
            return flags
        except KotaeError as error:  # a server's fault, or a manual's: it may be mended by the next answer
            self.unjudged += 1
            said, reported = str(error), self._complaints.setdefault(implementation.plugin, set())
            _log.warning("flagger %s could not judge: %s", implementation.plugin, said)
            if said not in reported and len(reported) < _COMPLAINTS:
                reported.add(said)
                self.report(f"{implementation.plugin} could not judge the answer: {said}")
            return None

    async def turn_started(self, turn: Turn) -> None:
        for implementation in self._implementations("turn_started"):
            await self._call(implementation, returns.anything, turn=turn)

    async def turn_finished(self, turn: Turn) -> None:
        for implementation in self._implementations("turn_finished"):
            await self._call(implementation, returns.anything, turn=turn)

    async def session_ended(self) -> None:
        for implementation in self._implementations("session_ended"):
            await self._call(implementation, returns.anything)

    # -- calling --------------------------------------------------------------------------------------------------

    def _implementations(self, hook: str) -> list[_Implementation]:
        """Those that are on; third parties before the bundled ones, as pluggy orders them (last registered first)."""
        caller = getattr(self._pluggy.hook, hook, None)
        found = reversed(caller.get_hookimpls()) if caller is not None else ()
        return [
            _Implementation(i.plugin_name, i.function, tuple(i.argnames))
            for i in found
            if self._on(i.plugin_name)
        ]

    def _on(self, name: str) -> bool:
        return name in self.infos and self.infos[name].state == "on"

    def _flaggers(self) -> list[_Implementation]:
        """Those that judge answers: all there are, or those that were chosen."""
        found = self._implementations("flag_answer")
        return [i for i in found if not self.flaggers or i.plugin in self.flaggers]

    def judges(self) -> bool:
        """Whether any flagger is on that is to run."""
        return bool(self._flaggers())

    def names(self, hook: str) -> list[str]:
        """The plugins that are on and implement a hook."""
        return sorted({implementation.plugin for implementation in self._implementations(hook)})

    def _call_all(self, hook: str, checked: Callable[[Any], _T], **arguments: Any) -> list[_T]:
        """What the implementations that are on gave, but for None; `checked` refuses what a hook may not give."""
        return [
            result
            for implementation in self._implementations(hook)
            for result in self._call_one(implementation, checked, **arguments)
        ]

    def _call_one(
        self, implementation: _Implementation, checked: Callable[[Any], _T], **arguments: Any
    ) -> list[_T]:
        """What one implementation gave; nothing when that is None, or when it failed."""
        given = {name: arguments[name] for name in implementation.arguments}

        def call() -> _T | None:
            result = implementation.function(**given)
            return None if result is None else checked(result)

        try:
            result = within(self.settings.budget, call)
        except Exception as error:
            self._switch_off(implementation.plugin, error)
            return []
        return [] if result is None else [result]

    async def _call(
        self,
        implementation: _Implementation,
        checked: Callable[[Any], _T],
        passed_on: tuple[type[Exception], ...] = (),
        **arguments: Any,
    ) -> _T | None:
        """What an implementation gives; None when it failed, or gave that. Errors that are `passed_on` are not its failure."""
        given = {name: arguments[name] for name in implementation.arguments}
        try:
            async with asyncio.timeout(self.settings.budget):
                if inspect.iscoroutinefunction(implementation.function):
                    result = await implementation.function(**given)
                else:
                    result = await in_thread(lambda: implementation.function(**given))
                    if isinstance(result, Awaitable):
                        result = await result
            return None if result is None else checked(result)
        except (GeneratorExit, KeyboardInterrupt):
            raise
        except asyncio.CancelledError as error:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise  # the turn was stopped
            self._switch_off(implementation.plugin, error)
        except BaseException as error:
            if isinstance(error, passed_on):
                raise
            self._switch_off(implementation.plugin, error)
        return None

    def _switch_off(self, name: str, error: BaseException) -> None:
        info = self.infos[name]
        if info.state != "on":
            return
        what = (
            f"took longer than {self.settings.budget:g} s"
            if isinstance(error, TimeoutError)
            else described(error)
        )
        info.state, info.reason = "failed", what
        _log.error("plugin %s switched off", name, exc_info=error)
        self.report(f"Plugin {name} was switched off for this session: {what}.")


def third_parties() -> list[EntryPoint]:
    """The plugins that are installed besides those that come with Kotae. Nothing is imported."""
    return [
        entry for entry in entry_points(group=PROJECT) if entry.dist is None or entry.dist.name != _BUNDLED
    ]


def _bundled_first(entry: EntryPoint) -> tuple[bool, str]:
    return (entry.dist is None or entry.dist.name != _BUNDLED, entry.name)


def _named(flag: Flag, plugin: str) -> Flag:
    return replace(flag, flagger=plugin)
