"""Answers judged in this process, with a small manual."""

from __future__ import annotations

import pytest

from kotae.claims import claims_and_questions
from kotae.conversation import Flag, Message, Passage
from plugins.grounding.case import Case, Finding
from plugins.grounding.judge import judge
from plugins.grounding.judging import Judging, Setting
from tests.small_manual import PAGES, SmallManual


@pytest.fixture
def manual() -> SmallManual:
    return SmallManual()


@pytest.fixture
def invoices() -> Passage:
    return Passage(id="invoices", document="invoices.md", title="Invoices", text=PAGES["invoices"])


async def _here(case: Case) -> Finding:
    return judge(case)


async def flags_of(
    answer: str,
    *,
    question: str = "",
    passages: tuple[Passage, ...] = (),
    manual: SmallManual | None = None,
    history: tuple[Message, ...] = (),
    final: bool = True,
    judging: Judging | None = None,
    threshold: float = 0.5,
) -> list[Flag]:
    """The flags of an answer that reach a threshold, judged in this process."""
    setting = Setting(question, history, passages, manual)
    found = await (judging or Judging(_here)).judge(
        *claims_and_questions(answer, arriving=not final), setting
    )
    assert found is not None
    return [flag for flag in found if flag.score >= threshold]


async def check(answer: str, context: str, threshold: float = 0.5) -> list[Flag]:
    """The flags of an answer that is held against one text."""
    passage = Passage(id="1", document="", title="", text=context)
    return await flags_of(answer, passages=(passage,), threshold=threshold)


@pytest.fixture
def judging() -> Judging:
    """Judges in this process, and remembers."""
    return Judging(_here)
