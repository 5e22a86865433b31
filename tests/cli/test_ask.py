"""`kotae ask` as scripts use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backends.embedded import weights
from kotae.transcripts.read import latest, read
from tests.backends.retrieval.conftest import KIKAN, PERIODS, SHIPMENTS, write
from tests.cli.command import kotae
from tests.cli.installed import install
from tests.scripted_server import ScriptedServer, answers, cut_after, refuses, rewords


@pytest.fixture
def options(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    monkeypatch.setenv("KOTAE_FLAGS__ENABLED", "false")
    monkeypatch.setenv("KOTAE_BACKENDS__BASE__MAX_RETRIES", "0")
    return ("--backend", "base", "--base-url", server.base_url, "--model", "m")


async def test_the_answer_goes_to_stdout_and_nothing_else_does(
    server: ScriptedServer, options: tuple[str, ...]
) -> None:
    server.plays(answers("The Controller may."))
    done = await kotae("ask", *options, "Who may?")
    assert (done.code, done.out) == (0, "The Controller may.\n")
    assert server.requests[0]["messages"][-1] == {"role": "user", "content": "Who may?"}


async def test_the_question_may_stand_on_stdin_and_the_turn_comes_as_json(
    server: ScriptedServer, options: tuple[str, ...]
) -> None:
    done = await kotae("ask", *options, "--json", stdin="q")
    (line,) = done.out.splitlines()
    turn = json.loads(line)
    assert done.code == 0
    assert (turn["question"], turn["answer"], turn["status"]) == ("q", "Hello from the server.", "stop")
    assert turn["usage"]["model"] == "scripted-1"
    assert turn["prompt"][-1] == {"role": "user", "content": "q"}


async def test_history_comes_from_a_file(
    server: ScriptedServer, options: tuple[str, ...], tmp_path: Path
) -> None:
    said = [
        {"role": "user", "content": "Who closes a period?"},
        {"role": "assistant", "content": "The Controller."},
    ]
    file = tmp_path / "history.json"
    file.write_text(json.dumps(said), encoding="utf-8")
    await kotae("ask", *options, "--history", file, "--record", tmp_path / "kept", "and who may reopen it?")
    assert server.requests[0]["messages"][1:3] == said
    path = latest(tmp_path / "kept")
    assert path is not None
    (turn,) = read(path).turns.values()
    assert [message.content for message in turn.prompt[1:3]] == [message["content"] for message in said]


@pytest.mark.parametrize("content", ["{}", "not json", '[{"role": "wizard", "content": "x"}]'])
async def test_a_history_that_is_none_is_refused(
    options: tuple[str, ...], tmp_path: Path, content: str
) -> None:
    file = tmp_path / "history.json"
    file.write_text(content, encoding="utf-8")
    done = await kotae("ask", *options, "--history", file, "q")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("kotae: ")
    assert "is no history" in done.err


async def test_a_failure_is_one_line_on_stderr_and_exit_code_1(
    server: ScriptedServer, options: tuple[str, ...]
) -> None:
    server.plays(refuses(401, "Incorrect API key provided: sk-test-0123456789"))
    done = await kotae("ask", *options, "q")
    assert (done.code, done.out) == (1, "")
    assert len(done.err.splitlines()) == 1
    assert "refused the key (401)" in done.err
    assert "sk-test" not in done.err


async def test_a_broken_answer_keeps_its_part_and_is_recorded(
    server: ScriptedServer, options: tuple[str, ...], tmp_path: Path
) -> None:
    server.plays(cut_after("The ", "Contr"))
    done = await kotae("ask", *options, "--record", tmp_path / "kept", "q")
    assert (done.code, done.out) == (1, "The Contr\n")
    path = latest(tmp_path / "kept")
    assert path is not None
    (turn,) = read(path).turns.values()
    assert (turn.answer, turn.status) == ("The Contr", "error")


async def test_terminal_controls_in_an_answer_are_shown_not_sent(
    server: ScriptedServer, options: tuple[str, ...]
) -> None:
    server.plays(answers("", pieces=["\x1b]0;evil\x07", "red \x1b[31m", "\u202e"]))
    done = await kotae("ask", *options, "q")
    assert "\x1b" not in done.out
    assert "\\x1b]0;evil\\x07red \\x1b[31m\\u202e" in done.out


async def test_wrong_usage_is_exit_code_2(options: tuple[str, ...]) -> None:
    assert (await kotae("ask", *options, stdin="  ")).code == 2
    assert (await kotae("ask", "--no-such-option", "q")).code == 2
    assert (await kotae("no-such-command")).code == 2


async def test_an_unknown_backend_is_named_with_those_there_are() -> None:
    done = await kotae("ask", "--backend", "oracle", "q")
    assert done.code == 1
    assert "no backend 'oracle'" in done.err
    assert "base, rag, finetuned, quote" in done.err


async def test_a_mistake_in_the_settings_file_is_one_line(home: Path) -> None:
    file = home / ".config" / "kotae" / "settings.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[chat]\ncolour = 1\n", encoding="utf-8")
    done = await kotae("ask", "q")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "colour" in done.err


async def test_terminal_controls_in_a_servers_refusal_are_shown_not_sent(
    server: ScriptedServer, options: tuple[str, ...]
) -> None:
    server.plays(refuses(400, "no \x1b]0;pwn\x07 such \u202e thing"))
    done = await kotae("ask", *options, "q")
    assert "\x1b" not in done.err
    assert "\\x1b]0;pwn\\x07 such \\u202e thing" in done.err


async def test_bytes_that_are_no_text_become_replacement_characters(
    server: ScriptedServer, options: tuple[str, ...], tmp_path: Path
) -> None:
    done = await kotae("ask", *options, "--record", tmp_path / "kept", b"caf\xe9?")
    assert (done.code, done.err) == (0, "")
    done = await kotae("ask", *options, stdin=b"caf\xe9?")
    assert (done.code, done.err) == (0, "")
    assert [request["messages"][-1]["content"] for request in server.requests] == ["caf\ufffd?"] * 2


async def test_an_empty_argument_is_no_question_and_nothing_is_waited_for(options: tuple[str, ...]) -> None:
    done = await kotae("ask", *options, "", stdin="q")
    assert done.code == 2
    assert "There is no question" in done.err


async def test_what_a_plugin_says_when_it_fails_is_shown_not_sent(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    code = "raise ValueError('\\x1b]0;pwn\\x07')"
    done = await kotae("ask", *options, "q", PYTHONPATH=install(tmp_path / "site", "bad", code))
    assert done.code == 0
    assert "Plugin bad was switched off for this session: ValueError: \\x1b]0;pwn\\x07." in done.err


async def test_a_query_for_a_backend_that_searches_for_nothing_is_remarked_upon(
    options: tuple[str, ...],
) -> None:
    done = await kotae("ask", *options, "--query", "closed period", "q")
    assert (done.code, done.err) == (
        0,
        "The backend base searches for nothing: --query made no difference.\n",
    )
    assert (await kotae("ask", *options, "--query", "closed period", "--quiet", "q")).err == ""


RETRIEVER = """
from kotae import Passage, hookimpl

