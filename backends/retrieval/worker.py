"""The retrieval process: `python -m backends.retrieval.worker`. Indexes, searches, and holds everything heavy.

It speaks JSON, as `backends.worker_loop` does, and is asked to `build`, `open`, `search`, and for `documents`, `known`, `counts`,
`similarities`, `pages` and a `page`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec

from backends.embedded import weights
from backends.retrieval import indexing
from backends.retrieval.encoder import Encoder
from backends.retrieval.index import Index, current_version, open_index
from backends.retrieval.page import Skipped
from backends.retrieval.pagelist import PageList
from backends.retrieval.search import search, wants_encoder
from backends.worker_loop import Request, serve
from kotae.conversation import Message
from kotae.errors import IndexFolderError
from kotae.reading import Reader

LoadReaders = Callable[[], tuple[Sequence[Reader], Sequence[Skipped]]]
"""Gives the readers of plugins, and the plugins that could not be asked for theirs."""
_TEXTS = 128
"""Texts that are encoded before progress is told."""


class Worker:
    """The encoders and indexes that are loaded, and what can be asked of them. Called from several threads."""

    def __init__(self, load_readers: LoadReaders = lambda: ((), ())) -> None:
        self._load_readers = cache(
            load_readers
        )  # the first build is early enough: most requests read no manual
        self._encoders: dict[str, Encoder] = {}
        self._indexes: dict[str, Index] = {}
        self._page_lists: dict[str, PageList] = {}
        self._index_lock = threading.Lock()
        self._encoder_lock = threading.Lock()

    def build(self, request: Request, message: dict[str, Any]) -> Any:
        source, out = Path(message["source"]), Path(message["out"])
        readers, failed = self._load_readers()
        if message.get("if_changed") and indexing.is_current(source, out, readers):
            return None
        encoder = self._encoder(message["encoder"], request)
        report = partial(request.report, unit="passages")
        summary = indexing.build(source, out, encoder, report, request.cancelled.is_set, readers)
        return asdict(
            replace(
                summary,
                skipped=(*summary.skipped, *failed),
                skipped_count=summary.skipped_count + len(failed),
            )
        )

    def open(self, request: Request, message: dict[str, Any]) -> Any:
        index = self._index(message["index"])
        if index.vectors is not None:
            self._encoder_of(index, message["encoder"], request).encode(["warm"])

    def search(self, request: Request, message: dict[str, Any]) -> Any:
        index, query = self._index(message["index"]), message["query"]

        def encoder() -> Encoder:
            return self._encoder_of(index, message["encoder"], request)

        dense = wants_encoder(index, query, lambda texts: encoder().reads(texts))
        encode = (lambda texts: encoder().encode(texts)) if dense else None
        history = msgspec.convert(message["history"], tuple[Message, ...])
        found = search(index, query, message["top"], encode, history)
        return [index.handed_out(passage) for passage in found]

    def documents(self, _request: Request, message: dict[str, Any]) -> Any:
        return list(dict.fromkeys(passage.document for passage in self._index(message["index"]).passages))

    def known(self, _request: Request, message: dict[str, Any]) -> Any:
        return sorted(self._index(message["index"]).known(message["terms"]))

    def counts(self, _request: Request, message: dict[str, Any]) -> Any:
        index = self._index(message["index"])
        of = {term: index.words.frequency(term) for term in message["terms"]}
        return {"passages": len(index.passages), "of": of}

    def pages(self, _request: Request, message: dict[str, Any]) -> Any:
        return [
            asdict(name) for name in self._pages(message["index"]).matching(message["typed"], message["top"])
        ]

    def page(self, _request: Request, message: dict[str, Any]) -> Any:
        found = self._pages(message["index"]).page(message["document"], message["limit"])
        return None if found is None else asdict(found)

    def _pages(self, folder: str) -> PageList:
        index = self._index(folder)
        with self._index_lock:
            pages = self._page_lists.get(folder)
            if pages is None or pages.index is not index:
                pages = self._page_lists[folder] = PageList(index)
            return pages

    def similarities(self, request: Request, message: dict[str, Any]) -> Any:
        encoder = self._encoder(message["encoder"], request)
        pairs = message["pairs"]
        # Several answers are held against one reference: what is there more than once is encoded once.
        readable = {text: all(encoder.reads([text]).values()) for pair in pairs for text in pair}
        wanted = [place for place, pair in enumerate(pairs) if all(readable[text] for text in pair)]
        texts = list(dict.fromkeys(text for place in wanted for text in pairs[place]))
        if wanted and not encoder.is_loaded:
            request.report("Loading the encoder", 0, 0)
        vectors: dict[str, Any] = {}
        for start in range(0, len(texts), _TEXTS):
            batch = texts[start : start + _TEXTS]
            vectors.update(zip(batch, encoder.encode(batch), strict=True))
            request.report("Comparing", len(vectors), len(texts))
        found: list[float | None] = [None] * len(pairs)
        for place in wanted:
            one, other = pairs[place]
            found[place] = max(0.0, min(1.0, float(vectors[one] @ vectors[other])))
        return found

    def _index(self, folder: str) -> Index:
        """The index as it is now; read again when a newer version came into use."""
        with self._index_lock:
            index = self._indexes.get(folder)
            if index is None or current_version(Path(folder)) != index.version:
                index = self._indexes[folder] = open_index(Path(folder))
            return index

    def _encoder(self, name: str, request: Request) -> Encoder:
        with self._encoder_lock:
            if name not in self._encoders:
                self._encoders[name] = _find_encoder(name, request)
            return self._encoders[name]

    def _encoder_of(self, index: Index, name: str, request: Request) -> Encoder:
        """The encoder that the index was made with; whoever asks is told when it has yet to be loaded."""
        found = self._encoder(name, request)
        made_with = index.manifest.encoder
        if found.digest != made_with.digest:
            raise IndexFolderError(
                f"The index in {index.folder} was made with the encoder {made_with.name}, not with {found.name}.",
                f"Run `kotae index {index.manifest.source} --out {index.folder}`, or set `encoder` in [retrieval].",
            )
        if not found.is_loaded:
            request.report("Loading the encoder", 0, 0)
        return found


def _find_encoder(name: str, request: Request) -> Encoder:
    if not name:
        folder = weights.ensure(weights.MINILM, request.report, request.cancelled.is_set)
        return Encoder(folder, weights.MINILM.label)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return Encoder(folder, name)
    from huggingface_hub import snapshot_download

    try:
        request.report(f"Fetching {name}", 0, 0)
        return Encoder(Path(snapshot_download(name)), name)
    except Exception as error:
        raise IndexFolderError(
            f"The encoder {name} is no folder and can't be fetched: {type(error).__name__}.",
            "Set `encoder` in [retrieval] to a sentence-transformers model, or leave it empty.",
        ) from error


def main(load_readers: LoadReaders = lambda: ((), ())) -> None:
    """Serve standard input until it closes."""
    worker = Worker(load_readers)
    serve(
        "retrieval",
        {
            "build": worker.build,
            "open": worker.open,
            "search": worker.search,
            "documents": worker.documents,
            "known": worker.known,
            "counts": worker.counts,
            "pages": worker.pages,
            "page": worker.page,
            "similarities": worker.similarities,
        },
        failure="The manual can't be searched",
        # Builds take minutes and loading takes seconds, and searches that need neither must not wait for them.
        lanes=("build", "open", "similarities", "pages"),
        called_off=(indexing.BuildCancelledError, weights.FetchCancelledError),
    )


if __name__ == "__main__":
    main()
