"""Personal data and secrets: found, and masked.

Phone numbers are recognised by `phonenumbers` (Google's rules), card numbers, IBANs and My Number by their check digits
(`python-stdnum`), keys of services by `detect-secrets`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kotae.tuning.lint.finding import Finding, about
from kotae.tuning.rows import Row, text

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?!\w)")
_EXAMPLE = re.compile(
    r"@(?:[\w-]+\.)*(?:example\.(?:com|org|net|jp|co\.jp)|example|test|invalid)$", re.IGNORECASE
)
"""Addresses that belong to nobody (RFC 2606)."""
_DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d){11,18}(?![\w.])")
_MY_NUMBER = re.compile(r"(?<![\w.-])\d{4}[ -]?\d{4}[ -]?\d{4}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_ACCOUNT = re.compile(
    r"(?:(?:bank )?account (?:number|no\.?)|口座(?:番号)?|普通|当座)[\s:：]*(?:is |は)?\s*(?P<value>\d{6,10})\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr)\.? (?P<en>[A-Z][a-z]+(?: [A-Z][a-z]+)?)"
    r"|(?:氏名|お名前|担当者?名?)[\s:：]+(?P<label>[一-龥ぁ-んァ-ヶ]{1,4}[ 　]?[一-龥ぁ-んァ-ヶ]{1,4})"
    r"|(?P<ja>[一-龥]{2,4})(?:さん|氏)(?![一-龥]))"
)
_NOT_NAMES = {
    "皆",
    "皆様",
    "御社",
    "業者",
    "弊社",
    "担当",
    "客",
    "お客",
    "各",
    "相手",
    "取引先",
    "部長",
    "社長",
}
_SECRETS = (
    "ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "DiscordBotTokenDetector",
    "GitHubTokenDetector", "GitLabTokenDetector", "JwtTokenDetector", "MailchimpDetector", "NpmDetector", "OpenAIDetector",
    "PrivateKeyDetector", "PypiTokenDetector", "SendGridDetector", "SlackDetector", "StripeDetector", "TelegramBotTokenDetector",
    "TwilioKeyDetector",
)  # fmt: skip
_KEY = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{20,}|(?:api[_ -]?key|password|パスワード)\s*[:=：は]\s*(?P<value>[!-~]{8,}))",
    re.IGNORECASE,
)
_REGIONS = ("JP", "US", "GB")
KINDS = {
    "email": ("Mail addresses", "[EMAIL]"),
    "phone": ("Phone numbers", "[PHONE]"),
    "card": ("Card numbers", "[CARD]"),
    "my-number": ("My Numbers", "[MY_NUMBER]"),
    "account": ("Account numbers", "[ACCOUNT]"),
    "name": ("Names of people", "[NAME]"),
    "secret": ("Keys and passwords", "[SECRET]"),
}
"""What is found, and what it is masked by."""


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of personal data in a text."""

    start: int
    end: int
    kind: str


def privacy(rows: Sequence[Row]) -> list[Finding]:
    """Rows with personal data or secrets in them; findings never repeat them."""
    at: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        said = [*(text(message) for message in row.messages), row.rejected]
        for kind in {found.kind for one in said for found in find(one)}:
            at[kind].append(row.line)
    findings = []
    for kind, (what, mask) in KINDS.items():
        if at[kind]:
            said_of = f"{what} stand in {len(at[kind])} rows."
            advice = f"`--mask FILE` writes the rows with {mask} in their place. What is trained on can be asked out again."
            findings.append(about("privacy", kind, "error", said_of, advice, at[kind]))
    return findings


def find(said: str) -> list[Found]:
    """Personal data and secrets in a text, in order; none overlaps another."""
    found: list[Found] = []
    for one in sorted(
        _all(said), key=lambda one: (list(KINDS).index(one.kind) if one.kind != "secret" else -1, one.start)
    ):
        if not any(one.start < other.end and other.start < one.end for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def _all(said: str) -> Iterator[Found]:
    for hit in _EMAIL.finditer(said):
        if not _EXAMPLE.search(hit[0]):
            yield Found(hit.start(), hit.end(), "email")
    for hit in _DIGITS.finditer(said):
        if _is_card(hit[0]):
            yield Found(hit.start(), hit.end(), "card")
    for hit in _MY_NUMBER.finditer(said):
        if _is_my_number(hit[0]):
            yield Found(hit.start(), hit.end(), "my-number")
    for hit in _IBAN.finditer(said):
        if _is_iban(hit[0]):
            yield Found(hit.start(), hit.end(), "account")
    for hit in _ACCOUNT.finditer(said):
        yield Found(hit.start("value"), hit.end("value"), "account")
    for hit in _NAME.finditer(said):
        group = hit.lastgroup or "en"
        if hit[group] not in _NOT_NAMES:
            yield Found(hit.start(group), hit.end(group), "name")
    yield from _phones(said)
    yield from _secrets(said)


def _is_card(digits: str) -> bool:
    from stdnum import luhn

    plain = re.sub(r"\D", "", digits)
    return (
        13 <= len(plain) <= 19 and plain[0] in "3456" and bool(luhn.is_valid(plain)) and len(set(plain)) > 2
    )


def _is_my_number(digits: str) -> bool:
    from stdnum.jp import in_

    return bool(in_.is_valid(re.sub(r"\D", "", digits)))


def _is_iban(given: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(given))


def _phones(said: str) -> Iterator[Found]:
    import phonenumbers

    if not re.search(r"\d[\d\s().-]{7,}", said):
        return
    seen: set[tuple[int, int]] = set()
    for region in _REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(
            said, region, leniency=phonenumbers.Leniency.STRICT_GROUPING
        ):
            if (match.start, match.end) not in seen:
                seen.add((match.start, match.end))
                yield Found(match.start, match.end, "phone")


def _secrets(said: str) -> Iterator[Found]:
    for hit in _KEY.finditer(said):
        group = "value" if hit["value"] else 0
        yield Found(hit.start(group), hit.end(group), "secret")
    if not re.search(r"[A-Za-z0-9/+_-]{16,}|-----BEGIN", said):
        return
    from detect_secrets.core.scan import scan_line
    from detect_secrets.settings import transient_settings

    with transient_settings({"plugins_used": [{"name": name} for name in _SECRETS]}):
        for line in said.splitlines():
            for secret in scan_line(line):
                if (
                    secret.secret_value
                    and len(secret.secret_value) >= 8
                    and (at := said.find(secret.secret_value)) >= 0
                ):
                    yield Found(at, at + len(secret.secret_value), "secret")


def masked(said: str) -> str:
    """The text with what is found masked."""
    parts, at = [], 0
    for found in find(said):
        parts += [said[at : found.start], KINDS[found.kind][1]]
        at = found.end
    return "".join((*parts, said[at:]))


def masked_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the file has it, with all its words masked; its metadata too."""
    return {key: _masked(value) for key, value in row.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {key: item if key == "role" else _masked(item) for key, item in value.items()}
    return value
