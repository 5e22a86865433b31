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
from plugins.grounding.numbers import Quantity, quantities

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
_DAY = "|".join(_DAYS)
_DAYS_NAMED = re.compile(
    rf"\b(?P<first>{_DAY})s?\s*(?:through|thru|to|until|till|-|–)\s*(?P<last>{_DAY})s?\b|\b(?P<day>{_DAY})s?\b"
    r"|\b(?P<every>daily|every ?day|each day|all week|(?:seven|7) days)\b|\b(?P<some>weekdays?|weekends?)\b"
)
_CLOSED = re.compile(r"\bclosed\b(?: on)?(?: and)?")
_NAMED_TIME = re.compile(r"\b(?:midnight|noon)\b")
_TO = re.compile(r"\s*(?:to|until|till|and|through|-|–|—)\s*")
_UNTIL = re.compile(r"\b(?:until|till|to)\s*$")
_WIDE = 3
_BESIDE, _BESIDE_BEFORE = 6, 16
"""Characters between `closed` and the day."""
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
    """How many opening hours in a claim are not the record's for the days that it gives them for, and whether it has the wrong days
    open: 1 for days without hours or closed days that have some, 0.5 for days that seem closed, else 0."""
    low = claim.lower()
    if not record.hours or not _OPEN.search(low):
        return 0, 0.0
    days = _day_spans(low)
    wrong_days = 0.0
    for match in _CLOSED.finditer(low):
        for start, end, named in days:
            near = 0 <= start - match.end() < _BESIDE or 0 <= match.start() - end < _BESIDE_BEFORE
            if near and len(named) < _WIDE and any(_is_open(day, record) for day in named):
                wrong_days = 1.0
    if days and "closed" not in low:
        wide = [day for _, _, named in days for day in named if len(named) >= _WIDE]
        if any(day not in record.hours for day in wide):
            wrong_days = 1.0
        elif any(not _is_open(day, record) for day in wide):
            wrong_days = max(wrong_days, 0.5)
    times = _time_spans(low)
    if not times or "vary" in low:
        return 0, wrong_days
    taken = _belonging(days, times)
    wrong = 0
    for (_, _, opens, closes), named in zip(times, taken, strict=True):
        there = [record.hours[day] for day in named if _is_open(day, record)]
        if not there:
            there = [hours for day, hours in record.hours.items() if _is_open(day, record)]
            wrong += not any(_agrees(opens, closes, hours) for hours in there) if there else 0
        else:
            wrong += not all(_agrees(opens, closes, hours) for hours in there)
    return wrong, wrong_days


_Days = tuple[int, int, tuple[str, ...]]
_Times = tuple[int, int, str | None, str | None]


def _day_spans(low: str) -> list[_Days]:
    """Where days are named, and which: `Monday to Friday`, `Sundays`, `weekends`, `daily`."""
    found: list[_Days] = []
    for match in _DAYS_NAMED.finditer(low):
        if match["first"]:
            first, last = _DAYS.index(match["first"]), _DAYS.index(match["last"])
            named = [_DAYS[at % 7] for at in range(first, (last if last >= first else last + 7) + 1)]
        elif match["every"]:
            named = _DAYS
        elif match["some"]:
            named = _DAYS[:5] if match["some"].startswith("weekday") else _DAYS[5:]
        else:
            named = [match["day"]]
        found.append((*match.span(), tuple(named)))
    single = {day for _, _, named in found for day in named if len(named) < _WIDE}
    # `Weekdays until nine, Fridays until ten`: what is said of a day by name goes before what is said of many.
    return [
        (start, end, named if len(named) < _WIDE else tuple(day for day in named if day not in single))
        for start, end, named in found
    ]


def _time_spans(low: str) -> list[_Times]:
    """Where opening hours stand, and which: `9 am to 5 pm`, `until 10 pm`."""
    clocks = [q for q in quantities(low) if q.unit == "time of day"]
    clocks += [
        Quantity(*m.span(), "0:00" if m[0] == "midnight" else "12:00", "time of day")
        for m in _NAMED_TIME.finditer(low)
    ]
    clocks.sort(key=lambda quantity: quantity.start)
    found: list[_Times] = []
    at = 0
    while at < len(clocks):
        one = clocks[at]
        following = clocks[at + 1] if at + 1 < len(clocks) else None
        if following and _TO.fullmatch(low[one.end : following.start]):
            found.append((one.start, following.end, one.value, following.value))
            at += 2
            continue
        if _UNTIL.search(low, max(0, one.start - _BESIDE), one.start):
            found.append((one.start, one.end, None, one.value))
        at += 1
    return found


def _belonging(days: Sequence[_Days], times: Sequence[_Times]) -> list[tuple[str, ...]]:
    """The days that each of the times is about: those before it if the first day stands before the first time, else those after."""
    if not days:
        return [()] * len(times)
    before = days[0][0] < times[0][0]
    found = []
    for at, (start, end, *_) in enumerate(times):
        least = (times[at - 1][1] if at else 0) if before else end
        most = start if before else (times[at + 1][0] if at + 1 < len(times) else 10**6)
        found.append(tuple(day for a, b, named in days if least <= a and b <= most for day in named))
    return found


def _agrees(opens: str | None, closes: str | None, hours: tuple[str, str]) -> bool:
    return (opens is None or _half_day(opens) == _half_day(hours[0])) and (
        closes is None or _half_day(closes) == _half_day(hours[1])
    )


def _is_open(day: str, record: Record) -> bool:
    return record.hours is not None and day in record.hours and record.hours[day][0] != record.hours[day][1]


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
