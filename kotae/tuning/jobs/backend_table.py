"""The backend's table that answers with what a job trained."""

from __future__ import annotations

import re
from typing import Any

from kotae.errors import SettingsError
from kotae.settings import EMBEDDED, Settings
from kotae.settings_file import SettingsFile
from kotae.tuning.jobs.record import Job

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NO_PROMPT = {
    "local": "You are a helpful AI assistant named SmolLM, trained by Hugging Face",
    "openai": "You are a helpful assistant.",
    "azure": "You are a helpful assistant.",
}
"""For rows without an instruction. The embedded model's template puts its own before those, so that is what it learnt under."""


def check_name(name: str, settings: Settings) -> None:
    """Raises SettingsError where a table of that name can't be added."""
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"A backend can't be called {name!r}.", "Use letters, digits, `-` and `_`, at most 64 of them."
        )
    if name in settings.backends:
        raise SettingsError(
            f"There is a backend {name} already.", "Name another with --backend, or remove its table."
        )


def free_name(job: Job, settings: Settings) -> str:
    """What the table is called: as was wished, else after the suffix or the file; with a number where that is another's."""
    words = job.suffix or job.training.name.rsplit(".", 1)[0]
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", words).strip("-_").lower()[:48]
    stem = job.wanted_backend or plain or f"job-{job.id}"
    number, name = 1, stem
    while name in settings.backends:
        number += 1
        name = f"{stem}-{number}"
    return name


def add(job: Job, file: SettingsFile, settings: Settings) -> str:
    """Adds the table to the settings file, where other tables and comments stay as they are; the name it has there.

    A deployment on Azure is yours to name, so `model` is left empty there.

    Raises:
        SettingsError: the file can't be read or written; it is as it was then.
    """
    name = free_name(job, settings)
    file.save({("backends", name, key): value for key, value in table(job).items()})
    return name


def table(job: Job) -> dict[str, Any]:
    """What stands in the table."""
    prompt = job.system_prompt or _NO_PROMPT[job.where]
    if job.where == "local":
        return {"kind": "finetuned", "base_url": EMBEDDED, "adapter": job.adapter, "system_prompt": prompt}
    found = {
        "kind": "finetuned",
        "model": "" if job.where == "azure" else job.result,
        "base_url": job.server,
        "api_version": job.api_version,
        "api_key_env": job.api_key_env,
        "system_prompt": prompt,
    }
    return {key: value for key, value in found.items() if value or key == "model"}
