"""The flaggers whose models run in a process of their own, put together as the program does it, with models made by hand."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from backends.flagging.client import FlaggingClient, Token
from backends.flagging.cross_encoder import columns
from backends.flagging.lettucedetect import LettuceDetect
from backends.flagging.lettucedetect import marked as runs
from backends.flagging.nli import Nli
from backends.flagging.token_classifier import prompt, suspect
from backends.flagging.worker import _Models
from backends.worker_loop import Request
from kotae import paths
from kotae.claims import claims
from kotae.conversation import Passage
from kotae.errors import BackendError
from kotae.settings import load
from tests.backends.flagging import models
from tests.backends.flagging.conftest import Judging, JudgingBy, by, marked
from tests.backends.retrieval.test_client import alive
from tests.small_manual import SmallManual

TOGETHER = pytest.mark.asyncio(loop_scope="module")
PASSAGE = "An invoice is due. The manual is the manual."
ANSWER = "An invoice is due.  The manual denies the invoice. Dragons is due."


@TOGETHER
async def test_a_claim_is_contradicted_or_unsupported_as_the_model_reads_the_nearest_passage(
    judging: Judging,
) -> None:
    flags = by("nli", await judging.judge(ANSWER, passages=["The dog is in.", PASSAGE]))
    assert marked(ANSWER, flags) == [
        ("contradicted", "The manual denies the invoice."),
        ("unsupported", "Dragons is due."),
    ]
    assert flags is not None
    assert len(flags) == 3, "there is one for every claim, for whoever sets the threshold to 0"
    clean, contradicted, unsupported = flags
    assert clean.score < 0.1
    assert contradicted.score > 0.9
    assert contradicted.said_in("en").startswith("tiny-nli reads the nearest passage as saying otherwise")
    assert "矛盾" in contradicted.said_in("ja")
    assert unsupported.said_in("en").startswith("tiny-nli finds that the nearest passages bear this out by ")
    assert clean.evidence is not None
    assert clean.evidence.text == PASSAGE
    assert judging.reports == []


def test_the_program_itself_loads_no_torch(nli_model: Path, token_model: Path) -> None:
    code = f"""
import asyncio, sys
from kotae.cli.compose import load_services
from kotae.conversation import Passage
from kotae.settings import load
async def main():
    services = load_services(load({{"flags": {{"nli": {str(nli_model)!r}, "lettucedetect": {str(token_model)!r}}}}}), print)
    passages = [Passage(id="1", document="", title="", text={PASSAGE!r})]
    flags = await services.plugins.flag_answer(
        question="", answer={ANSWER!r}, passages=passages, manual=None, history=(), final=True
    )
    await services.aclose()
    print(sorted({{flag.flagger for flag in flags}}), {{"torch", "transformers", "numpy"}} & set(sys.modules))
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['grounding', 'lettucedetect', 'nli'] set()\n"


@TOGETHER
async def test_a_token_classifier_marks_whole_words_in_the_answers_own_characters(judging: Judging) -> None:
    answer = "🧾 An **invoice** is due 45 days. Dragons dragons is due. Dragonsons is due. 竜は45の。The manual is due."
    flags = by("lettucedetect", await judging.judge(answer, question="Is it due?", passages=[PASSAGE]))
    assert marked(answer, flags) == [
        ("unsupported", "45"),
        ("unsupported", "Dragons dragons"),
        ("unsupported", "Dragonsons"),
        ("unsupported", "竜"),
    ]
    assert flags is not None
    assert answer[flags[-1].start : flags[-1].end] == "The manual is due."
    assert flags[-1].score < 0.1
    assert flags[0].said_in("en") == "tiny-lettuce takes this to be without support by 100%."
    assert flags[0].said_in("ja") == "tiny-lettuceは、根拠のない確率を 100% と判断しました。"
    assert flags[0].evidence is not None


async def test_both_run_beside_the_bundled_flagger_in_one_process(
    judging_by: JudgingBy, nli_model: Path, token_model: Path
) -> None:
    judging = judging_by(nli=nli_model, lettucedetect=token_model)
    flags = await judging.judge(ANSWER, passages=[PASSAGE])
    assert flags is not None
    assert {flag.flagger for flag in flags} == {"grounding", "nli", "lettucedetect"}
    assert [flag.start for flag in flags] == sorted(flag.start for flag in flags)


async def test_without_passages_the_manual_is_searched_for_each_claim(
    judging_by: JudgingBy, nli_model: Path
) -> None:
    judging, manual = judging_by(nli=nli_model, flaggers=["nli"]), SmallManual()
    flags = await judging.judge("An invoice is due. Dragons is due.", manual=manual)
    assert manual.searched == ["An invoice is due.", "Dragons is due."]
    assert marked("An invoice is due. Dragons is due.", flags) == [("unsupported", "Dragons is due.")]


