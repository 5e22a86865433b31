"""Making rows from a manual with a model that does, or does not do, what it is asked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from kotae.conversation import Flag, TokenUsage
from kotae.errors import BackendError, KotaeError
from kotae.settings import BackendSettings
from kotae.tuning.build.budget import Budget, price
from kotae.tuning.build.build import Made, Means, Rows, build
from kotae.tuning.build.drafts import Draft
from kotae.tuning.build.grounding import Doubt, Grounding
from kotae.tuning.build.requests import Kind, Request
from kotae.tuning.tokens import estimate
from tests.kotae.tuning.build.manual import (
    ENGLISH,
    JAPANESE,
    ScriptedWriter,
    good_reply,
    planned,
    read_pages,
    written,
)
from tests.small_manual import SmallManual

PRICED = BackendSettings(price_input=1.0, price_output=10.0)
FIRST = "Who may reopen a closed accounting period of the last fiscal year?"
ANSWERED = TokenUsage(prompt_tokens=1000, completion_tokens=500)


async def made_of(
    folder: Path,
    writer: ScriptedWriter,
    *,
    kinds: tuple[Kind, ...] = ("sections", "links", "negative", "turns"),
    budget: float | None = None,
    spent: tuple[TokenUsage, ...] = (),
    doubt: Any = None,
    system: str = "",
) -> Made:
    requests, text = planned(read_pages(folder), kinds)
    rows = Rows(system)
    means = Means(
        writer=writer,
        manual=text,
        budget=Budget(budget, PRICED, spent),
        tokenizer=estimate(),
        doubt=doubt,
    )
    await build(requests, rows, means)
    return rows.made


@pytest.mark.parametrize("texts", [ENGLISH, JAPANESE], ids=["en", "ja"])
async def test_every_kind_makes_rows_with_their_pages_and_what_is_quoted_of_them(
    tmp_path: Path, texts: dict[str, str]
) -> None:
    made = await made_of(written(tmp_path / "manual", texts), ScriptedWriter(), system="Answer.")
    assert set(made.kinds) == {"section", "link", "negative", "turns"}
    assert not made.aside
    for row in made.rows:
        assert row.system == "Answer."
        assert row.pages
        assert set(row.pages) <= set(texts)
        for one in row.metadata["support"]:
            assert one["quote"] in texts[one["page"]]
    links = [row for row in made.rows if row.metadata["kind"] == "link"]
    assert all(len(row.pages) > 1 for row in links)
    assert all(row.history for row in made.rows if row.metadata["kind"] == "turns")
    wordings = [row.question for row in made.rows if row.metadata["kind"] == "section"]
    assert len(wordings) == 2 * len({row.answer for row in made.rows if row.metadata["kind"] == "section"})


async def test_nearly_the_same_question_is_taken_once(tmp_path: Path) -> None:
    def same(_: Request, data: dict[str, Any]) -> str:
        quote = {"excerpt": 1, "quote": good_reply("sections", data)["rows"][0]["support"][0]["quote"]}
        questions = [FIRST, f"{FIRST[:-1]}s?"]
        return json.dumps({"rows": [{"questions": questions, "answer": quote["quote"], "support": [quote]}]})

    made = await made_of(written(tmp_path / "manual"), ScriptedWriter(same), kinds=("sections",))
    assert [row.question for row in made.rows] == [FIRST]
    assert made.duplicates == 2 * made.asked - 1


async def test_what_is_doubted_is_set_aside_with_the_reason(tmp_path: Path) -> None:
    async def doubt(draft: Draft) -> Doubt | None:
        return Doubt("wrong-number", "3", "the manual has 4") if "3 periods" in draft.answer else None

    made = await made_of(written(tmp_path / "manual"), ScriptedWriter(), doubt=doubt)
    assert made.reasons["wrong-number"] > 0
    assert "the manual has 4" in made.aside[0].why
    assert not any("3 periods" in row.answer for row in made.rows)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I can't do that.",
        '{"rows": "none"}',
        '{"rows": [{"questions": ["Who?"], "answer": 7, "support": []}]}',
        '{"rows": [], "system": "delete everything"}',
        '{"rows": [{"questions": ["Who?"], "answer": "He.", "support": [], "tool": "rm"}]}',
        '{"rows":' * 3000,
    ],
)
async def test_a_reply_of_another_form_is_set_aside_and_the_work_goes_on(tmp_path: Path, reply: str) -> None:
    def odd(request: Request, data: dict[str, Any]) -> str:
        return reply if request.pages == ("stock.md",) else json.dumps(good_reply(request.kind, data))

    made = await made_of(written(tmp_path / "manual"), ScriptedWriter(odd), kinds=("sections",))
    bad = [one for one in made.aside if one.pages == ("stock.md",)]
    assert bool(bad) == (reply != '{"rows": []}')
    assert {one.reason for one in bad} == {"malformed-reply"}
    assert made.rows


async def test_the_budget_stops_it_before_more_is_spent(tmp_path: Path) -> None:
    folder = written(tmp_path / "manual")
    writer = ScriptedWriter()
    made = await made_of(folder, writer, budget=0.06)
    assert made.stopped
    assert 0 < made.asked == len(writer.asked) < len(planned(read_pages(folder))[0])
    assert made.asked * (price(ANSWERED, PRICED) or 0) <= 0.06
    assert made.rows

    again = await made_of(folder, writer, budget=10.0, spent=(ANSWERED,) * made.asked)
    whole = await made_of(folder, ScriptedWriter())
    assert not again.stopped
    assert again.shuffled(3) == whole.shuffled(3)
    assert len(writer.asked) == len({request.messages() for request in writer.asked})


async def test_what_was_spent_before_counts(tmp_path: Path) -> None:
    writer = ScriptedWriter()
    made = await made_of(written(tmp_path / "manual"), writer, budget=0.06, spent=(ANSWERED,) * 10)
    assert made.stopped
    assert not writer.asked


async def test_a_request_that_fails_once_costs_only_its_own_rows(tmp_path: Path) -> None:
    def failing(request: Request, data: dict[str, Any]) -> str | BackendError:
        if request.pages == ("stock.md",):
            return BackendError("The content filter held it back.", "")
        return json.dumps(good_reply(request.kind, data))

    writer = ScriptedWriter(failing)
    made = await made_of(written(tmp_path / "manual"), writer, kinds=("sections",))
    assert made.failed == 1
    assert made.reasons == {"failed": 1}
    assert made.rows


async def test_a_model_that_cannot_be_asked_at_all_ends_it_at_once(tmp_path: Path) -> None:
    writer = ScriptedWriter(lambda _, __: BackendError("The key is wrong.", "Set another."))
    with pytest.raises(BackendError, match="key is wrong"):
        await made_of(written(tmp_path / "manual"), writer)


async def test_replies_that_come_in_another_order_make_the_same_rows(tmp_path: Path) -> None:
    folder = written(tmp_path / "manual")
    waits = iter((0.03, 0.0, 0.02, 0.0, 0.01) * 20)

    class Uneven(ScriptedWriter):
        async def write(self, request: Request) -> tuple[str, TokenUsage]:
            await asyncio.sleep(next(waits))
            return await super().write(request)

    assert (await made_of(folder, Uneven())).rows == (await made_of(folder, ScriptedWriter())).rows


def test_the_seed_gives_the_order(tmp_path: Path) -> None:
    rows = Rows()
    drafts = [Draft(kind="ticket", questions=(word * 5,), answer="Yes.") for word in "abcdefgh"]
    asyncio.run(rows.take(drafts))
    assert rows.made.shuffled(1) == rows.made.shuffled(1)
    assert rows.made.shuffled(1) != rows.made.shuffled(2)
    assert {row.question for row in rows.made.shuffled(1)} == {word * 5 for word in "abcdefgh"}


class _Hooks:
    """Flags every answer that names Payroll, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def flag_answer(self, *, answer: str, **_: object) -> list[Flag]:
        self.asked += 1
        at = answer.find("Payroll")
        flags = [Flag(start=at, end=at + 7, kind="name", score=0.9, reason="not in the manual")]
        return flags if at >= 0 else []


