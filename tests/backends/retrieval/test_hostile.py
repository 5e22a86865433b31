from __future__ import annotations

import json
import subprocess
import sys

SECONDS = 1.5
"""Of CPU for one page and everything that is done with it. Most take a hundredth; what is not linear takes minutes or for ever."""


def test_no_page_answer_or_question_holds_up_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.backends.retrieval.hostile"],
        capture_output=True,
        text=True,
        check=False,
    )
    took = dict(json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 0, f"ended after {list(took)[-1:]}"
    assert {name: seconds for name, seconds in took.items() if seconds > SECONDS} == {}
