from __future__ import annotations

import random
from typing import Any

import pytest

from tests.tui.transcript.samples import EVERYTHING, LONG_LIST, NESTED, SAMPLES
from tui.transcript.document import Document


def state(document: Document) -> list[tuple[Any, ...]]:
    return [
        (
            leaf.kind, leaf.start, leaf.end, [(m.first, m.rest) for m in leaf.marks], leaf.fresh, leaf.gap, leaf.level,
            leaf.language, leaf.aligns, leaf.head is not None, leaf.continues, [(p.rich, p.anchors) for p in leaf.pieces],
        )
        for leaf in document.leaves()
    ]  # fmt: skip


def texts(source: str) -> list[str]:
    return [
        " | ".join([f"{''.join(m.first for m in leaf.marks)}{piece.rich.text}" for piece in leaf.pieces])
        for leaf in Document.of(source).leaves()
    ]


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("seed", range(4))
def test_however_the_text_is_cut_into_deltas_the_result_is_that_of_reading_it_at_once(
    name: str, seed: int
) -> None:
    source = SAMPLES[name]
    rng = random.Random(seed)
    longest = rng.choice([3, 12, 40]) if len(source) < 800 else rng.choice([40, 90, 400])
    document = Document()
    at = 0
    while at < len(source):
        step = rng.randint(1, longest)
        document.append(source[at : at + step])
        at += step
    document.finish()
    assert state(document) == state(Document.of(source))


@pytest.mark.parametrize(
    "start", ["", "- ", "1. one\n2. ", "> ", "```\n", "| a |\n|---|\n| ", "# ", "para\n\n- x\n  - "]
)
def test_text_is_shown_before_its_block_has_ended(start: str) -> None:
    document = Document()
    document.append(start)
    document.append("half a wor")
    assert document.tail[-1].pieces[-1].rich.text == "half a wor"


def test_every_kind_of_block_is_read() -> None:
    leaves = list(Document.of(EVERYTHING).leaves())
    assert [leaf.kind for leaf in leaves] == (
        ["heading", "paragraph"]
        + ["paragraph"] * 6
        + ["paragraph"] * 3
        + ["code", "table", "paragraph", "paragraph", "rule"]
        + ["paragraph"]
    )
    assert leaves[0].level == 1
    assert "☐ " in leaves[13].marks[0].first
    assert "☑ " in leaves[14].marks[0].first


def test_numbers_go_on_where_a_list_was_closed_in_part() -> None:
    document = Document()
    for at in range(0, len(LONG_LIST), 7):
        document.append(LONG_LIST[at : at + 7])
    assert [leaf.marks[0].first for leaf in document.leaves()] == [f"{i}. " for i in range(1, 60)]
    assert len(document.tail) <= 2


def test_a_list_nested_in_an_open_item_is_closed_in_part() -> None:
    document = Document()
    document.append("1. top\n" + "\n".join(f"   - item {i}" for i in range(50)) + "\n2. next\n")
    assert len(document.closed) >= 50
    document.finish()
    marks = [[m.first for m in leaf.marks] for leaf in document.leaves()]
    assert marks[0] == ["1. "]
    assert marks[25] == ["1. ", "• "]
    assert marks[-1] == ["2. "]


def test_nested_text_keeps_its_place_in_the_source() -> None:
    for leaf in Document.of(NESTED).leaves():
        for piece in leaf.pieces:
            for run in piece.rich.runs:
                place = next(to + run.source - at for at, to in reversed(piece.anchors) if at <= run.source)
                text = piece.rich.text[run.start : run.end]
                if run.end - run.start == run.source_end - run.source and text.strip():
                    assert NESTED[place : place + 3].startswith(text[:3].split("\n")[0])


def test_a_reference_defined_at_the_end_turns_earlier_text_into_a_link() -> None:
    document = Document.of("see [it] there\n\nmore\n\n[it]: https://a.b/c\n")
    first = next(document.leaves())
    assert first.pieces[0].rich.links == ((4, 6, "https://a.b/c"),)


def test_text_nested_deeper_than_the_parser_goes_is_shown_as_it_is() -> None:
    assert "hidden" in "".join(texts(">" * 300 + " hidden"))


def test_text_behind_a_tab_that_reaches_beyond_the_indent_keeps_its_place_in_the_source() -> None:
    source = "- first\n\tand second\n"
    [leaf] = Document.of(source).leaves()
    [piece] = leaf.pieces
    start, end = piece.text_range(source.index("second"), len(source) - 1) or (0, 0)
    assert piece.rich.text[start:end] == "second"


def test_offsets_count_the_source_as_it_came() -> None:
    source = "a\r\nb \x1b[0m\r\n\r\nc"
    document = Document.of(source)
    assert len(document.source) == len(source)
    last = list(document.leaves())[-1]
    assert source[last.pieces[0].anchors[0][1]] == "c"


def uncited(source: str, step: int = 40) -> Document:
    document = Document(citations=False)
    for at in range(0, len(source), step):
        document.append(source[at : at + step])
    document.finish()
    return document


@pytest.mark.parametrize("length", range(1186, 1216, 3))
@pytest.mark.parametrize("word", ["word ", "語"])
def test_a_long_paragraph_is_cut_beside_citations_that_are_left_out(length: int, word: str) -> None:
    filled = ("So [1] " + word * 1300)[:length].rstrip()
    pieces = [piece for leaf in uncited(f"{filled} [2, 34、56] and on").leaves() for piece in leaf.pieces]
    assert len(pieces) > 1
    assert "".join(piece.rich.text for piece in pieces) == f"{filled} and on".replace(" [1]", "")


def test_where_citations_that_are_left_out_lead_to_makes_no_links_of_them() -> None:
    document = uncited("It may [1].\n\nOr not [^2].\n\n[1]: https://a.b/c\n[^2]: https://a.b/d\n")
    assert [leaf.pieces[0].rich.text for leaf in document.leaves()] == ["It may.", "Or not."]
