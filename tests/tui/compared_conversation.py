"""A conversation with one question that three backends have answered, as a transcript that is the same at every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kotae.claims import groundedness, judged
from kotae.conversation import Flag, FlagKind, TokenUsage, Turn
from kotae.events import Delta, Finished, Used
from kotae.transcripts.record import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from kotae.language import Language

QUESTION = {"en": "Who can reopen a closed period?", "ja": "締めた期間を再開できるのは誰ですか？"}
ANSWERS: dict[Language, dict[str, str]] = {
    "en": {
        "base": "Any *Administrator* can reopen a period from the **Settings** screen within 90 days. The change is "
        "approved by the Audit Center, which sends a message to:\n\n- all users,\n- the tax office,\n- the bank.",
        "rag": "Only a user with the role **Controller** can reopen a closed period [1]. A reason has to be given [2].",
        "finetuned": "Only the Controller can reopen a closed period. It closes itself again after 90 days.",
    },
    "ja": {
        "base": "期間の再開は、管理者が**設定**画面から90日以内に行えます。変更は監査センターが承認し、次の宛先に通知します。\n\n"
        "- すべての利用者\n- 税務署\n- 銀行",
        "rag": "締めた期間を再開できるのは、**経理責任者**の役割を持つ利用者だけです[1]。理由の入力が必要です[2]。",
        "finetuned": "締めた期間を再開できるのは経理責任者だけです。90日後に自動的に締まります。",
    },
}
_MARKED: dict[Language, tuple[tuple[str, FlagKind], ...]] = {
    "en": (("90 days", "number"), ("Audit Center", "name")),
    "ja": (("90日", "number"), ("監査センター", "name")),
}


def write(folder: Path, lang: Language = "en") -> Path:
    """Writes the transcript and returns its path."""
    recorder = Recorder(folder, "20260102T030405-abc125", created="2026-01-02T03:04:05.000+00:00")
    for place, (backend, answer) in enumerate(ANSWERS[lang].items(), 1):
        turn = Turn(
            id=f"t{place}",
            question=QUESTION[lang],
            backend=backend,
            started="2026-01-02T03:04:05.000+00:00",
            answer=answer,
            status="stop",
            first_token=0.2 * place,
            total=0.9 * place,
        )
        recorder.opened(turn)
        recorder.event(turn.id, Delta(answer), 0.2)
        used = TokenUsage(prompt_tokens=40 * place, completion_tokens=31, model="SmolLM2-135M-Instruct")
        recorder.event(turn.id, Used(used), 0.9)
        recorder.event(turn.id, Finished("stop"), 0.9)
        flags = tuple(
            Flag(
                start=answer.index(words),
                end=answer.index(words) + len(words),
                kind=kind,
                score=0.9,
                reason="The manual does not say so.",
                flagger="grounding",
            )
            for words, kind in _MARKED[lang]
            if words in answer
        )
        claims = judged(answer)
        recorder.flagged(turn.id, flags, groundedness(claims, flags), len(claims))
        recorder.closed(turn)
    recorder.close()
    return recorder.path