class One:
    async def prepare(self, progress=None): ...
    async def search(self, query, top=5, progress=None, history=()):
        return [Passage(id="1", document="a", title="A", text="A Controller may reopen a period.")]
    async def known(self, terms): return set()

@hookimpl
def register_retrievers(settings): return {"one": One()}
"""


async def test_what_is_searched_for_and_why_stands_on_stderr_and_in_the_turn(
    server: ScriptedServer, options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", install(tmp_path / "site", "one", RETRIEVER))
    monkeypatch.setenv("KOTAE_BACKENDS__RAG__RETRIEVER", "one")
    monkeypatch.setenv("KOTAE_BACKENDS__RAG__MAX_RETRIES", "0")
    monkeypatch.setenv("KOTAE_RETRIEVAL__REWRITER", "rag")
    rag = ("--backend", "rag", *options[2:])
    answer = answers("A Controller [1].")
    server.plays(rewords("ignored", "Who is a Controller?"), answer, refuses(500, "no memory"), answer)
    done = await kotae("ask", *rag, "Who?")
    assert "Searching for: Who? || Who is a Controller?  (model: scripted-1)\n" in done.err

    done = await kotae("ask", *rag, "Who?")
    assert f"{server.base_url} failed (500): no memory; searched for as typed.\n" in done.err
    assert "Searching for" not in done.err

    done = await kotae("ask", *rag, "--query", "reopen", "--json", "Who?")
    assert json.loads(done.out)["rewrite"] == {"query": "reopen", "method": "edited", "note": ""}
    assert "Searching for: reopen  (edited)\n" in done.err


@pytest.fixture
def models() -> None:
    """The embedded models are there."""
    if any(weights.find(bundle) is None for bundle in weights.BUNDLES):
        pytest.skip("the embedded models are not in the models folder; `make weights` fetches them")


@pytest.fixture
def manual(tmp_path: Path) -> Path:
    """A page in each language."""
    return write(tmp_path / "manual", {"periods.md": PERIODS, "shipments.md": SHIPMENTS, "期間.md": KIKAN})


@pytest.mark.weights
async def test_quote_answers_in_both_languages_without_a_model(models: None, manual: Path) -> None:
    ask = ("ask", "--backend", "quote", "--manual", manual)
    done = await kotae(*ask, "Who may reopen a closed period?")
    assert done.code == 0
    assert "Only the Controller may reopen a closed period." in done.out
    assert "[1]" in done.out
    assert "⚑" not in done.err
    done = await kotae(*ask, "--json", "締めた期間を再オープンできるのは誰ですか？")
    turn = json.loads(done.out)
    assert "締めた期間を再オープンできるのは経理責任者だけです。" in turn["answer"]
    assert turn["passages"][0]["document"] == "期間.md"
    assert (turn["prompt"], turn["flags"]) == ([], [])
    assert "英語" not in done.err  # no model is asked that could not read it
    done = await kotae(*ask, "--quiet", "給与明細を印刷するには？")
    assert done.out == "マニュアルには記載がありません。\n"


@pytest.mark.weights
@pytest.mark.parametrize(("lang", "said"), [("en", "speaks English only"), ("ja", "英語しか話せません")])
async def test_japanese_to_the_embedded_model_is_told_of_on_stderr(
    models: None, lang: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOTAE_FLAGS__ENABLED", "false")
    monkeypatch.setenv("KOTAE_BACKENDS__BASE__MAX_TOKENS", "8")
    done = await kotae("ask", "誰が再開できますか", KOTAE_CHAT__LANG=lang)
    assert done.code == 0
    assert said in done.err
    assert "quote" in done.err
    assert said not in done.out


WATCH = """
from kotae import Flag, KotaeError, hookimpl

