from __future__ import annotations

from pathlib import Path

from kotae.cli.eval_pace import RunPace
from kotae.evaluation.folder import RunFolder, begin
from kotae.evaluation.manifest import manifest_of
from kotae.evaluation.questions import Question
from kotae.settings import BackendSettings, Settings


def folder(out: Path, **tables: BackendSettings) -> RunFolder:
    questions = [Question(id=str(n), question=f"{n}?") for n in range(100)]
    made = manifest_of(
        "set", questions, list(tables), Settings(backends=tables), plugins={}, digests={}, concurrency=4
    )
    return begin(out, made, questions)


def test_the_rest_is_reckoned_by_server_and_not_by_what_the_quick_one_has_done(tmp_path: Path) -> None:
    at = 0.0
    pace = RunPace(
        folder(
            tmp_path / "run",
            quick=BackendSettings(base_url="http://localhost:1/v1"),
            slow=BackendSettings(base_url="http://localhost:2/v1"),
        ),
        lambda: at,
    )
    assert pace.seconds_left() is None
    for second in range(1, 11):  # ten answers a second here, one there
        at = second
        for _ in range(10):
            pace.take("quick", None)
        pace.take("slow", None)
    left = pace.seconds_left()
    assert left is not None
    assert abs(left - 90) < 5
    for _ in range(90):
        pace.take("slow", None)
    assert pace.seconds_left() is None


def test_what_the_rest_costs_is_reckoned_by_backend(tmp_path: Path) -> None:
    priced = BackendSettings(base_url="http://localhost:1/v1", price_input=1.0)
    pace = RunPace(folder(tmp_path / "run", free=BackendSettings(kind="quote"), dear=priced, cheap=priced))
    assert pace.cost() == ""
    for _ in range(100):
        pace.take("free", None)
    for _ in range(10):
        pace.take("dear", 0.5)
    assert pace.cost() == "cost 5, at least 50 in all"
    pace.take("cheap", 0.01)
    assert pace.cost() == "cost 5.01, about 51 in all"
