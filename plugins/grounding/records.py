"""Passages that are records: a JSON object with fields, such as a product's or a shop's data.

Prose repeats what it says; a record says it once, in the name of a field and a yes or no. So records are also read field by
field: `"OutdoorSeating": false` denies that there is any, and a field without a value says nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from backends.retrieval.text import STOP_WORDS, stem
from plugins.grounding.numbers import quantities

_LARGEST = 200_000
_DEEPEST = 12
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_HOURS = re.compile(r"\s*(\d{1,2}):(\d{1,2})\s*[-–]\s*(\d{1,2}):(\d{1,2})\s*$")
_TIME = re.compile(r"\b(\d{1,2}):(\d)(?!\d)")
_YES = {"yes": True, "true": True, "free": True, "paid": True, "no": False, "none": False, "false": False}
_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_-]+")
_WORD = re.compile(r"[a-z0-9]+")
_CLAUSE = re.compile(
    r"[.;:]|, (?:but|although|however|while|with)\b|\b(?:but|although|however|while|though)\b"
)
_DENIED = re.compile(
    r"\b(?:not|no|without|lacks?|lacking|never|neither|nor|unavailable)\b|n['’]t\b", re.IGNORECASE
)
_DENIED_AFTER = re.compile(r"\b(?:not|unavailable)\b")
_REACH = 22
_RANGE = re.compile(rf"\b({'|'.join(_DAYS)})s?\s*(?:through|thru|to|until|till|-|–)\s*({'|'.join(_DAYS)})")
_EVERY_DAY = re.compile(r"\b(?:daily|every ?day|each day|all week|(?:seven|7) days)\b")
_OPEN = re.compile(r"\b(?:open|opens|hours|operat\w+|from|clos\w+)\b")
_SHORT = 4
"""A field's name of fewer letters means something only beside that of the field it is in."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that says yes, no or nothing."""

    words: tuple[str, ...]
    """Its name, as stems; what all of its kind begin with is left out."""
    name: str
    """Its name in one word."""
    parent: str
    """Stem of the last word of the field that it is in, if that is not the record itself."""
    value: bool | None
    elsewhere: bool
    """Whether its words occur in the record's texts too, so that a mention may mean something else."""


@dataclass(frozen=True, slots=True)
class Record:
    """A JSON object that was read field by field."""

    text: str
    """A line a value: the names on the way to it, and the value in words."""
    fields: tuple[Field, ...]
    hours: dict[str, tuple[str, str]] | None
    """Opening and closing time by day, as `9:00`; None when the record doesn't say. A day that is missing is a closed one."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where a claim speaks of a field, and whether what it says is true."""

    start: int
    end: int
    verdict: str
    """`agrees`, `denied` (the field says no), `affirmed` (the field says yes and the claim no), `empty` (it says nothing)."""
    field: Field


def read(text: str) -> Record | None:
    """The record that `text` is; None for any other text."""
    start = text[:100].lstrip()[:1]
    if start != "{" or len(text) > _LARGEST:
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    lines: list[str] = []
    flags: list[tuple[list[str], bool | None]] = []
    texts: list[str] = []
    hours: dict[str, tuple[str, str]] | None = None
    for path, value in _leaves(data, []):
        if isinstance(value, dict):  # a week
            hours = {}
            for day, times in value.items():
                if match := _HOURS.match(str(times)):
                    hours[day.lower()] = (_clock(match[1], match[2]), _clock(match[3], match[4]))
                lines.append(f"{' '.join([*path, day])}: {_readable(times)}")
            continue
        said = _YES.get(value.strip().lower()) if isinstance(value, str) else value
        if isinstance(value, bool) or value is None or isinstance(said, bool):
            flags.append((path, said if isinstance(said, bool) else None))
        else:
            texts.append(str(value))
        if value is not None:
            word = {True: "yes", False: "no, not"}[value] if isinstance(value, bool) else _readable(value)
            lines.append(f"{' '.join(path)}: {word}")
    return Record("\n".join(lines), tuple(_fields(flags, texts)), hours)


