"""A conversation in which flags of every kind and strength fall into every kind of block, some of them judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kotae.claims import groundedness, judged
from kotae.conversation import Flag, FlagKind, Passage, Turn, Verdict
from kotae.events import Delta, Finished
from kotae.transcripts.record import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from kotae.language import Language

ANSWER = {
    "en": """## Reopening in the Audit Center

A **Controller** reopens a closed period. The period stays open for 90 days. Every reopening is announced by e-mail to all users.

- The reason can be edited afterwards.
- Archived periods are reopened the same way.

| State | Who may post |
|---|---|
| Open | every role |
| Soft-closed | the Deputy Auditor |
""",
    "ja": """## 監査センターでの再開

締めた期間は**経理責任者**が再開します。再開した期間は90日間開いたままです。再開はすべての利用者へメールで通知されます。

- 理由はあとから編集できます。
- 保管済みの期間も同じ方法で再開できます。

| 状態 | 記帳できる人 |
|---|---|
| 未締め | すべての役割 |
| 仮締め | 副監査人 |
""",
}
_QUESTION = {"en": "How is a period reopened?", "ja": "期間はどのように再開しますか？"}
_MARKED: dict[Language, tuple[tuple[str, FlagKind, float, Verdict], ...]] = {
    "en": (
        ("Audit Center", "name", 0.9, ""),
        ("90 days", "number", 0.7, "confirmed"),
        ("Every reopening is announced by e-mail to all users.", "unsupported", 0.6, ""),
        ("The reason can be edited afterwards.", "contradicted", 0.85, ""),
        ("Archived periods are reopened the same way.", "unsupported", 0.75, "rejected"),
        ("Deputy Auditor", "name", 0.55, ""),
    ),
    "ja": (
        ("監査センター", "name", 0.9, ""),
        ("90日間", "number", 0.7, "confirmed"),
        ("再開はすべての利用者へメールで通知されます。", "unsupported", 0.6, ""),
        ("理由はあとから編集できます。", "contradicted", 0.85, ""),
        ("保管済みの期間も同じ方法で再開できます。", "unsupported", 0.75, "rejected"),
        ("副監査人", "name", 0.55, ""),
    ),
}
_REASON = {"en": "Nothing in the manual says so.", "ja": "マニュアルに記載がありません。"}
_PASSAGE = {
    "en": "Enter the reason. It cannot be edited afterwards. A reopened period closes itself again after 72 hours. "
    "Reopening is meant as an exception: it is limited, it is recorded and it ends by itself.",
    "ja": "理由を入力します。理由はあとから編集できません。再開した期間は72時間後に自動的に締まります。再開は例外として扱います。",
}


def write(folder: Path, lang: Language = "en") -> Path:
    """Writes the transcript and returns its path. The remembered verdict is on the third claim's flag."""
    answer = ANSWER[lang]
    evidence = Passage(
        id="p1",
        document="closing/reopening-periods.md",
        title="Reopening a period › Conditions" if lang == "en" else "期間の再開 › 条件",
        text=_PASSAGE[lang],
        score=0.8,
        line=18,
    )
    flags = tuple(
        Flag(
            start=answer.index(words),
            end=answer.index(words) + len(words),
            kind=kind,
            score=score,
            reason=_REASON["en"],
            reason_ja=_REASON["ja"],
            evidence=evidence,
            flagger="grounding",
            verdict=verdict,
            remembered=verdict == "rejected",
        )
        for words, kind, score, verdict in _MARKED[lang]
    )
    claims = judged(answer)
    turn = Turn(
        id="t1",
        question=_QUESTION[lang],
        backend="base",
        started="2026-01-02T03:04:05.000+00:00",
        answer=answer,
        status="stop",
        first_token=0.2,
        total=1.4,
    )
    recorder = Recorder(folder, "20260102T030405-abc124", created="2026-01-02T03:04:05.000+00:00")
    recorder.opened(turn)
    recorder.event("t1", Delta(answer), 0.2)
    recorder.event("t1", Finished("stop"), 1.4)
    recorder.flagged("t1", flags, groundedness(claims, flags), len(claims))
    recorder.closed(replace(turn, flags=flags))
    recorder.close()
    return recorder.path
