"""Rows divided so that the test is none of memory."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from kotae.errors import KotaeError
from kotae.tuning.lint.repeats import leakage
from kotae.tuning.rows import Row
from kotae.tuning.split import split


def row(line: int, question: str, answer: str = "It is so, as everybody knows.") -> Row:
    return Row(line, ({"role": "user", "content": question}, {"role": "assistant", "content": answer}))


_TOPICS = (
    "atlas bench chair desk easel fan globe hat ink jar kiln lamp map nail oven pen quill rug stool tray"
)
TOPICS = _TOPICS.split()


def test_all_rows_of_a_page_are_on_one_side() -> None:
    made = [row(n, f"{topic * 2} {n}?") for n, topic in enumerate(TOPICS * 4, 1)]
    of = {one.line: (f"{one.line % 20}.md",) for one in made}
    done = split(made, of, share=0.2)
    assert not {of[line] for line in done.train} & {of[line] for line in done.test}
    assert (len(done.test), done.pages, done.groups) == (16, 4, 20)
    assert sorted([*done.train, *done.test]) == [one.line for one in made]


def test_near_copies_stay_together_and_nothing_leaks() -> None:
    made = [
        row(n, f"How do I open the {topic} drawer in the long corridor upstairs{end}")
        for n, (topic, end) in enumerate(
            itertools.product(("first", "ninth", "blue", "iron"), ("?", "??", " please?")), 1
        )
    ]
    made += [row(100 + n, f"{topic * 3} {topic}?") for n, topic in enumerate(TOPICS)]
    done = split(made, {}, share=0.25)
    by_line = {one.line: one for one in made}
    assert leakage([by_line[line] for line in done.train], [by_line[line] for line in done.test]) == []
    assert len(done.test) >= 4


def test_the_same_seed_divides_alike_and_another_one_otherwise() -> None:
    made = [row(n, f"{n * 7919} {topic}?") for n, topic in enumerate(TOPICS * 4, 1)]
    of = {one.line: (f"{one.line % 20}.md",) for one in made}
    assert split(made, of, seed=3) == split(made, of, seed=3)
    assert len({tuple(split(made, of, seed=seed).test) for seed in range(5)}) > 1


def test_rows_of_several_pages_tie_them_together_while_that_leaves_enough() -> None:
    made = [row(n, f"{n * 7919} {topic}?") for n, topic in enumerate(TOPICS, 1)]
    of: dict[int, tuple[str, ...]] = {one.line: (f"{one.line}.md",) for one in made} | {1: ("1.md", "2.md")}
    done = split(made, of, share=0.5)
    assert ({1, 2} <= set(done.test)) or ({1, 2} <= set(done.train))
    assert done.joined_apart == 0


def test_rows_that_tie_everything_together_are_put_with_their_first_page_and_counted() -> None:
    made = [row(n, f"{n * 7919} {topic}?") for n, topic in enumerate(TOPICS, 1)]
    chained: dict[int, tuple[str, ...]] = {one.line: (f"{one.line}.md", f"{one.line + 1}.md") for one in made}
    done = split(made, chained, share=0.2)
    assert len(done.test) == 4
    assert done.joined_apart == len(made)


def test_what_hangs_together_altogether_is_refused() -> None:
    made = [row(n, f"Where is it{'?' * n}") for n in range(1, 20)]
    with pytest.raises(KotaeError, match="19 of 19 hang together by page or wording"):
        split(made, {}, share=0.2)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3])
def test_the_share_is_kept_about(share: float) -> None:
    made: list[Any] = [row(n, f"{n * 7919} {topic}?") for n, topic in enumerate(TOPICS * 10, 1)]
    of = {one.line: (f"{one.line % 67}.md",) for one in made}
    assert len(split(made, of, share=share).test) == pytest.approx(share * len(made), abs=3)
