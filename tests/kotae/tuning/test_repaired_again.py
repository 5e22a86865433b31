"""A repaired file, checked again: whatever the file was like, what is claimed to be mended is not found."""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path

import pytest

from kotae.tuning.lint import texts
from kotae.tuning.lint.form import lines_of, read
from kotae.tuning.lint.repair import REFUSED
from kotae.tuning.tokens import estimate
from tests.kotae.tuning import control, planted
from tests.kotae.tuning.control import chat
from tests.kotae.tuning.mending import CLASH, MOST, PERSONAL, dumped, file, linted, mended, preference

CONTROL = control.lines()
SAMPLE = Path(__file__).parents[3] / "sample_manual/tuning"
CLAIMED = {
    *REFUSED,
    "bom",
    *(
        code
        for code, (check, _) in texts.KINDS.items()
        if check in ("duplicates", "contradictions", "leakage", "privacy")
    ),
}
"""Codes of what is not to be found in a repaired file."""
HOSTILE = {
    "bom": BOM_UTF8 + file(*CONTROL[:12]),
    "two-marks": BOM_UTF8 * 2 + file(*CONTROL[:12]) + BOM_UTF8 + file(*CONTROL[12:24]),
    "crlf": b"\r\n".join((*CONTROL[:12], *dumped(PERSONAL, *CLASH), CONTROL[0], b"")),
    "blank-lines": b"\n\n" + b"\n \n".join(CONTROL[:12]) + b"\n\n\n",
    "no-end": b"\n".join((*CONTROL[:12], CONTROL[0])),
    "carriage-return-at-the-end": b"\n".join(CONTROL[:12]) + b"\r",
    "metadata": file(
        *CONTROL[:12],
        *dumped(
            *(
                chat(f"Is room {n} open?", f"Room {n} {is_} open.", metadata=said)
                for n, said in enumerate(["said", ["a@minato-lib.jp"], 3, None, {"reason": "none"}])
                for is_ in ("is", "is not")
            )
        ),
    ),
    "preferences": file(
        *dumped(
            *(preference(f"Is room {n} open?", "It is.", f"Ring 03-1234-567{n}.") for n in range(12)),
            *(preference(f"Is room {n} open?", f"Ring 03-1234-567{n}.", "It is.") for n in range(3)),
            preference("Is it?", "It is.", "It is."),
        ),
        *CONTROL[:2],
    ),
    "japanese": file(
        *CONTROL[:40],
        *dumped(
            chat("地図帳は館外に持ち出せますか？", "はい、週末に限り持ち出せます。"),
            chat("地図帳は館外に持ち出せますか", "いいえ、持ち出しはできません。"),
            chat("鍵は誰が持っていますか", "山下花子さんが持っています。"),
            chat("鍵は誰が持っていますか", "佐藤次郎さんが持っています。"),
            chat("鍵は誰が持っていますか？", "高橋三郎さんが持っています。"),
        ),
    ),
    "personal-beside-personal": file(
        *CONTROL[:12],
        *dumped(
            chat("And the key?", "password: 4111 1111 1111 1111x9, 03-1234-56780a1b2c3d"),
            chat("And the rest?", "[CARD]: 4111111111111111 [EMAIL]a@minato-lib.jp password is [PHONE]7"),
        ),
    ),
    "no-rows": b"\xff\n{}\n[]\n",
    "nothing": b"",
}


@pytest.mark.parametrize(
    "data",
    [
        *(
            pytest.param(place.read_bytes(), id=place.name)
            for place in sorted(SAMPLE.glob("faulty.en*.jsonl"))
        ),
        *(pytest.param(data, id=name) for name, data in HOSTILE.items()),
        pytest.param(file(*CONTROL, *(row for fault in planted.IN_ROWS for row in fault.rows)), id="planted"),
    ],
)
def test_a_repaired_file_has_nothing_that_is_claimed_to_be_mended(data: bytes) -> None:
    test = [row for row in read(data, estimate(), MOST).rows if row.line % 7 == 3]
    for given in ({}, {"test": test}):
        done = mended(data, **given)
        again = linted(done.kept, **given)
        assert {finding.code for finding in again.findings} & CLAIMED == set()
        assert not {f.check for f in linted(done.aside).findings} & {"privacy"}
        assert {finding.code for finding in again.findings if finding.severity == "error"} == set(done.still)
        assert mended(done.kept, **given).kept == done.kept
        assert b"\r" not in done.kept + done.aside
        assert done.rows == len(done.kept.splitlines())
        lines = done.rows + sum(done.left_out.values()) + sum(done.set_aside.values())
        assert lines == len(lines_of(data))
