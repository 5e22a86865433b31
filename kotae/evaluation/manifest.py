"""What a run was made with: all that has to be the same for the same answers to come again."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from kotae import __version__
from kotae.evaluation.questions import EvaluationError, Question, digest
from kotae.settings import Settings, server_of
from kotae.transcripts.record import now

FILE = "manifest.json"
SCHEMA = 1
_NO_MATTER = ("created", "python", "machine", "name", "concurrency", "models")
"""Fields that may differ where a run is gone on with."""
_PATIENCE = ("timeout", "max_retries", "hosting_per_day")
"""Fields of a backend's table that no answer depends on may differ too: patience is what is turned up where answers failed."""


class RunManifest(msgspec.Struct, frozen=True, kw_only=True):
    """The manifest of one run."""

    schema: int = SCHEMA
    name: str
    """The question file's name, for people."""
    created: str
    kotae: str
    python: str
    machine: str
    """Operating system and processor; never the machine's name."""
    questions: str
    """Digest of the question set."""
    count: int
    """How many questions."""
    backends: dict[str, dict[str, Any]]
    """By name, in the order in which they were asked for: the settings' table, and `server`. Keys are never settings."""
    settings: dict[str, Any]
    """The tables `[retrieval]` and `[flags]`, and which plugins were on."""
    digests: dict[str, str]
    """SHA-256 of what answers depend on beside the settings: indexes, the embedded weights, adapters."""
    concurrency: int
    models: dict[str, list[str]] = {}
    """By backend, the models that gave the answers so far, as the server names them: more than one where the server changed it."""


def adapter_of(backend: str) -> str:
    """The name that the adapter of a backend has in `RunManifest.digests`."""
    return f"adapter of {backend}"


def manifest_of(
    name: str,
    questions: list[Question],
    backends: list[str],
    settings: Settings,
    *,
    plugins: Mapping[str, str],
    digests: Mapping[str, str],
    concurrency: int,
) -> RunManifest:
    """The manifest of a run that begins now.

    Args:
        name: the question file's name.
        plugins: versions of the plugins that are on, by name.
        digests: see `RunManifest.digests`.
    """
    tables = {}
    for backend in backends:
        table = settings.backends[backend]
        tables[backend] = {**_plain(table), "server": server_of(table)}
    return RunManifest(
        name=name,
        created=now(),
        kotae=__version__,
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        questions=digest(questions),
        count=len(questions),
        backends=tables,
        settings={
            "retrieval": _plain(settings.retrieval),
            "flags": _plain(settings.flags),
            "plugins": dict(plugins),
        },
        digests=dict(digests),
        concurrency=concurrency,
    )


def _plain(table: Any) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(table)
    return plain


def read_manifest(folder: Path) -> RunManifest:
    """The manifest in a run's folder.

    Raises:
        EvaluationError: there is none, or it can't be used.
    """
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunManifest)
    except FileNotFoundError:
        raise EvaluationError(
            f"{folder} holds no run.", "Make one with `kotae eval run --questions FILE --out DIR`."
        ) from None
    except OSError as error:
        raise EvaluationError(f"{path} can't be read: {error.strerror}.", "Check its permissions.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EvaluationError(f"{path} is no manifest of a run: {error}.", "Name another folder.") from None


def write_manifest(folder: Path, manifest: RunManifest) -> None:
    """Puts the manifest into the folder, whole or not at all.

    Raises:
        OSError: it can't be written.
    """
    write_whole(folder / FILE, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def write_whole(path: Path, data: bytes) -> None:
    """Replaces a file's contents at once; nobody else can read it. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def differences(old: RunManifest, new: RunManifest) -> list[str]:
    """What is another in `new`, by the names of the fields: `backends.rag.temperature`, `digests.manual`."""
    return _different(_matter(old), _matter(new), "")


def _matter(manifest: RunManifest) -> dict[str, Any]:
    # Through JSON, as the one on disk went: tuples are lists there.
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(manifest))
    for table in plain["backends"].values():
        for key in _PATIENCE:
            table.pop(key, None)
    return {key: value for key, value in plain.items() if key not in _NO_MATTER}


def _different(old: Any, new: Any, at: str) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            name
            for key in dict.fromkeys((*old, *new))
            for name in _different(old.get(key), new.get(key), f"{at}.{key}" if at else key)
        ]
    return [at] if old != new else []
