"""Models for the flaggers, made once a test process, and the program's services with flaggers that use them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from kotae.cli.compose import Services, load_services
from kotae.conversation import Flag, Passage
from kotae.settings import load
from tests.backends.flagging import models
from tests.small_manual import SmallManual


@pytest.fixture(scope="session")
def nli_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.nli(tmp_path_factory.mktemp("models") / "tiny-nli")


@pytest.fixture(scope="session")
def token_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.token_classifier(tmp_path_factory.mktemp("models") / "tiny-lettuce")


class Judging:
    """The program's services, and what they reported."""

    def __init__(self, flags: dict[str, Any], budget: float) -> None:
        self.reports: list[str] = []
        tree = {"flags": flags, "plugins": {"budget": budget}}
        self.services: Services = load_services(load(tree), self.reports.append)

    async def judge(
        self,
        answer: str,
        *,
        question: str = "",
        passages: Sequence[str] = (),
        manual: SmallManual | None = None,
        final: bool = True,
    ) -> list[Flag] | None:
        given = [Passage(id=str(at), document="", title="", text=text) for at, text in enumerate(passages)]
        flags = await self.services.plugins.flag_answer(
            question=question, answer=answer, passages=given, manual=manual, history=(), final=final
        )
        for flag in flags or ():
            assert flag.fits(answer)
        return flags


JudgingBy = Callable[..., Judging]


@pytest.fixture
async def judging_by(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[JudgingBy]:
    """Makes the services with the given `[flags]`; nothing is fetched from anywhere."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    made: list[Judging] = []

    def make(budget: float = 100.0, **flags: Any) -> Judging:
        made.append(Judging({name: _plain(value) for name, value in flags.items()}, budget))
        return made[-1]

    yield make
    for judging in made:
        await judging.services.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judging(
    tmp_path_factory: pytest.TempPathFactory, nli_model: Path, token_model: Path
) -> AsyncIterator[Judging]:
    """Services with both models, one for all tests of a module that leave them as they are: starting them takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        flags = {"nli": str(nli_model), "lettucedetect": str(token_model)}
        made = Judging({**flags, "flaggers": ["nli", "lettucedetect"]}, 100.0)
        yield made
        await made.services.aclose()


def by(flagger: str, flags: Sequence[Flag] | None) -> list[Flag] | None:
    """Those of one flagger."""
    return flags if flags is None else [flag for flag in flags if flag.flagger == flagger]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def marked(answer: str, flags: Sequence[Flag] | None, least: float = 0.5) -> list[tuple[str, str]]:
    """Kind and words of the flags that are shown."""
    assert flags is not None
    return [(flag.kind, answer[flag.start : flag.end]) for flag in flags if flag.score >= least]
