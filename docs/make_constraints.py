"""Pins the whole tree that pyproject.toml asks for, as a fresh environment resolves it today, in constraints.txt.

torch is pinned by hand: a newer one may bring gigabytes of GPU packages. Raise TORCH on purpose, never by accident.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TORCH = "torch==2.13.0"
HEADER = """\
# The whole tree that was tested, with every extra and the development tools. Made by `make constraints`.
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-q", "--upgrade", "pip"], check=True, cwd=ROOT)
        subprocess.run(
            [*pip, "install", "-q", TORCH, "-e", ".[eval,office,serve,tune]", "--group", "dev"],
            check=True,
            cwd=ROOT,
        )
        frozen = subprocess.run(
            [*pip, "list", "--format=freeze", "--exclude-editable"],
            check=True,
            cwd=ROOT,
            capture_output=True,
            text=True,
        ).stdout
    # A local version such as 2.13.0+cpu names a build, not a release.
    pins = sorted({line.split("+")[0] for line in frozen.splitlines() if "==" in line}, key=str.casefold)
    (ROOT / "constraints.txt").write_text(HEADER + "\n".join(pins) + "\n", encoding="utf-8")
    print(f"constraints.txt: {len(pins)} packages", file=sys.stderr)


if __name__ == "__main__":
    main()
