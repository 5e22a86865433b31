"""Faults to plant among clean rows. To add one, add a `Planted`: its rows, and which of them have to be named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.kotae.tuning.control import SYSTEM, chat

# Secrets and numbers below are made up; they are put together here so that no scanner takes this file for a leak.
_OPENAI = "sk-" + "proj-" + "Qw3rTy" * 5
_AWS = "AKIA" + "Q3EGRWSZ7KXN2LPD"
_GITHUB = "ghp" + "_" + "a1B2c3" * 6
_JWT = "eyJhbGciOiJIUzI1NiJ9" + "." + "eyJzdWIiOiJtaW5hdG8ifQ" + "." + "c2lnbmF0dXJlLW1hZGUtdXA"
_PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nq83vEjRWeJCrze8=\n-----END RSA PRIVATE KEY-----"


@dataclass(frozen=True)
class Planted:
    """One fault."""

    check: str
    code: str
    """What has to be found."""
    rows: tuple[bytes, ...]
    """Lines that are added to clean ones."""
    found: tuple[int, ...]
    """Which of them have to be named, from 0: all of these, and no other line."""
    personal: str = ""
    """What no report may repeat."""

    def __str__(self) -> str:
        return f"{self.check}-{self.code}"


def _planted(
    check: str, code: str, *rows: Any, found: tuple[int, ...] | None = None, personal: str = ""
) -> Planted:
    lines = tuple(
        row if isinstance(row, bytes) else json.dumps(row, ensure_ascii=False).encode() for row in rows
    )
    return Planted(check, code, lines, (len(lines) - 1,) if found is None else found, personal)


def _ja(*said: str, **more: Any) -> dict[str, Any]:
    return chat(*said, system=SYSTEM["ja"], **more)


def _said(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


_Q, _A = "Where is the atlas?", "The atlas stands in the reading room."
_FIRST, _USER, _ANSWER = _said("system", SYSTEM["en"]), _said("user", _Q), _said("assistant", _A)
_PREFERENCE = {
    "input": {"messages": [_FIRST, _USER]},
    "preferred_output": [_ANSWER],
    "non_preferred_output": [_said("assistant", "Somewhere upstairs, I believe.")],
}

FORMAT = (
    _planted("format", "utf-8", '{"messages": "Caf\u00e9"}'.encode("latin-1")),
    _planted("format", "utf-8", '{"messages": "返却"}'.encode()[:-4]),
    _planted("format", "json", b"The atlas stands in the reading room."),
    _planted("format", "json", b'{"messages": [{"role": "user", "content": "torn'),
    _planted("format", "json", b'{"messages": ' + b"[" * 100_000),
    _planted("format", "object", b'[{"role": "user", "content": "Where?"}]'),
    _planted("format", "blank", b"   ", chat("Is the atlas lent?", "It stays in the house."), found=(0,)),
    _planted("format", "no-messages", {"prompt": "Where?", "completion": "There."}),
    _planted("format", "no-messages", {"messages": []}),
    _planted("format", "role", {"messages": [_said("human", _Q), _ANSWER]}),
    _planted("format", "role", {"messages": [{"content": _Q}, _ANSWER]}),
    _planted("format", "content", {"messages": [_said("user", ""), _ANSWER]}),
    _planted("format", "content", {"messages": [_said("user", None), _ANSWER]}),
    _planted("format", "no-user", {"messages": [_said("system", "Be brief."), _ANSWER]}),
    _planted("format", "no-answer", {"messages": [_USER]}),
    _planted("format", "no-answer", {"messages": [_USER, {**_ANSWER, "weight": 0}]}),
    _planted("format", "system-late", {"messages": [_FIRST, _USER, _said("system", "Be brief."), _ANSWER]}),
    _planted("format", "same-role", {"messages": [_FIRST, _said("user", "Hello."), _USER, _ANSWER]}),
    _planted("format", "weight", {"messages": [_FIRST, _USER, {**_ANSWER, "weight": 0.5}]}),
    _planted("format", "unknown-key", chat(_Q, _A, source="shelf plan")),
    _planted("format", "unknown-key", {"messages": [_FIRST, {**_USER, "time": 3}, _ANSWER]}),
    _planted("format", "control", chat(_Q, "The \x1b[31matlas\x1b[0m stands in the reading room.")),
    _planted("format", "control", chat(_Q, "The atlas stands in the \ufffd\ufffd room.")),
    _planted("format", "preference", {**_PREFERENCE, "non_preferred_output": []}),
    _planted("format", "same-preference", {**_PREFERENCE, "non_preferred_output": [_ANSWER]}),
    _planted("format", "mixed-kinds", _PREFERENCE),
    _planted("format", "too-long", chat(_Q, "It stands in the reading room, third shelf. " * 300)),
)

REPEATS = (
    _planted("duplicates", "duplicate", chat(_Q, _A), chat(_Q, _A)),
    _planted(
        "duplicates",
        "duplicate",
        chat(_Q, _A),
        chat("where is the  Atlas", "The atlas stands in the reading room!"),
    ),
    _planted(
        "duplicates",
        "near-duplicate",
        chat("Where in the branch do visitors find the large atlas of the world?", _A),
        chat("Where in the branch do visitors find the large atlas of the world, please?", _A),
    ),
    _planted(
        "duplicates",
        "near-duplicate",
        _ja(
            "大きな世界地図帳は館内のどのあたりに置いてあるのでしょうか？",
            "世界地図帳は閲覧室の奥にあります。",
        ),
        _ja(
            "大きな世界地図帳は館内のどのあたりに置いてあるのでしょうかね？",
            "世界地図帳は閲覧室の奥にあります。",
        ),
    ),
    _planted(
        "contradictions",
        "contradiction",
        chat("How many chairs has the reading room?", "The reading room has 24 chairs."),
        chat("How many chairs has the reading room?", "The reading room has 42 chairs."),
    ),
    _planted(
        "contradictions",
        "contradiction",
        chat("May the atlas leave the house?", "Yes, for one weekend."),
        chat("May the atlas please leave the house?", "No, it cannot leave the house."),
    ),
    _planted(
        "contradictions",
        "contradiction",
        _ja("地図帳は館外に持ち出せますか？", "はい、週末に限り持ち出せます。"),
        _ja("地図帳は館外へ持ち出せますか", "いいえ、館外への持ち出しはできません。"),
    ),
    _planted(
        "contradictions",
        "other-answer",
        chat("Who looks after the atlas?", "The keeper of the reading room."),
        chat("Who looks after the atlas?", "A volunteer on duty."),
    ),
)

ACCURACY = (
    _planted("accuracy", "unsupported", chat("What else is sold?", "The desk sells umbrellas to tourists.")),
    _planted("accuracy", "contradicted", chat("Which screen?", "Open the Payment Wizard and choose Waive.")),
    _planted("accuracy", "wrong-number", chat("How long?", "Books are lent for 35 days, magazines for 7.")),
    _planted("accuracy", "wrong-number", chat("When is the backup?", "A backup is made each night at 5:00.")),
    _planted("accuracy", "wrong-number", chat("How many labels fit?", "60 labels fit on a sheet.")),
    _planted(
        "accuracy", "unknown-name", chat("Where are fees waived?", "Fees are waived in the LibTablet app.")
    ),
    _planted("accuracy", "unknown-name", chat("And roles?", "Roles are given under Admin, Hoshizora.")),
    _planted("accuracy", "unjudged", chat("Who lends books?", "本の貸し出しは受付の係員が行います。")),
)
"""Of the English rows' manual."""

