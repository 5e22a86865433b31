"""Is the file one that a fine-tuning service takes?

The rules are those of OpenAI's supervised and preference fine-tuning (https://platform.openai.com/docs/guides/supervised-fine-tuning,
https://platform.openai.com/docs/guides/direct-preference-optimization), which others have taken over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import msgspec

from kotae.tuning.lint.finding import Finding, Severity, about
from kotae.tuning.rows import Row, text

CHECK = "format"
FEWEST = 10
"""Rows that a service asks for at least."""
LARGEST = 512 << 20
"""Bytes of a file that a service takes at most."""
MAX_TOKENS = 65_536
"""Tokens of a row that are learnt; what is longer is cut off."""
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_KEYS = {"messages", "tools", "parallel_tool_calls", "functions", "metadata"}
_PREFERENCE = {"input", "preferred_output", "non_preferred_output", "metadata"}

_FAULTS: dict[str, tuple[Severity, str, str]] = {
    "bom": ("error", "The file begins with a byte order mark.", "Save it as UTF-8 without one."),
    "utf-8": ("error", "The line is not UTF-8.", "Save the file as UTF-8."),
    "json": ("error", "The line is no JSON.", "One JSON object a line, without line breaks in it."),
    "object": ("error", "The line is no JSON object.", 'Give it {"messages": [...]}.'),
    "blank": ("warning", "The line is empty.", "Remove it."),
    "no-messages": ("error", "The row has no list of messages.", 'Give it {"messages": [...]}.'),
    "role": ("error", "A message has no role, or one that is none.", f"Use {', '.join(_ROLES[:4])}."),
    "content": (
        "error",
        "A message has no text.",
        "Give each message a content that is a text and not empty.",
    ),
    "no-user": ("error", "Nobody asks anything.", "Each row needs a user's message."),
    "no-answer": (
        "error",
        "The last message is not the assistant's.",
        "End each row with the answer to learn.",
    ),
    "system-late": ("error", "An instruction comes after the conversation has begun.", "Put it first."),
    "same-role": (
        "warning",
        "Two messages of one role follow each other.",
        "Join them, or let the roles alternate.",
    ),
    "unknown-key": (
        "error",
        "The row has a key that services refuse.",
        "Put what is yours under `metadata`.",
    ),
    "preference": (
        "error",
        "The preference row lacks its two outputs.",
        'Give it "input", "preferred_output" and "non_preferred_output", each output one assistant\'s message.',
    ),
    "same-preference": (
        "error",
        "Both outputs of the preference row are the same.",
        "Remove it: there is nothing to prefer.",
    ),
    "too-long": (
        "error",
        "The row has more tokens than are learnt.",
        "Shorten or split it: what is over the limit is cut off, the answer first.",
    ),
}


def read(
    data: bytes, tokens: Callable[[str], int], max_tokens: int = MAX_TOKENS
) -> tuple[list[Row], list[Finding]]:
    """The rows of a file that have the form of one, and what is wrong with it.

    Args:
        tokens: how many tokens a text has.
        max_tokens: of a row.
    """
    at: dict[str, list[int]] = defaultdict(list)
    samples: dict[str, str] = {}
    rows: list[Row] = []
    kinds: set[bool] = set()
    if data.startswith(b"\xef\xbb\xbf"):
        at["bom"] = [1]
        data = data[3:]
    lines = data.split(b"\n")
    if lines and not lines[-1].strip():
        lines.pop()
    for number, line in enumerate(lines, 1):
        row, faults = _row(number, line)
        if row is not None:
            kinds.add(bool(row.rejected))
            if sum(tokens(text(m)) + 4 for m in row.messages) + tokens(row.rejected) > max_tokens:
                faults.append("too-long")
            rows.append(row)
        for fault in faults:
            at[fault].append(number)
            samples.setdefault(fault, line[:200].decode("utf-8", "replace"))
    findings = [
        about(CHECK, code, *_FAULTS[code], at[code], "" if code in ("bom", "blank") else samples[code])
        for code in _FAULTS
        if at[code]
    ]
    if len(rows) < FEWEST:
        said = f"The file has {len(rows)} usable rows; services ask for {FEWEST} at least."
        findings.append(about(CHECK, "few-rows", "error", said, "Add rows; fifty good ones are a start."))
    if len(data) > LARGEST:
        said = f"The file has {len(data) >> 20} MiB; services take {LARGEST >> 20}."
        findings.append(about(CHECK, "large-file", "error", said, "Leave out near-duplicates, or split it."))
    if len(kinds) > 1:
        said = "Rows to imitate and rows to prefer are in one file."
        findings.append(
            about(CHECK, "mixed-kinds", "error", said, "Make two files: they are trained by two methods.")
        )
    return rows, findings


def _row(number: int, line: bytes) -> tuple[Row | None, list[str]]:
    if not line.strip():
        return None, ["blank"]
    try:
        decoded = line.decode("utf-8")
    except UnicodeDecodeError:
        return None, ["utf-8"]
    try:
        found = msgspec.json.decode(decoded)
    except (msgspec.DecodeError, RecursionError):
        return None, ["json"]
    if not isinstance(found, dict):
        return None, ["object"]
    metadata = found.get("metadata") if isinstance(found.get("metadata"), dict) else {}
    if "preferred_output" in found or "non_preferred_output" in found:
        return _preference(number, found, metadata)
    faults = ["unknown-key"] if set(found) - _KEYS else []
    messages = found.get("messages")
    if not isinstance(messages, list) or not messages:
        return None, [*faults, "no-messages"]
    faults += _messages(messages)
    broken = {"role", "content", "no-user", "no-answer"} & set(faults)
    return (None if broken else Row(number, tuple(messages), metadata)), faults


def _preference(number: int, found: Mapping[str, Any], metadata: Any) -> tuple[Row | None, list[str]]:
    faults = ["unknown-key"] if set(found) - _PREFERENCE else []
    given = found.get("input")
    messages = given.get("messages") if isinstance(given, dict) else None
    outputs = [_output(found.get(name)) for name in ("preferred_output", "non_preferred_output")]
    if not isinstance(messages, list) or not messages or not all(outputs):
        return None, [*faults, "preference"]
    whole = [*messages, {"role": "assistant", "content": outputs[0]}]
    faults += _messages(whole)
    if outputs[0] == outputs[1]:
        faults.append("same-preference")
    broken = {"role", "content", "no-user"} & set(faults)
    return (None if broken else Row(number, tuple(whole), metadata, outputs[1])), faults


def _output(given: object) -> str:
    if (
        isinstance(given, list)
        and len(given) == 1
        and isinstance(given[0], dict)
        and given[0].get("role") == "assistant"
    ):
        return text(given[0])
    return ""


def _messages(messages: list[Any]) -> list[str]:
    faults = []
    roles = [m.get("role") if isinstance(m, dict) else None for m in messages]
    if any(role not in _ROLES for role in roles):
        faults.append("role")
    calls = [isinstance(m, dict) and m.get("tool_calls") for m in messages]
    if any(
        isinstance(m, dict) and not text(m).strip() and not call
        for m, call in zip(messages, calls, strict=True)
    ):
        faults.append("content")
    if "user" not in roles:
        faults.append("no-user")
    if roles[-1] != "assistant":
        faults.append("no-answer")
    begun = False
    for role in roles:
        begun = begun or role in ("user", "assistant")
        if begun and role in ("system", "developer"):
            faults.append("system-late")
            break
    if any(one == other and one in ("user", "assistant") for one, other in pairwise(roles)):
        faults.append("same-role")
    return faults
