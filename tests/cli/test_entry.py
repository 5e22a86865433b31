"""How the command ends."""

from __future__ import annotations

import subprocess
import sys

LEFT_BEHIND = """
import _imp, atexit, gc, sys, threading

ending, held = threading.Event(), threading.Event()

def hold():
    ending.wait()
    _imp.acquire_lock()
    held.set()
    threading.Event().wait()

class Imports:
    def __init__(self):
        self.itself = self

    def __del__(self):
        import this

threading.Thread(target=hold, daemon=True).start()
atexit.register(lambda: (ending.set(), held.wait(), print("ending", flush=True)))
gc.disable()
Imports()
sys.argv = ["kotae", *sys.argv[1:]]
from kotae.cli import main
main()
"""


def test_a_thread_left_behind_in_an_import_does_not_keep_the_command_from_ending() -> None:
    for words, code in (["--version"], 0), (["no-such-command"], 2):
        done = subprocess.run(
            [sys.executable, "-c", LEFT_BEHIND, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert done.stdout.splitlines()[-1] == "ending"
