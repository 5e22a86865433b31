from __future__ import annotations

import sys
import types
from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest

from kotae.evaluation.metrics import per_answer
from kotae.hooks import hookimpl
from kotae.settings import Settings
from plugins.manager import PluginManager


def manager_with(
    request: pytest.FixtureRequest, function: Callable[..., object]
) -> tuple[PluginManager, list[str]]:
    module = types.ModuleType(f"metrics_of_{id(function)}")
    module.register_metrics = hookimpl(function)  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    request.addfinalizer(lambda: sys.modules.pop(module.__name__))
    reports: list[str] = []
    manager = PluginManager(report=reports.append, environ={})
    manager.load(
        [EntryPoint("bundled", "plugins.metrics", "kotae"), EntryPoint("mine", module.__name__, "kotae")]
    )
    return manager, reports


def test_the_bundled_metrics_have_names_of_their_own_and_say_what_they_measure(
    request: pytest.FixtureRequest,
) -> None:
    manager, reports = manager_with(request, lambda: [per_answer("mine", "form", lambda _: None)])
    metrics = manager.register_metrics(Settings())
    names = [metric.name for metric in metrics]
    assert len(names) == len(set(names))
    assert {"exact_match", "similarity", "form", "recall@3", "groundedness", "cost", "mine"} <= set(names)
    assert all(metric.about for metric in metrics if metric.name != "mine")
    assert reports == []


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (["text"], "gave str where Metric is wanted"),
        ([per_answer("two words", "form", lambda _: None)], "gave a metric named 'two words'"),
        ([per_answer("\x1b[31m", "form", lambda _: None)], "gave a metric named"),
    ],
)
def test_what_is_no_metric_switches_its_plugin_off(
    request: pytest.FixtureRequest, made: list[object], words: str
) -> None:
    manager, reports = manager_with(request, lambda: made)
    assert "exact_match" in [metric.name for metric in manager.register_metrics(Settings())]
    assert len(reports) == 1
    assert words in reports[0]


@pytest.mark.weights
async def test_similarity_is_that_of_answer_and_reference_and_none_where_the_encoder_cannot_read() -> None:
    from plugins.metrics import similarity
    from tests.kotae.evaluation.answers import answer

    reference = "Only a Controller may reopen a closed period."
    same, near, ja, far, none, again = await similarity("").score(
        [
            answer(reference, reference=reference),
            answer("A closed period can be reopened by a Controller.", reference=reference),
            answer("経理責任者だけです。", reference="経理責任者だけです。"),
            answer("Bananas are rich in potassium.", reference=reference),
            answer("Anything."),
            answer(reference, reference="Bananas are rich in potassium."),
        ]
    )
    assert (ja, none) == (None, None)
    assert same == pytest.approx(1, abs=1e-5)
    assert far is not None
    assert near is not None
    assert far < 0.3 < 0.7 < near < 1
    assert again == pytest.approx(far, abs=1e-5)  # the cosine is the same either way round