def mentions(claim: str, record: Record) -> list[Mention]:
    """Where a claim (normalised) speaks of the record's fields."""
    low = claim.lower()
    words = [(match.start(), match.end(), stem(match[0])) for match in _WORD.finditer(low)]
    stems = {word[2] for word in words}
    found: list[Mention] = []
    for field in record.fields:
        place = _place(field, words, stems, low)
        if place is None:
            continue
        vague = field.parent and (field.elsewhere or len(field.name) < _SHORT)
        if vague and field.parent not in stems:
            continue
        start, end = place
        begin = max((match.end() for match in _CLAUSE.finditer(low, 0, start)), default=0)
        denied = bool(_DENIED.search(low, begin, start) or _DENIED_AFTER.search(low, end, end + _REACH))
        if field.value is None:
            verdict = "empty"
        elif field.value is denied:
            verdict = "affirmed" if denied else "denied"
        else:
            verdict = "agrees"
        found.append(Mention(start, end, verdict, field))
    return found


def wrong_hours(claim: str, record: Record) -> tuple[int, float]:
    """How many times of day in a claim about opening hours the record doesn't have for those days, and whether it has the wrong
    days open: 1 for days without hours, 0.5 for days that seem closed, else 0."""
    low = claim.lower()
    if record.hours is None or not record.hours or not _OPEN.search(low):
        return 0, 0.0
    days = [day for day in _DAYS if day in low]
    through = _RANGE.search(low)
    every = _EVERY_DAY.search(low)
    if through:
        first, last = _DAYS.index(through[1]), _DAYS.index(through[2])
        days = [_DAYS[at % 7] for at in range(first, (last if last >= first else last + 7) + 1)]
    if every:
        days = _DAYS
    wrong_days = 0.0
    if (through or every) and "closed" not in low:
        if any(day not in record.hours for day in days):
            wrong_days = 1.0
        elif any(record.hours[day][0] == record.hours[day][1] for day in days):
            wrong_days = 0.5
    times = {_half_day(quantity.value) for quantity in quantities(claim) if quantity.unit == "time of day"}
    if "midnight" in low:
        times.add(_half_day("0:00"))
    if not times or not days:
        return 0, wrong_days
    open_ = [record.hours[day] for day in days if day in record.hours]
    had = {_half_day(time) for pair in open_ for time in pair}
    wrong = len(times - had)
    if not wrong and (through or every) and len(times) <= 2 and len(set(open_)) > 1:
        wrong = 1  # right for some of the days only
    return wrong, wrong_days


def _leaves(value: Any, path: list[str]) -> Iterator[tuple[list[str], Any]]:
    """Values with the names on the way to them; a week of hours counts as one value."""
    if len(path) > _DEEPEST:
        return
    if isinstance(value, dict):
        if value and all(str(key).lower() in _DAYS for key in value):
            yield path, value
            return
        for key, inner in value.items():
            yield from _leaves(inner, [*path, " ".join(_words(key))])
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    else:
        yield path, value


def _fields(flags: Sequence[tuple[list[str], bool | None]], texts: Sequence[str]) -> Iterator[Field]:
    names = [(path[-1].lower().split(), path) for path, _ in flags if path]
    kinds = Counter(words[0] for words, _ in names if len(words) > 1)
    told = {stem(word) for text in texts for word in _WORD.findall(text.lower())}
    for (words, path), (_, value) in zip(names, [flag for flag in flags if flag[0]], strict=True):
        if len(words) > 1 and kinds[words[0]] > 1:
            words = words[1:]
        content = [word for word in words if word not in STOP_WORDS and word != "good"] or words
        if len(words) == 2 and len(content) == 1:
            content = []  # `take out` is in no claim where `take` alone is
        stems = tuple(stem(word) for word in content)
        parent = path[-2].lower().split()[-1:] if len(path) > 2 else []
        yield Field(
            stems,
            "".join(words),
            stem(parent[0]) if parent else "",
            value,
            bool(stems) and all(word in told for word in stems),
        )


def _place(
    field: Field, words: Sequence[tuple[int, int, str]], stems: set[str], low: str
) -> tuple[int, int] | None:
    if field.words and all(word in stems for word in field.words):
        return next((start, end) for start, end, word in words if word == field.words[-1])
    for at, (start, end, _) in enumerate(words):
        if low[start:end] == field.name:
            return start, end
        if at + 1 < len(words):
            end = words[at + 1][1]
            if low[start:end].replace(" ", "").replace("-", "") == field.name:
                return start, end
    return None


def _words(key: object) -> list[str]:
    return _CASE.sub(" ", str(key)).split()


def _readable(value: object) -> str:
    return _TIME.sub(r"\1:0\2", str(value))


def _clock(hour: str, minute: str) -> str:
    return f"{int(hour)}:{int(minute):02}"


def _half_day(time: str) -> tuple[int, str]:
    """A time of day, morning and evening alike: claims often leave out which."""
    hour, _, minute = time.partition(":")
    return int(hour) % 12, minute
