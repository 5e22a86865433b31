"""The log file. The terminal belongs to the screen; what a developer wants to know goes here."""

from __future__ import annotations

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from kotae import paths


class _LogFile(RotatingFileHandler):
    """Each file is opened as all our logs are, the one that follows on a full one too."""

    def _open(self) -> TextIOWrapper:
        return TextIOWrapper(paths.open_log("kotae"), encoding="utf-8")


class _WithoutSecrets(logging.Formatter):
    """Whatever an error repeats, keys do not come into the log."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in _secrets():
            text = text.replace(secret, "***")
        return text


class _NoTracebacks(_WithoutSecrets):
    """Without --debug a log line is one line."""

    def formatException(self, ei: object) -> str:  # noqa: ARG002, N802 - logging's name
        return ""

    def formatStack(self, stack_info: str) -> str:  # noqa: ARG002, N802 - logging's name
        return ""


def _secrets() -> list[str]:
    """The values of environment variables whose names say that they are secret, the longest first."""
    names = ("KEY", "TOKEN", "SECRET", "PASSWORD")
    found = {value for name, value in os.environ.items() if name.upper().endswith(names) and len(value) >= 8}
    return sorted(found, key=len, reverse=True)


def start_logging(*, debug: bool) -> None:
    """Sends log records to the log file, tracebacks only with `debug`. A log that can't be written is done without."""
    root = logging.getLogger()
    try:
        handler: logging.Handler = _LogFile(
            paths.log_file("kotae"), maxBytes=paths.LARGEST_LOG, backupCount=1
        )
    except OSError:
        handler = logging.NullHandler()
    kind = _WithoutSecrets if debug else _NoTracebacks
    handler.setFormatter(kind("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.INFO if debug else logging.WARNING)
    # httpx logs every request's address; the client's debug records hold whole requests.
    for name in ("httpx", "httpx2", "httpcore", "httpcore2", "openai"):
        logging.getLogger(name).setLevel(logging.WARNING)


def log_failure(error: BaseException) -> str:
    """Logs an error nobody expected, and says where to look."""
    debug = logging.getLogger().level == logging.INFO
    logging.getLogger("kotae").error("unexpected: %r", error, exc_info=error)
    path: Path = paths.log_file("kotae")
    return (
        f"Its traceback is in {path}."
        if debug
        else "Run again with --debug to have its traceback in the log."
    )
