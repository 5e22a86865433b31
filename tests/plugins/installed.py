"""Plugins for tests, found as installed ones are."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

from kotae import hookimpl
from kotae.settings import PluginSettings
from plugins.manager import PluginManager


class _Distribution:
    name, version = "someone-elses", "1.2"


def plugin(name: str, **hooks: Callable[..., Any]) -> EntryPoint:
    """An installed plugin with the given hook implementations."""
    module = types.ModuleType(f"plugin_for_tests_{name}")
    for hook, function in hooks.items():
        setattr(module, hook, hookimpl(function))
    sys.modules[module.__name__] = module
    entry = EntryPoint(name, module.__name__, "kotae")
    vars(entry)["dist"] = _Distribution
    return entry


def loaded(
    *entries: EntryPoint, budget: float = 1.0, environ: dict[str, str] | None = None, **settings: Any
) -> Any:
    reports: list[str] = []
    manager = PluginManager(PluginSettings(budget=budget, **settings), reports.append, environ or {})
    manager.load(entries)
    return manager, reports