CONSISTENCY = (
    _planted(
        "consistency",
        "long-vowel",
        _ja("機械はどこで動きますか", "サーバーは地下にあります。"),
        _ja("置き場所は", "サーバーは地下の部屋です。"),
        _ja("夜間はどうする", "サーバは止めません。"),
    ),
    _planted(
        "consistency",
        "case",
        chat("Where is the help?", "The pages of the Reading Circle are on the first floor."),
        chat("Who leads it?", "A member leads the Reading Circle each month."),
        chat("When does it meet?", "Members of the Reading circle meet on Fridays."),
    ),
    _planted(
        "consistency",
        "case",
        chat("Who tunes the tablets?", "A volunteer updates LibTablet on Mondays."),
        chat("Who charges them?", "Whoever closes puts LibTablet on its cradle."),
        chat("May children use one?", "Libtablet is for adults."),
    ),
    _planted(
        "consistency",
        "hyphen",
        chat("Who opens again?", "Staff reopen the doors after the break."),
        chat("And after noon?", "They reopen the garden too."),
        chat("After a storm?", "They re-open the terrace last."),
    ),
    _planted(
        "consistency",
        "spelling",
        chat("What of the readings?", "Two were cancelled in spring."),
        chat("In autumn?", "One was cancelled for rain."),
        chat("In winter?", "None was canceled for snow."),
    ),
    _planted("consistency", "width", _ja("閲覧室の席は", "閲覧室には２４席あります。")),
    _planted("consistency", "half-width-kana", _ja("椅子はどこ", "ﾛﾋﾞｰに並べてあります。")),
    _planted("consistency", "punctuation", _ja("椅子の数は", "閲覧室に並べ，余りは倉庫にあります．")),
    _planted(
        "consistency", "politeness", _ja("椅子を借りられるのは誰か", "椅子を借りられるのは職員だけである。")
    ),
    _planted(
        "consistency",
        "markers",
        chat("What is in the bag?", "- a pencil\n- a map"),
        chat("And in the box?", "- a stamp\n- a ruler"),
        chat("And on the tray?", "* cards\n* clips"),
    ),
    _planted("consistency", "markers", chat("How is tea made?", "1) Boil water.\n2) Wait.")),
    _planted(
        "consistency",
        "instructions",
        chat("Who waters the plants?", "Whoever closes.", system="Answer like a pirate."),
    ),
)

