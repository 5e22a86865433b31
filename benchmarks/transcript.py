"""What the transcript costs: CPU seconds of one streamed answer, headless, each client in a process of its own.

    python benchmarks/transcript.py                    # everything, about four minutes
    python benchmarks/transcript.py kotae line         # some clients only
    python benchmarks/transcript.py --tokens 1000 --rate 400
    python benchmarks/transcript.py ratio              # three answers side by side against one, in one process

Clients: `kotae` (the widget), `line` (the least a Line-API transcript can do: whole blocks through Rich), `markdown` (Textual's
Markdown and its stream), `columns` (three answers side by side, as comparisons show them), `ratio` (`kotae` and `columns` in one
process, and what the second costs for each second of the first), `first` and `late` (one answer alone, and below 499 others).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import resource
import subprocess
import sys
from time import monotonic, process_time
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.containers import VerticalScroll
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input, Markdown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult

    from tui.transcript.entries import Entry

CLIENTS = ("kotae", "line", "markdown", "columns", "ratio", "first", "late")

_SECTION = """## Section {n}: how a request travels

The client opens **one connection** and keeps it; see [the notes](https://example.com/notes/{n}). It sends `POST /v1/chat` with
the *whole* conversation, and the server answers with one event per token until it is done or is told to stop.

1. Read the settings, then the environment.
2. Open the transcript **before** the request leaves.
   - flush it to disk
   - remember the time
3. Show every delta as it comes.

| Field | Meaning | Unit |
|:------|:-------:|-----:|
| `first` | time to the first token | s |
| `total` | time to the last token | s |
| 料金 | 一回あたりの料金 | 円 |

```python
async def answer(request: Request) -> AsyncIterator[str]:
    async with client.stream("POST", "/v1/chat", json=request.body) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: "):  # one event
                yield json.loads(line[6:])["delta"]
```

> Text that arrived is kept, whatever happens to the connection afterwards.

質問は履歴から書き直されます。検索は文字の一致と意味の近さの両方で行い、結果を一つにまとめます。見つからないときは、そのことを伝えます。

"""


def deltas(count: int) -> list[str]:
    """`count` pieces of Markdown, cut about as a tokenizer cuts."""
    pieces: list[str] = []
    section = 0
    while len(pieces) < count:
        section += 1
        pieces += re.findall(
            r"[ ]?[A-Za-z0-9]{1,6}|[^\x00-\x7f]{1,2}|\n+|[^\w\s]|[ \t]+|.", _SECTION.format(n=section)
        )
    return pieces[:count]


class LineTranscript(ScrollView):
    """Closed blocks are rendered once by Rich, the open one again and again."""

    source = ""

    def on_mount(self) -> None:
        """Nothing is shown yet."""
        self.done: list[Strip] = []
        self.open: list[Strip] = []

    def write(self, text: str) -> None:
        """Add Markdown to the end and follow it."""
        from markdown_it import MarkdownIt

        self.source += text
        starts = [t.map[0] for t in MarkdownIt().enable("table").parse(self.source) if t.level == 0 and t.map]
        if starts and starts[-1]:
            lines = self.source.splitlines(keepends=True)
            self.done += self.strips("".join(lines[: starts[-1]]))
            self.source = "".join(lines[starts[-1] :])
        self.open = self.strips(self.source)
        self.virtual_size = Size(self.size.width, len(self.done) + len(self.open))
        self.scroll_to(y=self.virtual_size.height, animate=False, immediate=True, force=True)
        self.refresh()

    def strips(self, source: str) -> list[Strip]:
        """Render blocks whole."""
        from rich.markdown import Markdown as RichMarkdown

        console = self.app.console
        options = console.options.update(width=max(20, self.size.width), height=None)
        return [*map(Strip, console.render_lines(RichMarkdown(source), options, pad=False)), Strip.blank(0)]

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
        index = y + self.scroll_offset.y
        strip = next(iter((self.done + self.open)[index : index + 1]), Strip.blank(0))
        width = self.size.width
        return strip.extend_cell_length(width, self.rich_style).crop(0, width).apply_style(self.rich_style)


class Bench(App[dict[str, float]]):
    """Streams one answer into one client and ends with what it cost."""

    CSS = "ScrollView, VerticalScroll { width: 1fr; height: 1fr; } Input { dock: bottom; height: 3; }"
    # The input is a scroll view too: unless its own rule comes last, it covers everything.

    def __init__(self, client: str, pieces: list[str], rate: float) -> None:
        super().__init__()
        self.client, self.pieces, self.rate = client, pieces, rate

    def compose(self) -> ComposeResult:
        """The client and an input, as in a chat."""
        if self.client == "line":
            yield LineTranscript()
        elif self.client == "markdown":
            with VerticalScroll():
                yield Markdown()
        else:
            yield from self.kotae()
        yield Input(placeholder="Ask")

    def kotae(self) -> ComposeResult:
        """The widget, or three of them in columns."""
        from tui.comparison import compare
        from tui.strings import strings
        from tui.transcript.view import TranscriptView
        from tui.widgets.compare import CompareView

        if self.client == "columns":
            comparison = compare("What does it cost?", ("base", "rag", "finetuned"), hide=False)
            yield CompareView(comparison, lambda _: "$primary", strings("en"))
        else:
            yield TranscriptView()

    def on_mount(self) -> None:
        """Start once the first frame is out."""
        self.call_after_refresh(self.run_worker, self.measure)

    async def measure(self) -> None:
        """Warm up with a short answer, then stream the long one and take the CPU time until all is still."""
        write, finish = self.writer()
        for piece in deltas(40):
            await write(piece)
        await asyncio.sleep(1.0)
        began, start = process_time(), monotonic()
        for number, piece in enumerate(self.pieces):
            await write(piece)
            ahead = start + (number + 1) / self.rate - monotonic() if self.rate else 0.0
            await asyncio.sleep(max(0.0, ahead))
        sent = monotonic()
        await finish()
        await asyncio.sleep(1.0)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.exit({"cpu": process_time() - began, "seconds": sent - start, "peak_mib": peak})

    def writer(self) -> tuple[Callable[[str], Awaitable[None]], Callable[[], Awaitable[None]]]:
        """How this client takes a delta, and how an answer ends."""
        if self.client == "line":
            return self.line_writer()
        if self.client == "markdown":
            stream = Markdown.get_stream(self.query_one(Markdown))
            self.query_one(VerticalScroll).anchor()
            return stream.write, stream.stop
        return self.kotae_writer()

    def line_writer(self) -> tuple[Callable[[str], Awaitable[None]], Callable[[], Awaitable[None]]]:
        """Deltas are collected and written every 50 ms."""
        pending: list[str] = []
        view = self.query_one(LineTranscript)

        def flush() -> None:
            if pending:
                view.write("".join(pending))
                pending.clear()

        async def write(piece: str) -> None:
            pending.append(piece)

        async def finish() -> None:
            flush()

        self.set_interval(0.05, flush)
        return write, finish

    def kotae_writer(self) -> tuple[Callable[[str], Awaitable[None]], Callable[[], Awaitable[None]]]:
        """Every widget gets every delta."""
        from tui.transcript.view import TranscriptView

        views = list(self.query(TranscriptView))
        for view in views:
            if self.client == "late":
                text = "".join(deltas(300))
                view.load(entry for number in range(499) for entry in _turn(number, text))
            if len(views) == 1:
                view.add_question("q", "What does it cost?")
            view.begin_answer("a", "base" if len(views) == 1 else "", "primary")

        async def write(piece: str) -> None:
            for view in views:
                view.append("a", piece)

        async def finish() -> None:
            for view in views:
                view.finish_answer("a", "done")

        return write, finish


def _turn(number: int, text: str) -> tuple[Entry, Entry]:
    from tui.transcript.entries import AnswerEntry, TextEntry

    answer = AnswerEntry(f"a{number}", "base", "$primary", [text], finished=True)
    return TextEntry(f"q{number}", f"Question {number}?"), answer


def run(client: str, tokens: int, rate: float) -> dict[str, Any]:
    """One client in this process."""
    if client == "ratio":
        one, three = (run(name, tokens, rate) for name in ("kotae", "columns"))
        return {**three, "client": client, "ratio": three["cpu"] / one["cpu"]}
    if client in ("first", "late"):
        tokens = min(tokens, 1000)
    app = Bench(client, deltas(tokens), rate)
    return {"client": client, "tokens": tokens, **(app.run(headless=True, size=(120, 40)) or {})}


def main() -> None:
    """Measure the clients named on the command line, all by default."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clients", nargs="*", default=CLIENTS, metavar="CLIENT", help=", ".join(CLIENTS))
    parser.add_argument("--tokens", type=int, default=4000)
    parser.add_argument(
        "--rate", type=float, default=200.0, help="tokens a second; 0: as fast as they are taken"
    )
    parser.add_argument("--here", action="store_true", help="measure in this process and print JSON")
    options = parser.parse_args()
    for client in options.clients:
        if options.here:
            print(json.dumps(run(client, options.tokens, options.rate)))
            continue
        command = [
            sys.executable,
            __file__,
            "--here",
            client,
            "--tokens",
            str(options.tokens),
            "--rate",
            str(options.rate),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        row = json.loads(done.stdout.splitlines()[-1])
        print(
            f"{row['client']:<10} {row['tokens']:>6} tokens in {row['seconds']:6.1f} s   CPU {row['cpu']:6.2f} s   "
            f"peak {row['peak_mib']:5.0f} MiB" + (f"   {row['ratio']:.2f} x one" if "ratio" in row else ""),
            flush=True,
        )


if __name__ == "__main__":
    main()
