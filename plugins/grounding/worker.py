"""The process in which claims are judged: `python -m plugins.grounding.worker`. It speaks JSON, as `backends.worker_loop` does."""

from __future__ import annotations

from typing import Any

import msgspec

from backends.worker_loop import Request, serve
from plugins.grounding.case import Case
from plugins.grounding.judge import judge


def main() -> None:
    """Serve standard input until it closes."""
    serve("grounding", {"judge": _judge}, failure="The answer can't be judged")


def _judge(request: Request, message: dict[str, Any]) -> Any:
    del request
    return msgspec.to_builtins(judge(msgspec.convert(message["case"], Case)))


if __name__ == "__main__":
    main()
