"""The `kotae` command: the composition root. Importing this module imports nothing else of weight."""

from __future__ import annotations

import gc

_NEW_OBJECTS = 200_000
"""How many are made before garbage is looked for; Python's own number is 700 to 2,000. What a start makes stays, and looking
through it again and again takes a tenth of the time to the first frame."""


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 failed, 2 wrong usage. No traceback reaches the user."""
    gc.set_threshold(_NEW_OBJECTS)
    from kotae.cli.entry import run

    run()
