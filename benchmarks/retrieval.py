"""What retrieval costs, as ratios within one run; prints Markdown tables.

    python -m benchmarks.retrieval                          # everything; 10^6 passages want half an hour and 8 GB of disk
    python -m benchmarks.retrieval --sizes 10000,100000     # without the million
    python -m benchmarks.retrieval search memory            # some tables only

Tables: `search` (our search against raw FAISS and raw bm25s on the same arrays), `memory` (of building and of searching), `rate`
(passages indexed a second against what the encoder alone does with the same texts) and `modules` (what the process on the screen
has loaded after an index was built and searched). Texts and vectors are made up, see `synthetic`; `rate` and `modules` use the
embedded encoder on sentences of the sample manual.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.synthetic import SyntheticEncoder, Words, pages, queries

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
TABLES = ("search", "memory", "rate", "modules")
WORDS = 100
QUERIES = 200
HEAVY = ("torch", "faiss", "bm25s", "numpy", "scipy", "sentence_transformers", "transformers", "tokenizers")


def step_build(work: Path, size: int) -> dict[str, Any]:
    """Build an index of `size` passages; in a process of its own, so that its peak is its own."""
    from backends.retrieval import indexing

    corpus = work / f"{size}.jsonl"
    with corpus.open("w", encoding="utf-8") as file:
        for number, text in enumerate(Words(0).texts(size, WORDS)):
            file.write(json.dumps({"id": str(number), "title": f"Page {number // 7}", "text": text}) + "\n")
    stages: dict[str, float] = {}

    def report(stage: str, _done: int, _total: int) -> None:
        stages.setdefault(stage, time.monotonic())

    encoder: Any = SyntheticEncoder(size)
    summary = indexing.build(corpus, work / f"{size}", encoder, report, lambda: False)
    corpus.unlink()
    return {"seconds": summary.seconds, "kind": summary.vector_index, "peak": _peak()}


def step_open(work: Path, size: int) -> dict[str, Any]:
    """Open an index and search it."""
    from backends.retrieval.index import open_index
    from backends.retrieval.search import search

    began = time.perf_counter()
    index = open_index(work / f"{size}")
    opened = time.perf_counter() - began
    for query, vector in queries(size, QUERIES):
        search(index, query, 10, lambda _text, vector=vector: vector)  # type: ignore[misc]
    return {"open": opened, "peak": _peak()}


def step_compare(work: Path, size: int) -> dict[str, Any]:
    """Time our search and the raw libraries in turn, query by query."""
    from backends.retrieval.index import open_index
    from backends.retrieval.search import search
    from backends.retrieval.signals import DEPTH
    from backends.retrieval.text import tokens

    index = open_index(work / f"{size}")
    bm25 = _raw_bm25(work / f"{size}" / index.version, size)
    assert index.vectors is not None
    nearest = index.vectors.index

    def raw(query: str, vector: NDArray[np.float32]) -> None:
        bm25.retrieve([tokens(query)], k=DEPTH, show_progress=False)
        nearest.search(vector, DEPTH)

    def ours(query: str, vector: NDArray[np.float32]) -> None:
        search(index, query, 10, lambda _text: vector)

    times: dict[str, list[float]] = {"raw": [], "ours": []}
    for number, (query, vector) in enumerate(queries(size, QUERIES)):
        both: list[tuple[str, Callable[..., None]]] = [("raw", raw), ("ours", ours)]
        for name, run in both if number % 2 else both[::-1]:
            began = time.perf_counter()
            run(query, vector)
            if number >= QUERIES // 10:
                times[name].append(time.perf_counter() - began)
    found = {name: statistics.median(values) * 1000 for name, values in times.items()}
    return {**found, "kind": index.manifest.vector_index, "probes": index.manifest.probes}


def _raw_bm25(home: Path, size: int) -> Any:
    """bm25s with the index's own numbers, all in memory."""
    import bm25s
    import numpy as np

    data, starts = (home / "terms.txt").read_bytes(), np.load(home / "term-starts.npy").tolist()
    columns = np.load(home / "term-columns.npy").tolist()
    bm25 = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
    bm25.scores = {
        "data": np.load(home / "bm25-weights.npy"),
        "indices": np.load(home / "bm25-passages.npy"),
        "indptr": np.load(home / "bm25-starts.npy"),
        "num_docs": size,
    }
    bm25.nonoccurrence_array = None
    bm25.vocab_dict = {
        data[starts[at] : starts[at + 1]].decode(): column for at, column in enumerate(columns)
    }
    bm25.unique_token_ids_set = set(bm25.vocab_dict.values())
    return bm25


