"""The errors a user can cause, or can do something about."""

from __future__ import annotations


class KotaeError(Exception):
    """Something went wrong that the user can act on.

    `message` says what and why in one line, `hint` what to do about it. Neither ever holds a secret.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class SettingsError(KotaeError):
    """The settings file, the environment or an option holds something that can't be used."""


class BackendError(KotaeError):
    """A backend could not answer: the server refused, broke off, or was not there."""


class WeightsError(KotaeError):
    """The embedded models could not be fetched, verified or stored."""


class IndexFolderError(KotaeError):
    """An index folder is missing, damaged, or was made with something else."""


class ManualError(KotaeError):
    """A manual could not be read."""


class TranscriptError(KotaeError):
    """A transcript could not be read or written."""


class ScriptError(KotaeError):
    """A file of prepared questions can't be used."""


def described(error: BaseException) -> str:
    """An error that nobody foresaw, on one line: its kind and the first 300 characters of what it says."""
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
