"""Personal data and secrets: found, and masked.

Phone numbers are recognised by `phonenumbers` (Google's rules), card numbers, IBANs and My Number by their check digits
(`python-stdnum`), keys of services by the patterns of `detect-secrets`.
"""

from __future__ import annotations

import importlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from kotae.tuning.lint.finding import Finding, Offender, about
from kotae.tuning.lint.form import lines_of
from kotae.tuning.lint.masks import MASKS

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])", re.ASCII)
_NOBODYS = re.compile(
    r"[@.](?:example\.(?:com|org|net|jp)|example\.co\.jp|example|test|invalid|localhost)$", re.IGNORECASE
)
"""Addresses that belong to nobody (RFC 2606, and JPRS's for Japan)."""
_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?!\w)", re.ASCII)
_MY_NUMBER = re.compile(r"(?<![\w.-])(?<!\d )\d{4}([ -]?)\d{4}\1\d{4}(?![\w-])(?! \d)", re.ASCII)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b", re.ASCII)
_ACCOUNT = re.compile(
    r"(?:\baccount (?:number|no\.?)|口座番号|(?:普通|当座)(?:預金)?)[\s:：]*(?:is |は)?\s*(?P<value>\d{6,10})(?!\d)",
    re.IGNORECASE,
)
_CAPITALISED = r"[A-Z][a-zà-ÿ]+(?:[- '’][A-Z][a-zà-ÿ]+)?"
_PERSON = re.compile(
    rf"(?:\b(?:Mr|Mrs|Ms|Dr)\.? (?P<title>{_CAPITALISED})"
    rf"|\b(?:[Mm]y name is|[Nn]ame:|[Cc]ontact:|[Cc]ontact person:) ?(?P<said>{_CAPITALISED})"
    r"|(?<![一-鿿々])(?:氏名|お名前|名前|担当者?名?|連絡先)[:：] ?(?P<label>[一-鿿々]{1,4}[ 　]?[一-鿿々]{1,4})"
    r"(?=です|様|さん|[がはにへ]|まで|[^一-鿿々ぁ-んァ-ヶ]|$)"
    r"|(?<![一-鿿々])(?P<honoured>[一-鿿々]{2,4}[ 　]?[一-鿿々]{0,3})(?:さん|氏)(?![一-鿿々]))"
)
_NO_PERSON = re.compile(
    r"(?:部|課|係|室|者|員|社|店|長|様|客|先|元|方|名|番号|担当|管理|経理|総務|営業|購買|御社|弊社|[奥娘息]|皆|各)$|^(?:お|皆|各)"
)
"""Departments, roles and the like, which are addressed as people are."""
_ASSIGNED = re.compile(
    r"(?:\b(?:api[_ -]?key|secret[_ -]?key|access[_ -]?token|password|passwd|pwd)\b|パスワード|暗証番号)\s*(?:[:=：]|\bis\b|は)\s*"
    r"[\"'「“]?(?P<value>(?=[!#-&(-~]*\d)[!#-&(-~]{6,})",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"://[^\s:/@]{1,64}:(?P<value>[^\s:/@\[\]]{1,128})@")
