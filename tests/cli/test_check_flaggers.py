"""Which flaggers `kotae check` asks, and what happens when one fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backends.flagging import models
from tests.backends.flagging.test_judge import FAULT, rules
from tests.cli.checking import INVENTED, PLUGIN, ROW, lines, out_of
from tests.cli.command import kotae
from tests.cli.installed import install
from tests.scripted_server import ScriptedServer, refuses


async def test_flaggers_are_chosen_by_name_and_all_run_otherwise(tmp_path: Path) -> None:
    path = install(tmp_path / "site", "watch", PLUGIN)

    async def flaggers(*arguments: str) -> set[str]:
        done = await kotae("check", "-", *arguments, stdin=lines(ROW), PYTHONPATH=path)
        assert done.code == 0, done.err
        return {flag["flagger"] for flag in out_of(done)[0]["flags"]}

    assert await flaggers() == {"grounding", "watch"}
    assert await flaggers("--flagger", "watch") == {"watch"}
    assert await flaggers("--flagger", "watch", "--flagger", "grounding") == {"grounding", "watch"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("gruonding", "There is no flagger 'gruonding'. Choose one of: grounding."),
        ("nli", "`flags.flaggers` has nli, and no model is named for it"),
        ("judge", "Set `judge` in [flags]"),
        ("", "There is no flagger ''."),
    ],
)
async def test_a_flagger_that_is_not_there_is_said_before_anything_is_checked(name: str, why: str) -> None:
    done = await kotae("check", "-", "--flagger", name, stdin=lines(ROW))
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert why in done.err


async def test_a_flagger_that_fails_is_named_once_the_others_go_on_and_the_end_says_so(
    tmp_path: Path,
) -> None:
    path = install(tmp_path / "site", "watch", PLUGIN)
    rows = lines(ROW, {**ROW, "answer": f"boom. {INVENTED}"}, ROW)
    done = await kotae("check", "-", stdin=rows, PYTHONPATH=path)
    assert done.code == 1
    flaggers = [{flag["flagger"] for flag in row["flags"]} for row in out_of(done)]
    assert flaggers == [{"grounding", "watch"}, {"grounding"}, {"grounding"}]
    assert done.err.count("Plugin watch was switched off for this session: ValueError: bad day.") == 1

    alone = await kotae("check", "-", "--flagger", "watch", stdin=rows, PYTHONPATH=path)
    assert (alone.code, len(out_of(alone))) == (1, 1)
    assert alone.err.endswith(
        "kotae: Row 2 (id 1) could not be judged; the reason is given above. Mend that, or choose another --flagger.\n"
    )


async def test_a_model_judges_and_one_that_is_gone_ends_it(server: ScriptedServer) -> None:
    judge = {"KOTAE_FLAGS__JUDGE": "rag", "KOTAE_BACKENDS__RAG__MAX_RETRIES": "0"}
    judge |= {"KOTAE_BACKENDS__RAG__BASE_URL": server.base_url, "KOTAE_BACKENDS__RAG__MODEL": "m"}
    server.plays(rules({**FAULT, "quote": "Only a"}, {"n": 2, "verdict": "supported"}), refuses(500, "no"))
    rows = lines(ROW, ROW)
    done = await kotae("check", "-", "--flagger", "judge", "--threshold", "0", stdin=rows, **judge)  # type: ignore[arg-type]
    (row,) = out_of(done)
    assert [(flag["kind"], flag["flagger"]) for flag in row["flags"]] == [
        ("contradicted", "judge: scripted-1"),
        ("unsupported", "judge: scripted-1"),
    ]
    assert done.code == 1
    assert "judge could not judge the answer:" in done.err
    assert "Row 2 (id 1) could not be judged" in done.err


async def test_models_of_this_machine_judge_every_claim_at_threshold_0(
    tmp_path: Path, nli_model: Path
) -> None:
    answer = "An invoice is due. The manual denies the invoice. Dragons is due."
    row = {"id": "x", "answer": answer, "context": "An invoice is due. The manual is the manual."}
    arguments = ("--flagger", "nli", "--threshold", "0")
    done = await kotae("check", "-", *arguments, stdin=lines(row, row), KOTAE_FLAGS__NLI=str(nli_model))
    assert done.code == 0, done.err
    assert done.err == f"Loading {nli_model}\n"
    first, second = out_of(done)
    assert first == second
    assert len(first["flags"]) == 3
    sure = [flag for flag in first["flags"] if flag["score"] >= 0.5]
    assert first["groundedness"] == round(1 - len(sure) / 3, 4)

    missing = await kotae("check", "-", *arguments, stdin=lines(row), KOTAE_FLAGS__NLI="/nowhere")
    assert (missing.code, missing.out) == (1, "")
    assert missing.err.startswith("kotae: There is no folder /nowhere. Set `nli` in [flags] to ")


@pytest.fixture(scope="module")
def nli_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.nli(tmp_path_factory.mktemp("models") / "tiny-nli")
