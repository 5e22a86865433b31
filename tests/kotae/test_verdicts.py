"""What the reader said of a flag holds for the same claim the next time."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from kotae import verdicts
from kotae.conversation import Flag, FlagKind, Turn, Verdict
from kotae.settings import RetrievalSettings, Settings
from kotae.verdicts import Verdicts, judged_by_reader, manual_name

ANSWER = "The period closes at night. An Administrator reopens it within 90 days. It is logged."


def flag(answer: str, part: str, kind: FlagKind = "number", verdict: Verdict = "") -> Flag:
    start = answer.index(part)
    return Flag(start=start, end=start + len(part), kind=kind, score=0.9, reason="why", verdict=verdict)


def recalled(store: Verdicts, answer: str, part: str, kind: FlagKind = "number") -> Verdict:
    store.refresh()
    (found,) = store.recall([flag(answer, part, kind)], answer)
    assert found.remembered == bool(found.verdict)
    return found.verdict


def remember(store: Verdicts, answer: str, part: str, verdict: Verdict, kind: FlagKind = "number") -> None:
    store.remember(flag(answer, part, kind, verdict), answer)


def test_a_verdict_is_there_again_in_the_next_program(tmp_path: Path) -> None:
    path = tmp_path / "new" / "verdicts.jsonl"
    remember(Verdicts(path, "m"), ANSWER, "90 days", "rejected")
    assert recalled(Verdicts(path, "m"), ANSWER, "90 days") == "rejected"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_same_claim_is_known_in_other_surroundings_and_however_it_is_written(tmp_path: Path) -> None:
    store = Verdicts(tmp_path / "v", "m")
    remember(store, ANSWER, "90 days", "rejected")
    other = "# Periods\n\n- an **administrator**  reopens it within **９０ days** [1]\n"
    assert recalled(store, other, "９０ days") == "rejected"
    remember(store, "期間の再開は**管理者**が90日以内に行えます。", "90日", "confirmed")
    assert recalled(store, "期間の再開は管理者が 90日 以内に行えます", "90日") == "confirmed"


@pytest.mark.parametrize(
    ("manual", "answer", "part", "kind"),
    [
        ("other", ANSWER, "90 days", "number"),
        ("m", ANSWER, "90 days", "unsupported"),
        ("m", ANSWER, "Administrator", "number"),
        ("m", "The log is kept within 90 days.", "90 days", "number"),
    ],
)
def test_another_claim_kind_span_or_manual_is_not_known(
    tmp_path: Path, manual: str, answer: str, part: str, kind: FlagKind
) -> None:
    remember(Verdicts(tmp_path / "v", "m"), ANSWER, "90 days", "rejected")
    assert recalled(Verdicts(tmp_path / "v", manual), answer, part, kind) == ""


def test_the_last_verdict_holds_and_an_empty_one_takes_it_back(tmp_path: Path) -> None:
    store = Verdicts(tmp_path / "v", "m")
    remember(store, ANSWER, "90 days", "rejected")
    remember(store, ANSWER, "90 days", "confirmed")
    assert recalled(Verdicts(tmp_path / "v", "m"), ANSWER, "90 days") == "confirmed"
    remember(store, ANSWER, "90 days", "")
    assert recalled(store, ANSWER, "90 days") == ""
    assert recalled(Verdicts(tmp_path / "v", "m"), ANSWER, "90 days") == ""


def test_a_flag_outside_the_claims_is_known_by_its_line(tmp_path: Path) -> None:
    store = Verdicts(tmp_path / "v", "m")
    remember(store, "# The Audit Center\n\nIt is logged.", "Audit Center", "rejected", "name")
    assert recalled(store, "Text.\n\n## The Audit Center", "Audit Center", "name") == "rejected"


def test_torn_and_foreign_lines_cost_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "v"
    remember(Verdicts(path, "m"), ANSWER, "90 days", "rejected")
    with path.open("ab") as file:
        file.write(b'\xff\n[]\n{"manual": 1}\n{"manual": "m", "kind": "number", "claim": "torn')
    store = Verdicts(path, "m")
    assert recalled(store, ANSWER, "90 days") == "rejected"
    remember(store, ANSWER, "Administrator", "confirmed", "name")
    again = Verdicts(path, "m")
    assert recalled(again, ANSWER, "Administrator", "name") == "confirmed"
    assert recalled(again, ANSWER, "90 days") == "rejected"


def test_fields_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "v"
    remember(Verdicts(path, "m"), ANSWER, "90 days", "rejected")
    line = json.loads(path.read_text())
    path.write_text(json.dumps({**line, "colour": "blue"}) + "\n")
    assert recalled(Verdicts(path, "m"), ANSWER, "90 days") == "rejected"


def test_two_programs_add_to_one_file_and_see_what_the_other_said(tmp_path: Path) -> None:
    path = tmp_path / "v"
    one, other = Verdicts(path, "m"), Verdicts(path, "m")
    answers = [f"Step {number} takes {number} days." for number in range(40)]

    def write(store: Verdicts, some: list[str]) -> None:
        for answer in some:
            remember(store, answer, "days", "rejected", "unsupported")

    threads = [
        threading.Thread(target=write, args=(store, some))
        for store, some in ((one, answers[:20]), (other, answers[20:]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 40
    assert all(recalled(one, answer, "days", "unsupported") == "rejected" for answer in answers)


def test_of_a_large_file_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "v"
    store = Verdicts(path, "m")
    remember(store, ANSWER, "90 days", "rejected")
    for number in range(20):
        remember(store, f"It takes {number} years.", "years", "confirmed")
    monkeypatch.setattr(verdicts, "READ", 1000)
    later = Verdicts(path, "m")
    assert recalled(later, ANSWER, "90 days") == ""
    assert recalled(later, "It takes 19 years.", "years") == "confirmed"


def test_a_file_that_was_made_anew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "v"
    store = Verdicts(path, "m")
    remember(store, ANSWER, "90 days", "rejected")
    assert recalled(store, ANSWER, "90 days") == "rejected"
    path.unlink()
    path.touch()
    assert recalled(store, ANSWER, "90 days") == ""


def test_without_a_file_nothing_is_known_and_a_claim_too_long_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "v"
    store = Verdicts(path, "m")
    assert recalled(store, ANSWER, "90 days") == ""
    long = "word " * 600 + "90 days."
    remember(store, long, "90 days", "rejected")
    assert not path.exists()


def test_a_verdict_that_can_not_be_written_holds_while_the_program_runs(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = Verdicts(tmp_path / "file" / "v", "m")
    with pytest.raises(OSError, match="file"):
        remember(store, ANSWER, "90 days", "rejected")
    assert recalled(store, ANSWER, "90 days") == "rejected"


def test_a_rejected_flag_does_not_count() -> None:
    flags = (flag(ANSWER, "90 days"), flag(ANSWER, "Administrator", "name"), flag(ANSWER, "night"))
    turn = Turn(id="t", question="q", backend="b", answer=ANSWER, flags=flags, groundedness=1 / 3, claims=3)
    once = judged_by_reader(turn, flags[0], "rejected")
    assert once.flags[0] == replace(flags[0], verdict="rejected")
    assert once.groundedness == pytest.approx(1 / 3)  # the same claim has another flag
    twice = judged_by_reader(once, flags[2], "rejected")
    assert twice.groundedness == pytest.approx(2 / 3)
    back = judged_by_reader(twice, flags[2], "")
    assert back.groundedness == pytest.approx(1 / 3)
    assert judged_by_reader(turn, flags[0], "confirmed").groundedness == pytest.approx(1 / 3)


def test_manuals_go_by_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for manual in ("manual", str(tmp_path / "manual") + "/"):
        settings = Settings(retrieval=RetrievalSettings(manual=manual))
        assert manual_name(settings, "en") == str(tmp_path / "manual")
    assert manual_name(Settings(), "en") != manual_name(Settings(), "ja")