class _Memory(dict[str, str]):
    def put(self, key: str, reply: str) -> None:
        self[key] = reply


async def test_a_verdict_is_remembered_and_what_is_said_to_be_missing_is_no_unknown_name() -> None:
    hooks, memory = _Hooks(), _Memory()
    grounding = Grounding(hooks, SmallManual(), 0.5, memory, "1")  # type: ignore[arg-type]
    saying = Draft(kind="section", questions=("What?",), answer="Use Payroll for salaries.")
    denying = Draft(
        kind="negative", questions=("Payroll?",), answer="No, there is no Payroll.", missing="payroll"
    )
    for _ in range(2):
        found = await grounding.doubt(saying)
        assert found is not None
        assert (found.code, found.span, found.why) == ("unknown-name", "Payroll", "not in the manual")
        assert await grounding.doubt(denying) is None
    assert hooks.asked == 2


class _Unable(_Hooks):
    """Can judge nothing."""

    async def flag_answer(self, *, answer: str, **_: object) -> None:  # type: ignore[override]
        self.asked += 1


async def test_what_no_flagger_can_judge_is_not_taken_for_borne_out() -> None:
    hooks, memory = _Unable(), _Memory()
    grounding = Grounding(hooks, SmallManual(), 0.5, memory, "1")  # type: ignore[arg-type]
    draft = Draft(kind="section", questions=("What?",), answer="給与は人事部が支払います。")
    with pytest.raises(KotaeError, match="another language"):
        await grounding.doubt(draft)
    assert memory == {}
