"""The embedded model speaks English only; whoever asks it in Japanese is told before it answers."""

from __future__ import annotations

import pytest

from backends.embedded.server import EmbeddedServer
from backends.model import Model
from backends.plugin import register_backends
from kotae.backend import Backend, Manual
from kotae.conversation import Message, Rewrite
from kotae.settings import BackendSettings, Settings, default_backends


class Nothing:
    """Services of a program without a manual."""

    async def rewrite(self, history: tuple[Message, ...], question: str) -> Rewrite:
        return Rewrite(query=question, method="as typed")

    def manual(self, folder: str = "", index: str = "", retriever: str = "") -> Manual:
        raise AssertionError("nothing is searched before it is asked")


def told(question: str, instead: str = "", **table: str) -> list[str]:
    model = Model("base", BackendSettings(**table), EmbeddedServer([]), instead=instead)  # type: ignore[arg-type]
    return [notice.text for notice in model.notices(question)]


def test_japanese_to_the_embedded_model_is_told_what_to_do_instead() -> None:
    (said,) = told("締めた期間を再開できるのは誰ですか？", "quote")
    assert said == (
        "The embedded model speaks English only. For Japanese, ask the backend quote, or set a server (base_url)."
    )
    (alone,) = told("与信限度額とは")
    assert alone == "The embedded model speaks English only. For Japanese, set a server (base_url)."


@pytest.mark.parametrize("question", ["Who may reopen a closed period?", "Wer darf das?", "?"])
def test_no_other_question_is_told_of(question: str) -> None:
    assert told(question) == []


def test_a_server_may_speak_japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told("誰ですか", base_url="http://localhost:1/v1", model="m") == []
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    assert told("誰ですか") == []


def instead_of(backends: list[Backend]) -> set[str]:
    return {
        notice.ja
        for backend in backends
        if isinstance(model := getattr(backend, "_model", None), Model)
        for notice in model.notices("誰ですか")
    }


def test_the_backend_to_ask_is_named_as_the_settings_name_it() -> None:
    tables = {name: table for name, table in default_backends().items() if table.kind != "quote"}
    named = Settings(backends={**tables, "原文": BackendSettings(kind="quote")})
    (said,) = instead_of(register_backends(named, Nothing()))
    assert said == (
        "内蔵モデルは英語しか話せません。日本語の質問には、バックエンド 原文 を使うか、サーバー（base_url）を設定してください。"
    )
    (without,) = instead_of(register_backends(Settings(backends=tables), Nothing()))
    assert "バックエンド" not in without


def test_the_four_built_in_kinds_are_made_in_the_settings_order() -> None:
    made = register_backends(Settings(), Nothing())
    assert [(backend.name, backend.kind) for backend in made] == [
        (kind, kind) for kind in ("base", "rag", "finetuned", "quote")
    ]
