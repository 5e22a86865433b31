"""What a server's refusal means, in one line, and what to do about it."""

from __future__ import annotations

from typing import Any

from kotae.errors import BackendError
from kotae.plain import escape_controls
from kotae.settings import BackendSettings

PART_KEPT = "The part that arrived is kept."


def explain(error: Exception, base_url: str, model: str, table: BackendSettings) -> BackendError | None:
    """The error that the user is shown for an exception of the `openai` package; None when it is none of its kind."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return BackendError(
            f"{base_url} did not answer within {table.timeout:g} s.",
            "Retry; if the model is slow to load, raise `timeout` in the backend's settings.",
        )
    if isinstance(error, openai.APIStatusError):
        return _status(error, base_url, model, table)
    if isinstance(error, openai.APIConnectionError):
        return _connection(error, base_url)
    if isinstance(error, openai.APIResponseValidationError | ValueError):  # JSON that is none is a ValueError
        return no_chat_completion(base_url)
    if isinstance(error, openai.APIError):
        return BackendError(f"The server broke off: {said(error)}", f"{PART_KEPT} Retry.")
    if isinstance(error, openai.OpenAIError):
        return BackendError(f"{one_line(str(error))}", "Check the backend's settings.")
    return None


def no_chat_completion(base_url: str) -> BackendError:
    """What came is not what an OpenAI-compatible server sends."""
    return BackendError(
        f"{base_url} sent something that is no chat completion.",
        "Check that base_url is an OpenAI-compatible API; it often ends in /v1.",
    )


def _status(error: Any, base_url: str, model: str, table: BackendSettings) -> BackendError:
    status = error.status_code
    text = said(error)
    code = str(getattr(error, "code", "") or "")
    if status == 401:
        return BackendError(
            f"{base_url} refused the key (401): {text}",
            f"Check the environment variable {table.api_key_env}.",
        )
    if status == 403:
        return BackendError(f"{base_url} does not allow this (403): {text}", "Check what the key may use.")
    if status == 404:
        return BackendError(
            f"{base_url} knows no model {model!r} (404): {text}",
            "Check --model, and that base_url ends as the server wants it (often /v1).",
        )
    if status == 429 and "quota" in (code + text).casefold():
        return BackendError(f"The account's quota is used up (429): {text}", "Check the plan and billing.")
    if status == 429:
        wait = error.response.headers.get("retry-after")
        hint = f"The server asks to wait {wait} s; then retry." if wait else "Wait a little, then retry."
        return BackendError(f"{base_url} has had too many requests (429): {text}", hint)
    if status in (400, 413, 422) and _too_long(code + text):
        return BackendError(
            f"The conversation is too long for {model}: {text}",
            "Start a new conversation, or lower `passages` or max_tokens.",
        )
    if status >= 500:
        return BackendError(
            f"{base_url} failed ({status}): {text}", "Retry in a moment; the fault is the server's."
        )
    return BackendError(f"{base_url} refused the request ({status}): {text}", "Check the backend's settings.")


def _connection(error: Exception, base_url: str) -> BackendError:
    cause: BaseException | None = error
    names = set()
    while cause is not None:
        names.add(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    if names & {"RemoteProtocolError", "ReadError", "IncompleteRead"}:
        return BackendError(
            f"The connection to {base_url} broke off before the answer had ended.",
            f"{PART_KEPT} Retry; if it happens again, see the server's log.",
        )
    return BackendError(
        f"{base_url} can't be reached: {one_line(str(error.__cause__ or error))}",
        "Check that the server runs, and base_url.",
    )


def said(error: Any) -> str:
    """The server's own words for an error, on one line."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else body
    message = inner.get("message") or inner.get("detail") if isinstance(inner, dict) else inner
    return one_line(str(message or getattr(error, "message", "") or error))


def one_line(text: str) -> str:
    """`text` as one sentence of at most 300 characters, nothing in it that a terminal would obey."""
    return escape_controls(" ".join(text.split()))[:300].rstrip(".") + "."


def _too_long(text: str) -> bool:
    text = text.casefold()
    return "context_length" in text or (
        "context" in text and any(w in text for w in ("exceed", "length", "size", "maximum"))
    )
