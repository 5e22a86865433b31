"""A third party's plugin, installed where the command finds it."""

from __future__ import annotations

from pathlib import Path


def install(folder: Path, name: str, code: str) -> str:
    """Installs a distribution with the one plugin `name`; returns the PYTHONPATH on which it is there."""
    info = folder / f"someone_elses_{name}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: someone-elses-{name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[kotae]\n{name} = plugin_{name}\n")
    (folder / f"plugin_{name}.py").write_text(code)
    return str(folder)
