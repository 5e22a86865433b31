"""The program's own log."""

from __future__ import annotations

import logging
import stat
from collections.abc import Iterator

import pytest

from kotae import paths
from kotae.cli.logs import start_logging


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers, root.level = handlers, level


def test_the_log_and_the_one_put_aside_are_the_users_alone() -> None:
    start_logging(debug=False)
    for _ in range(3):
        logging.getLogger("kotae").warning("x" * (paths.LARGEST_LOG // 2))
    path = paths.log_file("kotae")
    aside = path.with_name("kotae.log.1")
    assert path.stat().st_size < paths.LARGEST_LOG
    assert [stat.S_IMODE(file.stat().st_mode) for file in (path, aside, path.parent)] == [0o600, 0o600, 0o700]


def test_a_log_that_cannot_be_written_is_done_without(capsys: pytest.CaptureFixture[str]) -> None:
    folder = paths.log_file("kotae").parent
    folder.parent.mkdir(parents=True)
    folder.write_text("no folder", encoding="utf-8")
    start_logging(debug=False)
    logging.getLogger("kotae").warning("lost")
    assert capsys.readouterr() == ("", "")
