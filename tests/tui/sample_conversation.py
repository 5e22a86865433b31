"""A conversation as a transcript, the same at every run: a base answer with flags, and what rag says to the same question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kotae.conversation import Flag, Message, Passage, Rewrite, TokenUsage, Turn
from kotae.events import Delta, Finished, Prompted, Retrieved, Rewritten, Used
from kotae.transcripts.record import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from kotae.language import Language

_QUESTION = {"en": "Who can reopen a closed period?", "ja": "締めた期間を再開できるのは誰ですか？"}
_FIRST = {"en": "What is Komorebi Ledger?", "ja": "コモレビ会計とは何ですか？"}
_FIRST_ANSWER = {
    "en": "**Komorebi Ledger** is an accounting product for trading companies. It covers:\n\n"
    "- sales and purchasing,\n- inventory,\n- accounting and closing.",
    "ja": "**コモレビ会計**は、商社向けの会計ソフトウェアです。次の業務を扱います。\n\n- 販売と購買\n- 在庫\n- 会計と締め",
}
_BASE = {
    "en": "Any *Administrator* can reopen a period from the **Settings** screen within 90 days. The change is approved by "
    "the Audit Center.",
    "ja": "期間の再開は、管理者が**設定**画面から90日以内に行えます。変更は監査センターが承認します。",
}
_RAG = {
    "en": "Only a user with the role **Controller** can reopen a closed period [1], and a reason has to be given. Six roles "
    "come with the product [2].",
    "ja": "締めた期間を再開できるのは、**経理責任者**の役割を持つ利用者だけです[1]。理由の入力が必要です。役割は6種類あります[2]。",
}
_MARKED = {
    "en": (("within 90 days", "number"), ("Audit Center", "name")),
    "ja": (("90日以内", "number"), ("監査センター", "name")),
}
_REASON = {
    "en": ("The manual names no such limit.", "The manual knows no Audit Center."),
    "ja": ("マニュアルにこの期限の記載はありません。", "マニュアルに監査センターという名称はありません。"),
}
_PART = {"en": "How is a period closed?", "ja": "期間はどのように締めますか？"}
_QUERY = {
    "en": f"Komorebi Ledger accounting — {_QUESTION['en']} || {_PART['en']}",
    "ja": f"コモレビ会計 — {_QUESTION['ja']} || {_PART['ja']}",
}
_NOTE = "gpt-5-mini took longer than 5 s; carried over from the history."
_WENT_ON = {
    "en": "Reopening a period › Who may do it: role, Controller",
    "ja": "期間の再開 › 再開できる人: 役割、経理責任者",
}
_PASSAGES = {
    "en": (
        (
            "closing/reopening-periods.md",
            "Reopening a period › Who may do it",
            "Only a user with the role Controller can reopen a closed period. A reason is asked for and is kept.",
        ),
        (
            "admin/roles-and-permissions.md",
            "Roles and permissions",
            "Six roles come with the product. A role can be copied, changed and given to any number of users.",
        ),
        (
            "closing/closing-periods.md",
            "Closing a period",
            "A period is closed in two steps: a soft close and a hard close.",
        ),
    ),
    "ja": (
        (
            "closing/reopening-periods.md",
            "期間の再開 › 再開できる人",
            "締めた期間を再開できるのは、経理責任者の役割を持つ利用者だけです。理由の入力が必要です。",
        ),
        (
            "admin/roles-and-permissions.md",
            "役割と権限",
            "製品には6種類の役割があります。役割は複製や変更ができます。",
        ),
        (
            "closing/closing-periods.md",
            "期間の締め",
            "期間の締めは、仮締めと本締めの2段階で行います。",
        ),
    ),
}
_SCORES, _LINES = (0.83, 0.64, 0.41), (12, 5, 3)


def write(folder: Path, lang: Language = "en", *, manual: Path | None = None) -> Path:
    """Writes the transcript and returns its path. `manual` is the folder the passages' pages lie in."""
    passages = tuple(
        Passage(
            id=f"p{place + 1}",
            document=document,
            title=title,
            text=text,
            score=_SCORES[place],
            source=str(manual / document) if manual else "",
            line=_LINES[place],
            links=() if place else ("admin/roles-and-permissions.md", "closing/closing-periods.md"),
            found_by=("", _WENT_ON[lang], _PART[lang])[place],
        )
        for place, (document, title, text) in enumerate(_PASSAGES[lang])
    )
    recorder = Recorder(folder, "20260102T030405-abc123", created="2026-01-02T03:04:05.000+00:00")
    first = _turn("t1", _FIRST[lang], "base", None, _FIRST_ANSWER[lang], 0.21, 1.32)
    base = _turn("t2", _QUESTION[lang], "base", "t1", _BASE[lang], 0.18, 1.07)
    rag = _turn("t3", _QUESTION[lang], "rag", "t1", _RAG[lang], 0.94, 2.41)
    _record(recorder, first, (), (), 1.0)
    _record(recorder, base, (), _flags(_BASE[lang], passages[0], lang), 0.5)
    _record(recorder, rag, passages, (), 1.0, Rewrite(query=_QUERY[lang], method="carry-over", note=_NOTE))
    recorder.close()
    return recorder.path


def _turn(
    turn_id: str, question: str, backend: str, parent: str | None, answer: str, first: float, total: float
) -> Turn:
    return Turn(
        id=turn_id,
        question=question,
        backend=backend,
        parent=parent,
        started="2026-01-02T03:04:05.000+00:00",
        answer=answer,
        status="stop",
        first_token=first,
        total=total,
    )


def _flags(answer: str, evidence: Passage, lang: Language) -> tuple[Flag, ...]:
    return tuple(
        Flag(
            start=answer.index(words),
            end=answer.index(words) + len(words),
            kind="name" if kind == "name" else "number",
            score=0.91,
            reason=reason,
            evidence=evidence,
            flagger="grounding",
        )
        for (words, kind), reason in zip(_MARKED[lang], _REASON[lang], strict=True)
    )


def _record(
    recorder: Recorder,
    turn: Turn,
    passages: tuple[Passage, ...],
    flags: tuple[Flag, ...],
    groundedness: float,
    rewrite: Rewrite | None = None,
) -> None:
    recorder.opened(turn)
    if rewrite is not None:
        recorder.event(turn.id, Rewritten(rewrite), 0.0)
        recorder.event(turn.id, Retrieved(passages), 0.1)
    recorder.event(turn.id, Prompted((Message("system", "Be brief."), Message("user", turn.question))), 0.1)
    recorder.event(turn.id, Delta(turn.answer), 0.2)
    used = TokenUsage(
        prompt_tokens=812 if passages else 44, completion_tokens=61, model="SmolLM2-135M-Instruct"
    )
    recorder.event(turn.id, Used(used), 1.0)
    recorder.event(turn.id, Finished("stop"), 1.0)
    recorder.flagged(turn.id, flags, groundedness)
    recorder.closed(turn)