@TOGETHER
async def test_while_an_answer_streams_the_model_is_loaded_and_nothing_is_said(judging: Judging) -> None:
    assert await judging.judge(ANSWER, passages=[PASSAGE], final=False) is None
    assert await judging.judge("Hello! How can I help?", passages=[PASSAGE]) is None
    assert await judging.judge(ANSWER) is None
    assert len(by("nli", await judging.judge(ANSWER, passages=[PASSAGE])) or ()) == 3


async def test_a_model_that_is_still_being_loaded_costs_the_answer_its_flags_and_no_more(
    judging_by: JudgingBy, nli_model: Path
) -> None:
    judging = judging_by(nli=nli_model, flaggers=["nli"], budget=0.5)
    assert await judging.judge(ANSWER, passages=[PASSAGE]) is None
    assert [line for line in judging.reports if "nli" in line] == [
        "nli could not judge the answer: tiny-nli is still being loaded. The next answers will have its flags."
    ]


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("/nowhere/at all", "There is no folder /nowhere/at all."),
        ("nobody/none-such", "The model nobody/none-such is no folder and can't be fetched: "),
        ("EMPTY", "can't be loaded: "),
        ("OTHER", "can't be loaded: ValueError: it"),
    ],
)
async def test_a_model_that_is_missing_or_is_another_is_said_in_one_line(
    judging_by: JudgingBy,
    tmp_path: Path,
    nli_model: Path,
    token_model: Path,
    model: str,
    why: str,
) -> None:
    (tmp_path / "empty").mkdir()
    others = {"nli": models.nli(tmp_path / "ranker", ("LABEL_0", "LABEL_1")), "lettucedetect": nli_model}
    named = {
        kind: {"EMPTY": str(tmp_path / "empty"), "OTHER": str(other)}.get(model, model)
        for kind, other in others.items()
    }
    judging = judging_by(flaggers=[*named, "grounding"], **named)
    for _ in range(2):
        flags = await judging.judge(ANSWER, passages=[PASSAGE])
        assert flags is not None
        assert {flag.flagger for flag in flags} == {"grounding"}
    for kind, line in zip(sorted(named), sorted(judging.reports), strict=True):
        assert "\n" not in line
        assert line.startswith(f"{kind} could not judge the answer: ")
        assert why in line
        assert f"Set `{kind}` in [flags] to " in line


async def test_weights_that_are_pickle_are_refused(
    judging_by: JudgingBy, nli_model: Path, tmp_path: Path
) -> None:
    import shutil

    import torch
    from safetensors.torch import load_file

    folder = shutil.copytree(nli_model, tmp_path / "pickled")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    judging = judging_by(flaggers=["nli"], nli=folder)
    assert await judging.judge(ANSWER, passages=[PASSAGE]) is None
    assert "safetensors" in judging.reports[0]


async def test_labels_are_found_by_their_names_in_any_order(
    judging_by: JudgingBy, tmp_path: Path, nli_model: Path
) -> None:
    client = FlaggingClient()
    pairs = [(PASSAGE, "The manual denies."), (PASSAGE, "An invoice is due."), (PASSAGE, "Dragons.")]
    try:
        usual = await client.infer(str(nli_model), pairs)
        other = models.nli(tmp_path / "other", ("Contradiction", "ENTAILMENT", "neutral"))
        assert await client.infer(str(other), pairs) == usual
    finally:
        await client.aclose()
    assert [round(found.entailment) for found in usual] == [0, 1, 0]
    assert [round(found.contradiction) for found in usual] == [1, 0, 0]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("contradiction", "entailment", "neutral"), (1, 0)),
        (("ENTAILMENT", "NEUTRAL", "CONTRADICTION"), (0, 2)),
        (("entailment", "not_entailment"), (0, None)),
        (("not_entailment", "entailment"), (1, None)),
    ],
)
def test_entailment_and_contradiction_are_read_from_the_models_configuration(
    labels: tuple[str, ...], expected: tuple[int, int | None]
) -> None:
    assert columns(dict(enumerate(labels))) == expected


@pytest.mark.parametrize("labels", [("LABEL_0",), ("a", "b", "c"), ("entailment", "b", "c"), ("entailment",)])
def test_labels_that_are_not_those_of_inference_are_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not those of NLI"):
        columns(dict(enumerate(labels)))


def test_the_suspicious_label_is_the_second_unless_its_name_says_otherwise() -> None:
    assert suspect({0: "LABEL_0", 1: "LABEL_1"}) == 1
    assert suspect({0: "supported", 1: "hallucinated"}) == 1
    assert suspect({0: "HALLUCINATION", 1: "SUPPORTED"}) == 0