_JWT = re.compile(r"\beyJ[\w=-]{8,}\.[\w=-]{8,}(?:\.[\w=-]*)?", re.ASCII)
_KEY = re.compile(r"\bsk-[A-Za-z0-9_-]{20,}", re.ASCII)
_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL
)
_DETECTORS = {
    "artifactory": "ArtifactoryDetector", "aws": "AWSKeyDetector", "azure_storage_key": "AzureStorageKeyDetector",
    "discord": "DiscordBotTokenDetector", "github_token": "GitHubTokenDetector", "gitlab_token": "GitLabTokenDetector",
    "mailchimp": "MailchimpDetector", "npm": "NpmDetector", "pypi_token": "PypiTokenDetector", "sendgrid": "SendGridDetector",
    "slack": "SlackDetector", "stripe": "StripeDetector", "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}  # fmt: skip
"""Those of detect-secrets that know a key by its form; what judges by the disorder of letters finds order numbers too."""
_DENSE = re.compile(r"[\w/+.:-]{16}")
_REGIONS = ("JP", "US", "GB")
"""Where phone numbers without a country code are from."""
_DIALLED = re.compile(r"\+?\(?\d[\d\s().-]{7,}")


_MASKED = frozenset(MASKS.values())
_ROUNDS = 8
"""Times that a masked text is looked at again: what a mask stands beside may be found then."""


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of personal data in a text."""

    start: int
    end: int
    kind: str


def privacy(data: bytes) -> list[Finding]:
    """Lines of a file with personal data or secrets in them, whatever their form is."""
    at: dict[str, list[Offender]] = defaultdict(list)
    for number, line in enumerate(lines_of(data), 1):
        texts = list(_texts(_parsed(line)))
        for kind in {found.kind for one in texts for found in find(one)}:
            at[kind].append(Offender(line=number, sample=next((t for t in texts if find(t)), "")))
    return [about(kind, at[kind], values={"mask": mask}) for kind, mask in MASKS.items() if at[kind]]


def masked_line(line: bytes) -> bytes:
    """A line of a file with what is found in it masked; the same bytes where nothing is."""
    row = _parsed(line)
    if not any(find(one) for one in _texts(row)):
        return line
    if isinstance(row, str):
        return masked(row).encode("utf-8", "surrogateescape")
    end = line[len(line.rstrip(b"\r")) :]
    try:
        return json.dumps(_masked(row), ensure_ascii=line.isascii(), allow_nan=False).encode() + end
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can escape and UTF-8 can't hold
        return json.dumps(_masked(row)).encode() + end
    except ValueError:  # a number beyond all bounds, which would come out as no JSON
        return masked(line.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def masked(text: str) -> str:
    """A text with what is found in it masked, and then what is only seen beside a mask, so that nothing is found any more."""
    for _round in range(_ROUNDS):
        if not (found := find(text)):
            break
        parts, at = [], 0
        for one in found:
            parts += [text[at : one.start], MASKS[one.kind]]
            at = one.end
        text = "".join((*parts, text[at:]))
    return text


def find(text: str) -> list[Found]:
    """Personal data and secrets in a text, in order; none overlaps another."""
    order = list(MASKS)
    found: list[Found] = []
    for one in sorted(set(_all(text)), key=lambda one: (order.index(one.kind), one.start, -one.end)):
        if text[one.start : one.end] in _MASKED:
            continue
        if one.start < one.end and not any(
            one.start < other.end and other.start < one.end for other in found
        ):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def _parsed(line: bytes) -> Any:
    """The JSON in a line; of a line that is none, its text."""
    try:
        return json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return line.decode("utf-8", "surrogateescape")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {masked(str(key)): _masked(item) for key, item in value.items()}
    return value


def _all(text: str) -> Iterator[Found]:
    yield from _secrets(text)
    if "@" in text:
        for hit in _EMAIL.finditer(text):
            if not _NOBODYS.search(hit[0]):
                yield Found(hit.start(), hit.end(), "email")
    for hit in _PERSON.finditer(text):
        group = str(hit.lastgroup)
        if group in ("title", "said") or not _NO_PERSON.search(hit[group]):
            yield Found(hit.start(group), hit.end(group), "person")
    if not re.search(r"\d", text):
        return
    for hit in _CARD.finditer(text):
        if _is_card(hit[0]):
            yield Found(hit.start(), hit.end(), "card")
    for hit in _MY_NUMBER.finditer(text):
        if _is_my_number(hit[0]):
            yield Found(hit.start(), hit.end(), "my-number")
    for hit in _IBAN.finditer(text):
        if _is_iban(hit[0]):
            yield Found(hit.start(), hit.end(), "account")
    for hit in _ACCOUNT.finditer(text):
        yield Found(hit.start("value"), hit.end("value"), "account")
    yield from _phones(text)


def _is_card(given: str) -> bool:
    from stdnum import luhn

    digits = re.sub(r"\D", "", given)
    return digits[0] in "3456" and len(set(digits)) > 1 and bool(luhn.is_valid(digits))


def _is_my_number(given: str) -> bool:
    from stdnum.jp import in_

    return bool(in_.is_valid(re.sub(r"\D", "", given)))


def _is_iban(given: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(given))


def _phones(text: str) -> Iterator[Found]:
    if not _DIALLED.search(text):
        return
    import phonenumbers

    for region in _REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(
            text, region, leniency=phonenumbers.Leniency.STRICT_GROUPING
        ):
            yield Found(match.start, match.end, "phone")


def _secrets(text: str) -> Iterator[Found]:
    for pattern in (_ASSIGNED, _IN_ADDRESS):
        for hit in pattern.finditer(text):
            yield Found(hit.start("value"), hit.end("value"), "secret")
    for pattern in (_BLOCK, *(_services() if _DENSE.search(text) else ())):
        for hit in pattern.finditer(text):
            yield Found(hit.start(), hit.end(), "secret")


@cache
def _services() -> tuple[re.Pattern[str], ...]:
    """How the keys of services look."""
    detectors = (
        getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)
        for module, name in _DETECTORS.items()
    )
    return (_KEY, _JWT, *(pattern for detector in detectors for pattern in detector.denylist))