@hookimpl
def flag_answer(answer, final):
    if not final:
        return None
    if "down" in answer:
        raise KotaeError("The server is down.", "Start it.")
    return [Flag(start=0, end=3, kind="name", score=0.9, reason="No such role.", reason_ja="その役割はありません。")]
"""


@pytest.mark.weights
async def test_flags_are_told_with_their_flagger_and_in_the_language_of_the_screen(
    server: ScriptedServer, options: tuple[str, ...], tmp_path: Path
) -> None:
    path = install(tmp_path / "site", "watch", WATCH)
    manual = write(tmp_path / "manual", {"periods.md": PERIODS})
    server.plays(answers("The Wizard may."), answers("It is down."))
    arguments = ("ask", *options, "--manual", manual, "Who may?")
    environ = {"KOTAE_FLAGS__ENABLED": "true", "KOTAE_FLAGS__FLAGGERS": "watch", "PYTHONPATH": path}
    done = await kotae(*arguments, **environ, LANG="ja_JP.UTF-8")  # type: ignore[arg-type]
    assert (done.code, done.out) == (0, "The Wizard may.\n")
    assert "⚑ name (0.90, watch): The — その役割はありません。\n" in done.err
    done = await kotae(*arguments, **environ)  # type: ignore[arg-type]
    assert (done.code, done.out) == (0, "It is down.\n")
    assert "watch could not judge the answer: The server is down. Start it.\n" in done.err
