"""A bad answer becomes a question to ask again, by one key."""

from __future__ import annotations

import json

from kotae import paths
from kotae.events import Delta, Finished
from tests.tui.conftest import AppOf, ask, ready, shown, until
from tests.tui.scripted import Scripted, engine_of


async def test_a_bad_answer_is_kept_as_a_case_by_one_key(app_of: AppOf) -> None:
    base = Scripted("base", steps=(Delta("The HR module."), Finished("stop")))
    async with app_of(engine_of(base)).run_test(size=(160, 24)) as pilot:
        await ask(pilot, "Who closes it?")
        await ask(pilot, "And who reopens it?")
        await pilot.press("alt+t")
        await until(pilot, lambda: "Kept as a case to ask again:" in shown(pilot))
        await pilot.press("alt+t")
        await until(pilot, lambda: "This answer is a case already." in shown(pilot))
        await pilot.press("ctrl+up", "ctrl+up", *"/case", "enter")
        await until(pilot, lambda: len(paths.cases_file().read_text().splitlines()) == 2)
    first, second = map(json.loads, paths.cases_file().read_text().splitlines())
    assert (first["question"], first["bad_answer"], first["backend"]) == (
        "And who reopens it?",
        "The HR module.",
        "base",
    )
    assert [message["content"] for message in first["history"]] == ["Who closes it?", "The HR module."]
    assert second["question"] == "Who closes it?"


async def test_where_there_is_no_answer_there_is_no_case(app_of: AppOf) -> None:
    async with app_of().run_test(size=(100, 24)) as pilot:
        await ready(pilot)
        await pilot.press("alt+t")
        await until(pilot, lambda: "There is no answer to keep as a case yet." in shown(pilot))
    assert not paths.cases_file().exists()
