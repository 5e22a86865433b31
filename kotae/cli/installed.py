"""Whether anyone's plugins are installed beside the bundled ones, found out cheaply.

`importlib.metadata` takes longer to import than `kotae --help` may take in all; that some distribution names the entry-point
group is seen from its `entry_points.txt` alone. What the plugins are is `plugins.manager`'s business.
"""

from __future__ import annotations

import sys
from pathlib import Path


def others_plugins_installed() -> bool:
    """Whether a distribution other than Kotae's own declares entry points in the group `kotae`."""
    return any(_declares_plugins(Path(folder)) for folder in dict.fromkeys(sys.path) if folder)


def _declares_plugins(folder: Path) -> bool:
    for pattern in ("*.dist-info/entry_points.txt", "*.egg-info/entry_points.txt"):
        for file in folder.glob(pattern):
            if file.parent.name.startswith(("kotae-", "kotae.")):
                continue
            try:
                if "[kotae]" in file.read_text(encoding="utf-8", errors="replace"):
                    return True
            except OSError:
                continue
    return False
