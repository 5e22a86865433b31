"""Running the installed `kotae` command as a user would, from a folder that is not the checkout."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

KOTAE = Path(sys.executable).with_name("kotae")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


async def kotae(
    *arguments: str | bytes | Path, stdin: str | bytes = "", cwd: Path | None = None, **environ: str
) -> Done:
    """Run `kotae` with the test's home; further keywords are environment variables."""
    process = await asyncio.create_subprocess_exec(
        str(KOTAE),
        *(part if isinstance(part, bytes) else str(part) for part in arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=cwd or os.environ["HOME"],
        env={**os.environ, **environ},
    )
    out, err = await process.communicate(stdin.encode() if isinstance(stdin, str) else stdin)
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())
