"""How long the list of conversations takes: its first build, listing, searching, following what changes.

    python -m benchmarks.conversations                 # 10,000 conversations in a temporary folder, about two minutes
    python -m benchmarks.conversations --conversations 1000

The transcripts are written by `Recorder`'s own format: three turns each on the average, half of them in Japanese, with passages
and the messages sent. Each figure is the median of `--repeats` runs; "first" is the first after the process has started.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kotae import __version__
from kotae.transcripts.record import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

EN = """
    period close reopen controller ledger invoice posting account receipt journal warehouse tax approval budget currency
    report supplier customer order quantity balance statement fiscal branch role permission export import screen setting
    deadline audit correction reversal accrual depreciation asset inventory shipment return discount payment bank
"""
JA = """
    期間 締め 再開 経理責任者 元帳 請求書 転記 勘定科目 入荷 仕訳 倉庫 税 承認 予算 通貨 帳票 仕入先 得意先 受注 数量 残高
    財務諸表 会計年度 支店 役割 権限 出力 取込 画面 設定 期限 監査 訂正 取消 見越 減価償却 資産 在庫 出荷 返品 値引 支払 銀行
"""
WORDS_EN, WORDS_JA = EN.split(), JA.split()
JOINS = ("は", "の", "を", "に", "で", "が", "と", "から", "まで", "について")
QUERIES = {
    "en, a word": "depreciation",
    "en, two words": "reopen controller",
    "en, part of a word": "preciat",
    "en, two letters": "qx",
    "en, one letter": "e",
    "en, in one conversation": "needle4711",
    "ja, three characters and more": "経理責任者",
    "ja, two characters": "再開",
    "ja, two characters, in one conversation": "麒麟",
    "ja, one character": "税",
    "ja, one character, in one conversation": "鱗",
    "found nowhere": "xyzzy plugh",
}


def sentence(rng: random.Random, *, japanese: bool, words: int) -> str:
    """Some words of a trade, in an order of their own."""
    if japanese:
        return "".join(rng.choice(WORDS_JA) + rng.choice(JOINS) for _ in range(words)) + "行います。"
    return " ".join(rng.choice(WORDS_EN) for _ in range(words)).capitalize() + "."


def write(folder: Path, number: int, rng: random.Random) -> None:
    """One transcript."""
    day = f"2026-{1 + number // 900:02}-{1 + number // 32 % 28:02}"
    clock = f"{number // 60 % 24:02}:{number % 60:02}"
    name = f"{day.replace('-', '')}T{clock.replace(':', '')}00-{number:06x}"
    japanese = bool(number % 2)
    at = f"{day}T{clock}:00.000+00:00"
    lines: list[dict[str, object]] = [
        {"type": "conversation", "schema": SCHEMA, "id": name, "created": at, "kotae": __version__}
    ]
    parent = None
    for place in range(1 + number % 5):
        turn = f"{number:06x}{place:02x}"
        question = sentence(rng, japanese=japanese, words=8)
        answer = " ".join(sentence(rng, japanese=japanese, words=14) for _ in range(5))
        if number == 4711:
            answer += " needle4711 麒麟の鱗"
        passages = [
            {
                "id": str(i),
                "document": "a.md",
                "title": "A",
                "text": sentence(rng, japanese=japanese, words=60),
            }
            for i in range(5)
        ]
        lines += [
            {"type": "turn", "turn": turn, "at": at, "parent": parent, "backend": ("base", "rag")[place % 2], "question": question},
            {"type": "retrieved", "turn": turn, "at": 0.1, "passages": passages},
            {"type": "prompted", "turn": turn, "at": 0.1, "messages": [{"role": "user", "content": str(passages) + question}]},
            {"type": "delta", "turn": turn, "at": 0.9, "text": answer[: len(answer) // 2]},
            {"type": "delta", "turn": turn, "at": 1.4, "text": answer[len(answer) // 2 :]},
            {"type": "finished", "turn": turn, "at": 1.5, "reason": "stop", "error": "", "hint": ""},
            {"type": "closed", "turn": turn, "at": at, "status": "stop", "first_token": 0.2, "total": 1.5},
        ]  # fmt: skip
        parent = turn
    if number % 10 == 0:
        lines.append({"type": "title", "title": sentence(rng, japanese=japanese, words=3), "at": at})
    if number % 500 == 0:
        lines.append({"type": "pinned", "pinned": True, "at": at})
    (folder / f"{name}.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


def timed(repeats: int, call: Callable[[], object]) -> tuple[float, float, object]:
    """The first time, the median, and what `call` gave."""
    took = []
    given: object = None
    for _ in range(repeats):
        start = time.perf_counter()
        given = call()
        took.append(time.perf_counter() - start)
    return took[0], statistics.median(took), given


def row(what: str, first: float, median: float, note: str = "") -> None:
    print(f"| {what} | {first * 1000:.0f} ms | {median * 1000:.0f} ms | {note} |")


def measure(folder: Path, index: Path, repeats: int) -> None:
    """The figures, as rows of a table."""
    from kotae.transcripts.library import Library

    library = Library(folder, index)
    print("| | first | median | |")
    print("| --- | --- | --- | --- |")
    first, _, _ = timed(1, library.update)
    size = sum(file.stat().st_size for file in index.parent.glob(f"{index.name}*"))
    row("the first build", first, first, f"an index of {size / 1e6:.0f} MB")
    started = (
        "import sys, time; start = time.perf_counter()\n"
        "from pathlib import Path; from kotae.transcripts.library import Library\n"
        "entries = Library(Path(sys.argv[1]), Path(sys.argv[2])).entries()\n"
        "print(time.perf_counter() - start)"
    )
    run = [sys.executable, "-c", started, str(folder), str(index)]
    fresh = [
        float(subprocess.run(run, capture_output=True, check=True, text=True).stdout) for _ in range(repeats)
    ]
    row("listed by a new process, imports and all", fresh[0], statistics.median(fresh))
    row(
        "the first 200 listed, which the screen shows first",
        *timed(repeats, lambda: library.entries(200))[:2],
    )
    first, median, entries = timed(repeats, library.entries)
    assert isinstance(entries, list)
    row("listed", first, median, f"{len(entries):,} conversations")
    row("brought up to date, nothing changed", *timed(repeats, library.update)[:2])

    changed = entries[len(entries) // 2].path

    def grow() -> None:
        with changed.open("ab") as file:
            file.write(
                b'{"type":"turn","turn":"%d","at":"2026-12-31","backend":"base","question":"?"}\n'
                % time.time_ns()
            )
        library.update()

    row("brought up to date, one conversation has grown", *timed(repeats, grow)[:2])
    for what, query in QUERIES.items():
        first, median, found = timed(repeats, lambda query=query: library.search(query))  # type: ignore[misc]
        assert isinstance(found, list)
        row(f"searched: {what} ({query})", first, median, f"{len(found)} shown")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "transcripts"
        folder.mkdir()
        rng = random.Random(1)  # noqa: S311 - the same conversations at each run
        for number in range(options.conversations):
            write(folder, number, rng)
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{options.conversations:,} conversations, {size / 1e6:.0f} MB\n")
        measure(folder, Path(place) / "index.sqlite3", options.repeats)


if __name__ == "__main__":
    main()
