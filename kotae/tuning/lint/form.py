"""Is the file one that a fine-tuning service takes?

The rules are those of OpenAI's supervised and preference fine-tuning (https://platform.openai.com/docs/guides/supervised-fine-tuning,
https://platform.openai.com/docs/guides/direct-preference-optimization) and of the checks in its cookbook
(https://cookbook.openai.com/examples/chat_finetuning_data_prep), which others have taken over.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec

from kotae.tuning.lint.finding import Finding, Offender, about
from kotae.tuning.rows import Row, text
from kotae.tuning.tokens import Tokenizer

FEWEST = 10
"""Rows that a service asks for at least."""
LARGEST = 512 << 20
"""Bytes of a file that a service takes at most."""
MAX_TOKENS = 65_536
"""Tokens of a row that are learnt at most."""
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_KEYS = {"messages", "tools", "parallel_tool_calls", "functions", "metadata"}
_PREFERENCE_KEYS = {"input", "preferred_output", "non_preferred_output", "metadata"}
_MESSAGE_KEYS = {
    "role", "content", "name", "weight", "tool_calls", "tool_call_id", "function_call", "refusal",
}  # fmt: skip
_BROKEN = {"no-messages", "role", "content", "no-user", "no-answer", "preference"}
"""Faults with which a row is none."""
_SAMPLE = 4000
"""Bytes of a line that a finding is given: many more than are shown, so that what is cut at the end is not shown."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")


@dataclass(frozen=True, slots=True)
class Read:
    """A file, read."""

    rows: list[Row]
    """Those that have the form of one."""
    findings: list[Finding]
    tokens: int


def lines_of(data: bytes) -> list[bytes]:
    """The lines of a file, without a byte order mark and without what follows the last line feed when it is blank."""
    lines = data.removeprefix(BOM_UTF8).split(b"\n")
    if not lines[-1].strip():
        lines.pop()
    return lines


def bare(line: bytes) -> bytes:
    """A line without byte order marks."""
    while line.startswith(BOM_UTF8):
        line = line.removeprefix(BOM_UTF8)
    return line


def read(data: bytes, tokenizer: Tokenizer, max_tokens: int = MAX_TOKENS) -> Read:
    """The rows of a file, and what is wrong with its form."""
    at: dict[str, list[Offender]] = defaultdict(list)
    rows: list[Row] = []
    total = 0
    for number, found in enumerate(lines_of(data), 1):
        line = bare(found)  # files are appended to each other, marks and all
        if line != found or (number == 1 and data.startswith(BOM_UTF8)):
            at["bom"].append(Offender(line=number))
        row, faults = read_row(number, line)
        if row is not None:
            counted = tokenizer.row(row)
            total += counted
            if counted > max_tokens:
                faults.append("too-long")
            rows.append(row)
        for fault in dict.fromkeys(faults):
            at[fault].append(Offender(line=number, sample=line[:_SAMPLE].decode("utf-8", "replace")))
    values = {"limit": f"{max_tokens:,}", "tokenizer": tokenizer.name}
    findings = [about(code, named, values=values) for code, named in at.items()]
    if len(rows) < FEWEST:
        findings.append(about("few-rows", values={"rows": str(len(rows)), "least": str(FEWEST)}))
    if preferring := [row for row in rows if row.rejected]:
        fewer = min(preferring, [row for row in rows if not row.rejected], key=len)
        if fewer:
            findings.append(about("mixed-kinds", offenders(fewer)))
    return Read(rows, findings, total)


def offenders(rows: Sequence[Row]) -> list[Offender]:
    """The rows as a finding names them."""
    return [Offender(line=row.line, sample=row.question) for row in rows]


def read_row(number: int, line: bytes) -> tuple[Row | None, list[str]]:
    """The row in a line, where it has the form of one, and what is wrong with it."""
    if not line.strip():
        return None, ["blank"]
    try:
        decoded = line.decode("utf-8")
    except UnicodeDecodeError:
        return None, ["utf-8"]
    try:
        found = msgspec.json.decode(decoded)
    except (ValueError, RecursionError):  # msgspec's errors are of this kind
        return None, ["json"]
    if not isinstance(found, dict):
        return None, ["object"]
    given = found.get("metadata")
    metadata: Mapping[str, Any] = given if isinstance(given, dict) else {}
    row, faults = (
        _preference(number, found, metadata)
        if {"preferred_output", "non_preferred_output"} & set(found)
        else _imitation(number, found, metadata)
    )
    return (None if _BROKEN & set(faults) else row), faults


def _imitation(number: int, found: Mapping[str, Any], metadata: Mapping[str, Any]) -> tuple[Row, list[str]]:
    faults = ["unknown-key"] if set(found) - _KEYS else []
    messages = found.get("messages")
    if not isinstance(messages, list) or not messages:
        return Row(number, ()), [*faults, "no-messages"]
    return Row(number, tuple(messages), metadata), faults + _messages(messages)


def _preference(number: int, found: Mapping[str, Any], metadata: Mapping[str, Any]) -> tuple[Row, list[str]]:
    faults = ["unknown-key"] if set(found) - _PREFERENCE_KEYS else []
    given = found.get("input")
    messages = given.get("messages") if isinstance(given, dict) else None
    outputs = [_output(found.get(name)) for name in ("preferred_output", "non_preferred_output")]
    if not isinstance(messages, list) or not messages:
        return Row(number, ()), [*faults, "no-messages"]
    if not all(outputs):
        return Row(number, ()), [*faults, "preference"]
    whole = [*messages, {"role": "assistant", "content": outputs[0]}]
    faults += _messages(whole)
    if outputs[0] == outputs[1]:
        faults.append("same-preference")
    return Row(number, tuple(whole), metadata, outputs[1]), faults


def _output(given: object) -> str:
    one = given[0] if isinstance(given, list) and len(given) == 1 else None
    return text(one) if isinstance(one, dict) and one.get("role") == "assistant" else ""


def _messages(messages: list[Any]) -> list[str]:
    if not all(isinstance(message, dict) for message in messages):
        return ["role"]
    faults = []
    roles = [message.get("role") for message in messages]
    if any(role not in _ROLES for role in roles):
        faults.append("role")
    if any(not text(m).strip() and not (m.get("tool_calls") or m.get("function_call")) for m in messages):
        faults.append("content")
    if "user" not in roles:
        faults.append("no-user")
    if roles[-1] != "assistant" or not text(messages[-1]).strip() or messages[-1].get("weight") == 0:
        faults.append("no-answer")
    begun = [role for role in roles if role in ("user", "assistant", "system", "developer")]
    if any(
        one in ("user", "assistant") and other in ("system", "developer") for one, other in pairwise(begun)
    ):
        faults.append("system-late")
    if any(one == other and one in ("user", "assistant") for one, other in pairwise(roles)):
        faults.append("same-role")
    if any(m.get("weight", 1) not in (0, 1) for m in messages):
        faults.append("weight")
    if any(set(m) - _MESSAGE_KEYS for m in messages):
        faults.append("unknown-key")
    if any(_CONTROL.search(text(m)) for m in messages):
        faults.append("control")
    return faults