PRIVACY = (
    _planted(
        "privacy",
        "email",
        chat("Whom do I ask?", "Write to hanako@minato-lib.jp."),
        personal="hanako@minato-lib.jp",
    ),
    _planted(
        "privacy", "phone", chat("Whom do I ring?", "Ring 03-1234-5678 for help."), personal="03-1234-5678"
    ),
    _planted("privacy", "phone", _ja("連絡は", "携帯は090-1234-5678です。"), personal="090-1234-5678"),
    _planted(
        "privacy", "phone", chat("And from abroad?", "Dial +44 20 7946 0958 then."), personal="7946 0958"
    ),
    _planted(
        "privacy",
        "card",
        chat("How did he pay?", "By card 4111 1111 1111 1111, it seems."),
        personal="4111 1111",
    ),
    _planted("privacy", "my-number", _ja("登録の番号は", "番号は1234 5678 9018です。"), personal="5678 9018"),
    _planted(
        "privacy", "account", _ja("振込先は", "普通 1234567 に振り込んでください。"), personal="1234567"
    ),
    _planted(
        "privacy",
        "account",
        chat("Where to?", "To DE89 3704 0044 0532 0130 00, please."),
        personal="3704 0044",
    ),
    _planted(
        "privacy", "person", chat("Who keeps the key?", "Mrs. Yamashita keeps it."), personal="Yamashita"
    ),
    _planted("privacy", "person", _ja("鍵は誰が持つ", "山下花子さんが持っています。"), personal="山下花子"),
    _planted("privacy", "person", _ja("届け出は", "氏名：佐藤次郎 の届け出です。"), personal="佐藤次郎"),
    _planted(
        "privacy", "secret", chat("What is the key?", f"The key is {_OPENAI} for now."), personal=_OPENAI
    ),
    _planted("privacy", "secret", chat("And of the store?", f"Use {_AWS} there."), personal=_AWS),
    _planted("privacy", "secret", chat("And of the code?", f"Use {_GITHUB} there."), personal=_GITHUB),
    _planted("privacy", "secret", chat("And the token?", f"Send {_JWT} with it."), personal=_JWT),
    _planted("privacy", "secret", chat("And for the door?", _PEM), personal="MIIEpAIBAAKCAQEA"),
    _planted("privacy", "secret", _ja("端末は", "パスワードは hon-no-mori7 です。"), personal="hon-no-mori7"),
    _planted(
        "privacy",
        "secret",
        chat("Which address?", "Open https://desk:shelf42@minato.jp/."),
        personal="shelf42",
    ),
    _planted(
        "privacy",
        "email",
        chat("Where?", "Over there.", metadata={"by": "taro@minato.jp"}),
        personal="taro@minato.jp",
    ),
    _planted("privacy", "email", b'torn {"content": "ask taro@minato.jp', personal="taro@minato.jp"),
)

IN_ROWS = (*FORMAT, *REPEATS, *CONSISTENCY, *PRIVACY)
"""Those that are found without a manual and without a test set."""
