"""The embedded model's own process, llama.cpp's server: `python -m backends.embedded.child`.

Standard input brings one line of JSON, what to serve, and then stays open: when it ends, the parent has
ended, however it did, and so does this process. Standard output takes one line of JSON back. All that
llama.cpp prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

_KEPT: list[Any] = []
"""Servers that were made to try an adapter."""


def main() -> None:
    """Serve until the parent is gone."""
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    wanted = sys.stdin.buffer.readline()
    if not wanted:
        return
    gone = threading.Thread(target=_end_with_parent, name="parent", daemon=True)
    gone.start()
    print(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} process {os.getpid()}", file=sys.stderr, flush=True)
    server, said = _serve(json.loads(wanted))
    print(json.dumps(said), file=reply, flush=True)
    if server is not None:
        gone.join()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)  # in the middle of whatever llama.cpp's threads are doing


def _serve(wanted: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The running server, or None, and what to tell the parent."""
    try:
        import xllamacpp
    except ImportError as error:
        return None, {"error": f"the package xllamacpp can't be loaded ({error})"}
    adapters = [path for path in wanted["adapters"] if Path(path).is_file()]
    server = _server(xllamacpp, wanted, adapters)
    if server is None and adapters:
        # llama.cpp refuses all for one that it can't use. The others, and the bare model, must not suffer
        # for it.
        tried = {path: _server(xllamacpp, wanted, [path]) for path in adapters}
        adapters = [path for path, one in tried.items() if one is not None]
        server = tried[adapters[0]] if len(adapters) == 1 else _server(xllamacpp, wanted, adapters)
        # A server that is let go right after it began can wait for its own end for ever.
        _KEPT.extend(tried.values())
    if server is None:
        return None, {"error": f"llama.cpp can't load {wanted['model']}"}
    return server, {"url": server.listening_address, "adapters": adapters}


def _server(xllamacpp: Any, wanted: dict[str, Any], adapters: list[str]) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = wanted["model"]
    params.model_alias = {wanted["name"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [wanted["api_key"]]
    params.ui = False
    params.endpoint_slots = False
    params.n_parallel = wanted["slots"]
    params.n_ctx = wanted["slots"] * wanted["context"]
    params.fit_params = False
    params.warmup = False
    # Prompts that were put aside for later are kept without a note of the adapter that read them.
    params.cache_ram_mib = 0
    params.cpuparams.n_threads = wanted["threads"]
    params.cpuparams_batch.n_threads = wanted["threads"]
    params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path, 0.0) for path in adapters]
    try:
        return xllamacpp.Server(params)
    except RuntimeError:  # its words are in the log
        return None


if __name__ == "__main__":
    main()
