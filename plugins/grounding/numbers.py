"""Numbers as values with units: amounts, percentages, dates, times, counts; in digits, kanji and English
words.

`１０００円`, `¥1,000`, `千円` and `1,000 JPY` are one quantity; so are `5 pm`, `17:00`, `午後5時` and `17時`.
"""

# ruff: noqa: SIM905 (word lists read best as running text)
from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from plugins.grounding.text import LONGEST


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a normalised text."""

    start: int
    end: int
    """The span of number and unit together."""
    value: str
    """Canonical: digits without separators or needless zeros; a time of day as `17:00`."""
    unit: str
    """A unit's class, such as `yen`, `percent`, `day`; empty when none is known."""
    exact: bool = True
    """False for small number words (`two`, `一つ`), which texts use without counting anything."""


_KANJI = dict(zip("〇一二三四五六七八九", range(10), strict=True))
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "億": 10**8, "兆": 10**12}
_WORDS = dict(
    zip(
        """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen""".split(),
        range(1, 20),
        strict=True,
    )
) | dict(
    zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True)
)
_SCALES = {
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
    "k": 1000,
    "m": 10**6,
    "bn": 10**9,
}
_MONTHS = "january february march april may june july august september october november december".split()

_SYMBOLS = "kw mw kwh kv ma mah pa kpa mpa hpa bar hz khz mhz ghz dl rpm db ppm mbps gbps px".split()
_UNITS = {
    "yen": ("円", "jpy", "yen", "¥"),
    "usd": ("$", "usd", "dollar", "dollars", "ドル"),
    "eur": ("€", "eur", "euro", "euros", "ユーロ"),
    "gbp": ("£", "gbp", "pound", "pounds", "ポンド"),
    "percent": ("%", "percent", "per cent", "パーセント"),
    "second": ("second", "seconds", "sec", "秒", "秒間"),
    "minute": ("minute", "minutes", "min", "mins", "分", "分間"),
    "hour": ("hour", "hours", "hr", "hrs", "h", "時間"),
    "day": ("day", "days", "日間", "日以内", "日後", "日前", "営業日"),
    "date": ("日", "st", "nd", "rd", "th"),
    "week": ("week", "weeks", "週間", "週"),
    "month": ("month", "months", "か月", "ヶ月", "カ月", "ヵ月", "ヶ月間", "か月間", "カ月間"),
    "year": ("year", "years", "年間", "年"),
    "person": ("people", "person", "persons", "users", "user", "人", "名", "ユーザー"),
    "character": ("character", "characters", "文字", "字"),
    "digit": ("digit", "digits", "桁"),
    "times": ("times", "time", "回"),
    "fold": ("倍",),
    "item": ("item", "items", "件", "個", "つ", "点"),
    "line": ("line", "lines", "行"),
    "page": ("page", "pages", "ページ"),
    "kilobyte": ("kb", "kib"),
    "megabyte": ("mb", "mib"),
    "gigabyte": ("gb", "gib"),
    "terabyte": ("tb", "tib"),
    "kilometre": ("km", "kilometers", "kilometres", "キロメートル"),
    "metre": ("meters", "metres", "meter", "metre", "メートル"),
    "kilogram": ("kg", "キログラム"),
    "degree": ("degrees", "度", "°c", "°f"),
    "age": ("歳", "才"),
    **{
        symbol: (symbol, *others)
        for symbol, *others in (
            *((symbol,) for symbol in _SYMBOLS),
            ("ml", "ミリリットル"),
            ("litre", "litres", "liter", "liters", "リットル"),
            ("mm", "ミリ"),
            ("cm", "センチ"),
            ("mg", "ミリグラム"),
            ("gram", "grams", "グラム"),
            ("sheet", "sheets", "枚"),
            ("row", "rows"),
            ("seat", "seats", "席"),
            ("table", "台"),
        )
    },
}
_UNIT = {name: unit for unit, names in _UNITS.items() for name in names}
_LETTERS = {"a": "ampere", "v": "volt", "w": "watt", "l": "litre", "g": "gram", "m": "metre"}
"""Symbols of one letter mean a unit only where they touch the number."""
_UNIT |= _LETTERS
_UNIT_RE = "|".join(
    ("(?<=[0-9])" if name in _LETTERS else "")
    + re.escape(name)
    + ("(?![A-Za-z])" if name.isascii() and name.isalpha() else "")
    for name in sorted(_UNIT, key=len, reverse=True)
)
_TIME = re.compile(
    r"(?:(?P<half>午前|午後)\s?)?(?<![\d.])(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::00)?(?![\d:])|時(?!間)(?:(?P<minute_ja>\d{1,2})分)?(?P<half_ja>半)?)"
    r"(?:\s?(?P<pm>[ap])\.?m\b)?"
    r"|(?P<hour12>\d{1,2})(?::(?P<minute12>\d{2}))?\s?(?P<pm12>[ap])\.?m\b",
    re.IGNORECASE,
)
_SHORT_MONTHS = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
_MONTH = re.compile(
    rf"\b(?P<name>{'|'.join(m.capitalize() for m in _MONTHS if m != 'may')}"
    rf"|(?:{_SHORT_MONTHS})(?=\.? \d)|(?<=\d )(?:{_SHORT_MONTHS})|May(?= \d)|(?<=\d )May|(?<=[io][nf] )May)\b"
    r"|(?P<number>\d{1,2})月(?!間)"
)
_ERA = re.compile(r"(?P<era>令和|平成|昭和)(?P<number>\d{1,2}|元)年(?!間)")
_BEFORE_ERA = {"令和": 2018, "平成": 1988, "昭和": 1925}
_TENTHS = re.compile(r"(?P<tenths>\d{1,2}|[一二三四五六七八九十])割(?:(?P<parts>\d|[一二三四五六七八九])分)?")
_ISO_DATE = re.compile(r"(?<![\d/-])(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?![\d/-])")
_DIGITS = re.compile(
    rf"(?P<sign>[¥$€£]\s?|(?:JPY|USD|EUR|GBP)\s)?(?<![A-Za-z\d_#])(?<![A-Za-z]-)(?<!\d\.)(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?!\d)"
    r"(?P<kanji>[十百千]?[万億兆]?)(?:(?<=[万億兆])(?P<rest>\d[\d,]*)(?P<rest_kanji>千?万?))?(?P<scale>[\s-]?(?:hundred|thousand|million|billion|bn|[kK](?![A-Za-z]))\b)?"
    rf"(?:[\s-]?(?P<unit>{_UNIT_RE}))?(?![A-Za-z_]|\([a-z]\))",
    re.IGNORECASE,
)
_KANJI_NUMBER = re.compile(
    rf"(?P<number>[一二三四五六七八九十百千][〇一二三四五六七八九十百千]{{0,11}}[万億]?|[万億])(?P<unit>{_UNIT_RE}|月)"
)
_WORD_NUMBER = re.compile(
    rf"\b(?P<tens>{'|'.join(_WORDS)})(?:[\s-](?P<ones>{'|'.join(list(_WORDS)[:9])}))?\b"
    rf"(?:\s(?P<scale>hundred|thousand|million|billion)\b)?(?:[\s-](?P<unit>{_UNIT_RE}))?",
    re.IGNORECASE,
)
_IN_WORDS = {
    r"\b(?:half[ -]an[ -]hour|(?:a )?half[ -]hour)\b": ("30", "minute"),
    r"\ba quarter of an hour\b": ("15", "minute"),
    r"\bthree[ -]quarters of an hour\b": ("45", "minute"),
    r"\b(?:an|one) hour and a half\b": ("90", "minute"),
    r"\b(?:a|one) year and a half\b": ("18", "month"),
    r"\btwo and a half hours\b": ("2.5", "hour"),
    r"\bhalf a year\b": ("6", "month"),
    r"\b(?:a|one|every|the) fortnight\b": ("14", "day"),
    r"\btwice(?! as\b)\b": ("2", "times"),
    r"(?:(?<=only )|(?<=most )|(?<=than ))once\b|\bonce(?= (?:an?|per|every|each) (?:hour|day|week|month|year)\b)": (
        "1",
        "times",
    ),
    "(?<![〇一二三四五六七八九十百千万\\d年上下前後])半年(?![度報期])間?": ("6", "month"),
    "(?<![〇一二三四五六七八九十百千万.,\\d])[一1]年半間?": ("18", "month"),
    "(?<![〇一二三四五六七八九十百千万.,\\d])[一1]時間半": ("90", "minute"),
}
_IN_WORDS_RE = re.compile("|".join(f"({words})" for words in _IN_WORDS), re.IGNORECASE)
_CODE = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{1,12}\d{0,6}(?:[-_][A-Za-z0-9]{1,12}){1,4}|(?<![A-Za-z0-9])[A-Za-z]{1,12}\d{1,6}"
)
_LABEL = re.compile(
    r"(?:\b(?:steps?|options?|passages?|no|figure|fig|section|sec|chapter|table|page|part|phase|line|level)\.?"
    r"|手順|図|表|第|ステップ|パート)\s?$",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[Quantity, ...]:
    """The numbers of a normalised text, in order. Numbers within codes (`SL-104`) and labels (`step 2`) are
    left out."""
    text = text[:LONGEST]
    found: list[Quantity] = []
    taken = bytearray(len(text))

    def take(start: int, end: int, value: str, unit: str, exact: bool = True) -> None:
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            found.append(Quantity(start, end, value, unit, exact))

    for match in _CODE.finditer(text):
        if any(character.isdigit() for character in match[0]):
            taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
    amounts = list(_IN_WORDS.values())
    for match in _IN_WORDS_RE.finditer(text):
        take(*match.span(), *amounts[(match.lastindex or 1) - 1])
    for match in _ISO_DATE.finditer(text):
        take(match.start("day"), match.end("day"), str(int(match["day"])), "date")
        take(match.start("month"), match.end("month"), str(int(match["month"])), "month of the year")
        take(match.start("year"), match.end("year"), match["year"], "year")
    for match in _ERA.finditer(text):
        number = 1 if match["number"] == "元" else int(match["number"])
        take(*match.span(), str(_BEFORE_ERA[match["era"]] + number), "year")
    for match in _TENTHS.finditer(text):
        tenths, parts = (_digits(part) for part in match.group("tenths", "parts"))
        take(*match.span(), str(10 * tenths + parts), "percent")
    for match in _TIME.finditer(text):
        take(*match.span(), _clock(match), "time of day")
    for match in _MONTH.finditer(text):
        month = int(match["number"]) if match["number"] else _month(match["name"])
        take(*match.span(), str(month), "month of the year")
    for match in _DIGITS.finditer(text):
        if not _LABEL.search(text, max(0, match.start() - 12), match.start()):
            unit = _UNIT.get((match["unit"] or match["sign"] or "").strip().lower(), "")
            start, end = match.span()
            if match["unit"] == "日" and (
                _DAYS_AFTER.match(text, end) or _DAYS_BEFORE.search(text, 0, start)
            ):
                unit = "day"
            take(start, end, _value(match), unit)
    for match in _KANJI_NUMBER.finditer(text):
        number = _kanji(match["number"])
        unit = "month of the year" if match["unit"] == "月" else _UNIT.get(match["unit"], "")
        take(*match.span(), str(number), unit, number > 12)
    for match in _WORD_NUMBER.finditer(text):
        number = _WORDS[match["tens"].lower()] + _WORDS.get((match["ones"] or "").lower(), 0)
        number *= _SCALES.get((match["scale"] or "").lower(), 1)
        take(*match.span(), str(number), _UNIT.get((match["unit"] or "").lower(), ""), number > 12)
    return tuple(sorted(found, key=lambda quantity: quantity.start))


_DAYS_BEFORE = re.compile(r"(?:最[長大短低]|約|およそ|丸|合?計|少なくとも)$")
_DAYS_AFTER = re.compile(r"先|を[超越過]|かか|たつ|た[てっ]|経|ごと|おき|分の|保[管存]|連続|続け")
"""What stands beside `7日` where it is seven days and no date."""
_ORDINALS = dict(
    zip("first second third fourth fifth sixth seventh eighth ninth tenth".split(), range(1, 11), strict=True)
)


def ordinals(text: str) -> set[str]:
    """The values of the ordinals that a text in small letters has in words: they bear out `1st`, but count nothing themselves."""
    return {str(value) for word, value in _ORDINALS.items() if re.search(rf"\b{word}\b", text)}


_CONVERTED = {
    ("week", "day"): 7,
    ("day", "hour"): 24,
    ("hour", "minute"): 60,
    ("minute", "second"): 60,
    ("year", "month"): 12,
}


def same(value: str, unit: str, other: str, other_unit: str) -> bool:
    """Whether two quantities are the same amount; weeks are days, too."""
    if value == other:
        return unit == other_unit or not (unit and other_unit) or not comparable(unit, other_unit)
    return _converts(value, unit, other, other_unit) or _converts(other, other_unit, value, unit)


_TIME_SPANS = frozenset(("second", "minute", "hour", "day", "week", "month", "year"))
_MONEY = frozenset(("yen", "usd", "eur", "gbp"))


def comparable(unit: str, other: str) -> bool:
    """Whether numbers with these units could stand in each other's place."""
    return unit == other or any(unit in units and other in units for units in (_TIME_SPANS, _MONEY))


_NO_TIME = frozenset(_UNITS) - _TIME_SPANS - {"date", "age"}


def apart(unit: str, other: str) -> bool:
    """Whether numbers with these units can't be the same, though they look alike: 4 hours and 4 digits."""
    return any(a in _TIME_SPANS and b in _NO_TIME for a, b in ((unit, other), (other, unit)))


def rivals(unit: str, other: str) -> bool:
    """Whether one with the other unit can be what a number should have been: `$20` stands beside `¥3,000`, not in its place."""
    return comparable(unit, other) and (unit == other or unit not in _MONEY)


def equivalents(value: str, unit: str) -> set[str]:
    """The values that the same amount has in other units."""
    found = {value}
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", value):
        for (large, small), factor in _CONVERTED.items():
            if unit == large:
                found.add(f"{float(value) * factor:g}")
            elif unit == small and (2 * float(value) / factor).is_integer():
                found.add(f"{float(value) / factor:g}")
    return found


def _converts(large: str, large_unit: str, small: str, small_unit: str) -> bool:
    return (large_unit, small_unit) in _CONVERTED and small in equivalents(large, large_unit)


def _clock(match: re.Match[str]) -> str:
    hour = int(match["hour"] or match["hour12"])
    minute = int(
        match["minute"] or match["minute_ja"] or match["minute12"] or (30 if match["half_ja"] else 0)
    )
    half = (match["pm"] or match["pm12"] or "").lower()
    if (half == "p" or match["half"] == "午後") and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    return f"{hour}:{minute:02}"


def _value(match: re.Match[str]) -> str:
    whole, _, decimals = match["number"].replace(",", "").partition(".")
    factor = _SCALES.get((match["scale"] or "").strip(" -").lower(), 1)
    for character in match["kanji"]:
        factor *= _TENS.get(character) or _MYRIADS[character]
    if len(whole) > 30 or len(decimals) > 30:
        return match["number"]
    scaled = int(whole + decimals) * factor
    if match["rest"]:
        scaled += int(match["rest"].replace(",", "")) * math.prod(
            _TENS.get(c) or _MYRIADS[c] for c in match["rest_kanji"]
        )
    digits = str(scaled).zfill(len(decimals) + 1)
    whole, decimals = (digits[: -len(decimals)], digits[-len(decimals) :]) if decimals else (digits, "")
    return f"{whole}.{decimals}".rstrip("0").rstrip(".") if decimals else whole


def _month(name: str) -> int:
    """1 to 12, for a month's name or the first three letters of it."""
    return next(at for at, month in enumerate(_MONTHS, 1) if month.startswith(name[:3].lower()))


def _digits(number: str | None) -> int:
    """A number in digits or kanji; 0 where there is none."""
    return 0 if not number else int(number) if number.isdigit() else _kanji(number)


def _kanji(number: str) -> int:
    total = part = digit = 0
    for character in number:
        if character in _KANJI:
            digit = digit * 10 + _KANJI[character]
        elif character in _TENS:
            part += (digit or 1) * _TENS[character]
            digit = 0
        else:
            total += ((part + digit) or 1) * _MYRIADS[character]
            part = digit = 0
    return total + part + digit