def step_rate(work: Path, size: int) -> dict[str, Any]:
    """Index about `size` passages with the embedded encoder, and encode the same texts with nothing else around; by turns."""
    from backends.embedded import weights
    from backends.retrieval import encoder, indexing
    from backends.retrieval.manual import pages as pages_of
    from backends.retrieval.marks import search_text
    from backends.retrieval.passages import cut

    minilm = encoder.Encoder(weights.ensure(weights.MINILM), weights.MINILM.label)
    minilm.encode(["warm"])
    model = minilm._loaded()
    spent = {"index": [0.0, 0.0], "alone": [0.0, 0.0]}
    passages = 0
    for number in range(2):
        manual = pages(work / f"manual-{number}", size // 2, number)
        texts = [search_text(passage) for page in pages_of(manual, []) for passage in cut(page)]
        passages += len(texts)
        runs: dict[str, Callable[[], object]] = {
            "index": lambda manual=manual: indexing.build(  # type: ignore[misc]
                manual, manual.with_suffix(".index"), minilm, lambda *_: None, lambda: False
            ),
            "alone": lambda texts=texts: model.encode(  # type: ignore[misc]
                texts, batch_size=encoder.BATCH, normalize_embeddings=True, show_progress_bar=False
            ),
        }
        for name in sorted(runs, reverse=bool(number)):
            wall, cpu = time.perf_counter(), time.process_time()
            runs[name]()
            spent[name][0] += time.perf_counter() - wall
            spent[name][1] += time.process_time() - cpu
    return {"passages": passages, **spent, "peak": _peak()}


def step_modules(work: Path, _size: int) -> dict[str, Any]:
    """Build and search an index as the screen's process does, and see what that process has loaded."""
    import asyncio

    import tui.app  # noqa: F401
    from backends.retrieval.client import RetrievalClient

    async def use() -> int:
        client = RetrievalClient()
        try:
            await client.build(pages(work / "manual", 40, 0), work / "screen")
            found = await client.search(work / "screen", "How is a period closed?")
            assert client._process is not None
            child = _peak_of(client._process.pid)
        finally:
            await client.aclose()
        assert found
        return child

    child = asyncio.run(use())
    loaded = [name for name in HEAVY if name in sys.modules]
    return {"loaded": loaded, "peak": _peak(), "child": child}


def _peak() -> int:
    """Largest resident set of this process so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _peak_of(process: int) -> int:
    """The same of another process; 0 where the system does not say."""
    status = Path(f"/proc/{process}/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) if found else 0


def table_search(work: Path, sizes: list[int]) -> Iterator[list[str]]:
    """Rows of the table `search`."""
    yield ["passages", "FAISS type", "raw FAISS + raw bm25s, p50", "Kotae, p50", "ratio"]
    for size in sizes:
        found = _step("compare", work, size)
        kind = found["kind"] + (f", {found['probes']} probes" if found["probes"] else "")
        ratio = found["ours"] / found["raw"]
        yield [f"{size:,}", kind, f"{found['raw']:.2f} ms", f"{found['ours']:.2f} ms", f"{ratio:.2f}"]


def table_memory(work: Path, sizes: list[int]) -> Iterator[list[str]]:
    """Rows of the table `memory`."""
    yield ["passages", "build, without the encoder", "its peak", "open", "peak of 200 searches", "on disk"]
    for size in sizes:
        built, opened = json.loads((work / f"{size}.json").read_text()), _step("open", work, size)
        disk = sum(path.stat().st_size for path in (work / f"{size}").rglob("*"))
        yield [
            f"{size:,}",
            f"{built['seconds']:.0f} s",
            _gib(built["peak"]),
            f"{opened['open']:.2f} s",
            _gib(opened["peak"]),
            _gib(disk / 1024),
        ]


def table_rate(work: Path, size: int) -> Iterator[list[str]]:
    """Rows of the table `rate`."""
    found = _step("rate", work, size)
    count, index, alone = found["passages"], found["index"], found["alone"]
    yield [f"{count:,} passages", "wall", "CPU"]
    yield ["the encoder alone", *(f"{count / seconds:.1f}/s" for seconds in alone)]
    yield ["`indexing.build`", *(f"{count / seconds:.1f}/s" for seconds in index)]
    yield ["ratio", *(f"{one / other:.2f}" for one, other in zip(alone, index, strict=True))]


def table_modules(work: Path) -> Iterator[list[str]]:
    """Rows of the table `modules`."""
    found = _step("modules", work, 0)
    yield ["process", "peak", f"of {', '.join(HEAVY)}"]
    yield [
        "the screen's, after building and searching",
        _gib(found["peak"]),
        ", ".join(found["loaded"]) or "none",
    ]
    yield ["retrieval, a child", _gib(found["child"]), "as needed"]


def _gib(kib: float) -> str:
    return f"{kib / 1024**2:.2f} GiB"


def _step(name: str, work: Path, size: int) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.retrieval",
        "--step",
        name,
        "--work",
        str(work.absolute()),
        "--sizes",
        str(size),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _print(rows: Iterable[list[str]]) -> None:
    for number, row in enumerate(rows):
        print("|", " | ".join(row), "|", flush=True)
        if number == 0:
            print("|", " | ".join("---" for _ in row), "|")
    print()


def main() -> None:
    """Print the tables named on the command line, all by default."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="*", default=TABLES, metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--sizes", default="10000,100000,1000000", help="passages, separated by commas")
    parser.add_argument("--rate-passages", type=int, default=1200)
    parser.add_argument("--work", type=Path, help="a folder for the indexes; by default a temporary one")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    if given.step:
        print(json.dumps(globals()[f"step_{given.step}"](given.work, sizes[0])))
        return
    if unknown := set(given.tables) - set(TABLES):
        parser.error(f"there is no table {min(unknown)}")
    work = given.work or Path(tempfile.mkdtemp(prefix="kotae-bench-"))
    try:
        if {"search", "memory"} & set(given.tables):
            for size in sizes:
                if not (work / f"{size}.json").exists():
                    (work / f"{size}.json").write_text(json.dumps(_step("build", work, size)))
        for name in given.tables:
            rows = {
                "search": lambda: table_search(work, sizes),
                "memory": lambda: table_memory(work, sizes),
                "rate": lambda: table_rate(work, given.rate_passages),
                "modules": lambda: table_modules(work),
            }
            _print(rows[name]())
    finally:
        if given.work is None:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