def test_a_model_is_given_its_texts_as_its_authors_do() -> None:
    assert prompt("What is {due}?", ["An invoice.", "A {list}."]) == (
        "Briefly answer the following question:\n"
        "What is {due}?\n"
        "Bear in mind that your response should be strictly based on the following 2 passages:\n"
        "passage 1: An invoice.\n"
        "passage 2: A {list}.\n"
        "In case the passages do not contain the necessary information to answer the question, please reply with: "
        '"Unable to answer based on given passages."\n'
        "output:"
    )
    assert prompt("", ["A"]) == "Summarize the following text:\npassage 1: A\noutput:"


async def test_what_is_longer_than_a_model_reads_is_judged_as_far_as_there_is_room(tmp_path: Path) -> None:
    small = models.token_classifier(tmp_path / "small", longest=48)
    client = FlaggingClient()
    try:
        passages = ["The manual is the manual. " * 20] * 5
        tokens = await client.tokens(str(small), "Is it due?", passages, "An invoice is due 45 days.")
        assert [token.suspicion > 0.5 for token in tokens] == [False] * 4 + [True, False, False]
        long = await client.tokens(str(small), "Is it due?", passages, "dragons " * 1000)
        assert 0 < len(long) < 48
    finally:
        await client.aclose()


@TOGETHER
async def test_a_long_answer_is_judged_piece_by_piece(judging: Judging) -> None:
    answer = "An invoice is due. " * 79 + "Dragons is due. " + "The manual is due. " * 10
    flags = by("lettucedetect", await judging.judge(answer * 2, passages=[PASSAGE * 2000]))
    assert flags is not None
    assert len(flags) == 100  # claims that are judged, at most
    assert marked(answer * 2, flags) == [("unsupported", "Dragons")]


def test_runs_of_marked_tokens_stay_within_their_claim() -> None:
    answer = "Dragons sleep. Cats do."
    claim = claims(answer)[0]
    tokens = [Token(0, 4, 0.9), Token(4, 7, 0.2), Token(7, 13, 0.7), Token(13, 18, 0.8)]
    assert list(runs(tokens, claim, answer)) == [(0, 14, 0.9)]


async def test_a_process_that_died_is_started_again(judging_by: JudgingBy, nli_model: Path) -> None:
    judging = judging_by(nli=nli_model, flaggers=["nli"])
    first = await judging.judge(ANSWER, passages=[PASSAGE])
    flagger = judging.services.plugins._pluggy.get_plugin("nli")
    assert isinstance(flagger, Nli)
    process = flagger._model.client._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert await judging.judge(ANSWER, passages=[PASSAGE]) == first
    log = paths.log_file("flagging")
    assert log.stat().st_mode & 0o777 == 0o600


async def test_judging_that_is_stopped_is_called_off(nli_model: Path) -> None:
    client = FlaggingClient()
    try:
        await client.load("nli", str(nli_model))
        many = asyncio.create_task(client.infer(str(nli_model), [(PASSAGE, "dragons")] * 200_000))
        await asyncio.sleep(0)
        many.cancel()
        with pytest.raises(asyncio.CancelledError):
            await many
        async with asyncio.timeout(60):
            assert len(await client.infer(str(nli_model), [(PASSAGE, "dragons")])) == 1
    finally:
        await client.aclose()


def test_the_process_dies_with_its_parent(nli_model: Path) -> None:
    code = f"""
import asyncio
from backends.flagging.client import FlaggingClient
async def main():
    client = FlaggingClient()
    await client.load("nli", {str(nli_model)!r})
    print(client._process.pid, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(pid)


async def test_a_closed_flagger_says_so(token_model: Path) -> None:
    settings = load({"flags": {"lettucedetect": str(token_model)}}, environ={})
    flagger = LettuceDetect(settings, FlaggingClient())
    await flagger.aclose()
    passages = [Passage(id="1", document="", title="", text=PASSAGE)]
    with pytest.raises(BackendError, match="was ended"):
        await flagger.flag_answer("", ANSWER, passages, None, final=True)


def test_models_are_opened_one_after_the_other(tmp_path: Path) -> None:
    both = threading.Barrier(2)
    met: list[bool] = []

    def open_(folder: Path) -> Any:
        with suppress(threading.BrokenBarrierError):
            both.wait(0.3)
            met.append(True)
        return folder

    ask = {"model": str(tmp_path), "load": True}
    kinds = [_Models(kind, open_) for kind in ("nli", "lettucedetect")]
    threads = [threading.Thread(target=models, args=(Request(1, lambda _: None), ask)) for models in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == []
