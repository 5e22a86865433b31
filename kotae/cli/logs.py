"""The log file. The terminal belongs to the screen; what a developer wants to know goes here."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from kotae import paths

_LIMIT = 2_000_000


class _NoTracebacks(logging.Formatter):
    """Without --debug a log line is one line."""

    def formatException(self, ei: object) -> str:  # noqa: ARG002, N802 - logging's name
        return ""

    def formatStack(self, stack_info: str) -> str:  # noqa: ARG002, N802 - logging's name
        return ""


def start_logging(*, debug: bool) -> None:
    """Sends log records to the log file, tracebacks only with `debug`. A log that can't be written is done without."""
    root = logging.getLogger()
    path = paths.log_file("kotae")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler: logging.Handler = RotatingFileHandler(
            path, maxBytes=_LIMIT, backupCount=1, encoding="utf-8", delay=True
        )
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    except OSError:
        handler = logging.NullHandler()
    kind = logging.Formatter if debug else _NoTracebacks
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
