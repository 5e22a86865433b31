"""Records half a minute of the chat for the README: the real program in a terminal of its own, with the embedded models.

Run it with `make recording`. It writes docs/images/kotae.cast, which asciinema plays, and kotae-recording.svg, which a browser
shows. Waits are cut short; nothing else is.
"""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path

import pyte

from docs.animation import animate
from kotae import paths

IMAGES = Path(__file__).parent / "images"
CAST, PICTURE = IMAGES / "kotae.cast", IMAGES / "kotae-recording.svg"
WIDTH, HEIGHT = 126, 30
LONGEST = 1.2
"""Seconds of waiting that are left of a longer wait."""
KEY = 0.055
"""Seconds between two typed characters."""
_F8, _TAB, _CTRL_R, _CTRL_O = "\x1b[19~", "\t", "\x12", "\x0f"
QUESTION = "What is Komorebi Ledger?"


@dataclass(slots=True)
class Recording:
    """A program in a terminal, what it shows, and everything it has written."""

    process: subprocess.Popen[bytes]
    terminal: int
    screen: pyte.Screen = field(default_factory=lambda: pyte.Screen(WIDTH, HEIGHT))
    events: list[tuple[float, str]] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)
    """When each wait that is cut short began and ended."""

    def follow(self, seconds: float) -> None:
        """Takes in what comes for so long."""
        decode = _DECODER.decode
        stream = pyte.Stream(self.screen)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.terminal], [], [], left)[0]:
                text = decode(os.read(self.terminal, 1 << 16))
                self.events.append((time.monotonic(), text))
                stream.feed(text)

    def until(self, text: str, *, cut: bool = True, limit: float = 180.0) -> None:
        """Follows until `text` is on the screen; `cut`: nobody has to wait for it as long."""
        began = time.monotonic()
        end = began + limit
        while not self.shows(text):
            if time.monotonic() > end:
                raise SystemExit(f"{text!r} did not appear:\n" + "\n".join(self.screen.display))
            self.follow(0.05)
        if cut:
            self.waits.append((began, time.monotonic()))

    def shows(self, text: str) -> bool:
        """Whether `text` is on the screen."""
        return text in "\n".join(self.screen.display)

    def press(self, keys: str, then: float) -> None:
        """Presses keys, and looks on for so many seconds."""
        os.write(self.terminal, keys.encode())
        self.follow(then)

    def types(self, text: str) -> None:
        """Types as people do."""
        for character in text:
            self.press(character, KEY)


_DECODER = codecs.getincrementaldecoder("utf-8")("replace")


def play(recording: Recording) -> None:
    """What is shown."""
    recording.until("Ready")
    recording.follow(1.0)
    recording.types(QUESTION)
    recording.press("\r", 0.5)
    recording.until("Checking against the manual", cut=False)  # base has answered
    recording.until("groundedness")
    recording.follow(2.5)
    recording.press(_TAB, 0.8)
    recording.press(_CTRL_R, 0.5)  # the same question to rag
    recording.until("● rag")
    recording.until("Ready")
    recording.follow(1.5)
    recording.press(_CTRL_O, 1.5)  # the inspector
    recording.press(_F8, 4.0)
    recording.press(_TAB, 0.3)
    recording.press(_TAB, 0.8)
    recording.press(_CTRL_R, 0.8)  # quote, which asks no model
    recording.until("● quote")
    recording.until("Ready")
    recording.follow(2.5)
    recording.press(_CTRL_O, 0.8)
    recording.types("/vote")  # the three beside each other
    recording.press("\r", 0.5)
    recording.until("Better?")
    recording.follow(3.5)
    recording.press("3", 0.5)
    recording.until("picked from 3 answers")
    recording.follow(3.0)


def record(folder: Path) -> Recording:
    """Runs the chat with everything of its own in `folder`, and plays."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ},
        **{f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")},
        "KOTAE_MODELS": os.environ.get("KOTAE_MODELS", str(paths.models_dir())),
        "KOTAE_CHAT__LANG": "en",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
    }
    for backend in ("BASE", "RAG"):  # the same words every time
        environment[f"KOTAE_BACKENDS__{backend}__TEMPERATURE"] = "0"
        environment[f"KOTAE_BACKENDS__{backend}__MAX_TOKENS"] = "90"
    command = [str(Path(sys.executable).with_name("kotae"))]
    print("Building the index first…", file=sys.stderr)
    subprocess.run(
        [*command, "ask", QUESTION, "--backend", "quote", "--quiet"],
        env=environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
    process = subprocess.Popen(
        [*command, "chat", "--backend", "base"],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    recording = Recording(process, ours)
    try:
        play(recording)
    finally:
        process.terminate()
        process.wait(30)
    return recording


def cast(recording: Recording) -> str:
    """What was recorded, for asciinema."""
    head = {
        "version": 2,
        "width": WIDTH,
        "height": HEIGHT,
        "title": "Kotae",
        "env": {"TERM": "xterm-256color"},
    }
    lines = [json.dumps(head)]
    began = recording.events[0][0]
    for at, text in recording.events:
        lines.append(
            json.dumps(
                [round(_cut(at, recording) - _cut(began, recording), 3), "o", text], ensure_ascii=False
            )
        )
    return "\n".join(lines) + "\n"


def _cut(at: float, recording: Recording) -> float:
    """A time with the waits before it cut short; within one, time runs the faster."""
    saved = 0.0
    for began, ended in recording.waits:
        if at > began and ended - began > LONGEST:
            saved += (min(at, ended) - began) * (1 - LONGEST / (ended - began))
    return at - saved


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        recording = record(Path(folder))
    CAST.write_text(cast(recording), encoding="utf-8")
    animate(CAST, PICTURE)
    for path in (CAST, PICTURE):
        print(f"{path}: {path.stat().st_size / 1024:.0f} KiB", file=sys.stderr)


if __name__ == "__main__":
    main()
