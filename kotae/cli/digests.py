"""Digests of what answers depend on beside the settings."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from kotae.errors import SettingsError

if TYPE_CHECKING:
    from kotae.settings import BackendSettings


def weights_digest() -> str:
    """SHA-256 of the embedded chat model's weights: the pinned one, which the file is checked for before it is loaded."""
    from backends.embedded.bundles import SMOLLM2

    return SMOLLM2.files[0].sha256


def adapter_digest(table: BackendSettings) -> str:
    """SHA-256 of the adapter that a fine-tuned backend wears on the embedded model.

    Raises:
        SettingsError: it can't be read.
    """
    import sample_manual

    path = Path(table.adapter).expanduser() if table.adapter else sample_manual.adapter()
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SettingsError(
            f"The adapter {path} can't be read: {error.strerror}.",
            "Correct `adapter` in the backend's table.",
        ) from None
