"""Cutting a manual into sections, and finding those that belong together."""

from __future__ import annotations

from pathlib import Path

from backends.retrieval.links import targets_in
from kotae.tuning.build.requests import plan
from kotae.tuning.build.sections import LONGEST, ManualPage, groups, sections, spread
from tests.kotae.tuning.build.manual import ENGLISH, read_pages, written


def cut(*pages: ManualPage) -> list[tuple[str, str]]:
    return [(one.title, one.text) for one in sections(pages, targets_in)]


def page(text: str, name: str = "p") -> ManualPage:
    return ManualPage(id=name, title="Page", text=text)


def test_headings_begin_sections_and_stand_above_them() -> None:
    body = "This is a sentence that is long enough to be asked about."
    text = f"# Page\n\n{body}\n\n## One\n\n{body}\n\n### Deep\n\n{body}\n\n#### Deeper\n\n{body}\n\n## Two\n\n{body}"
    assert cut(page(text)) == [
        ("Page", body),
        ("Page › One", body),
        ("Page › One › Deep", f"{body}\n\n#### Deeper\n\n{body}"),
        ("Page › Two", body),
    ]


def test_what_is_too_short_is_joined_to_its_neighbour_and_never_lost() -> None:
    body = "This is a sentence that is long enough to be asked about."
    assert cut(page(f"# Page\n\nHi.\n\n## One\n\n{body}\n\n## Two\n\nBye.")) == [
        ("Page › One", f"Hi.\n\n{body}\n\nBye.")
    ]
    assert cut(page("# Page\n\nHi.")) == [("Page", "Hi.")]


def test_a_heading_in_code_begins_nothing() -> None:
    text = "```\n# not a heading, but a comment in a script\n## nor this\n```"
    assert cut(page(text)) == [("Page", text)]


def test_a_long_section_is_cut_between_paragraphs() -> None:
    paragraph = "word " * 200
    parts = cut(page("\n\n".join([paragraph.strip()] * 20)))
    assert all(len(text) <= LONGEST for _, text in parts)
    assert "\n\n".join(text for _, text in parts).split() == paragraph.split() * 20


def test_linked_sections_belong_together_before_those_that_share_terms(tmp_path: Path) -> None:
    found = sections(read_pages(written(tmp_path / "manual")), targets_in)
    linked = next(one for one in found if one.links)
    assert linked.links == {"reopening.md"}
    assert {tuple(one.page for one in group) for group in groups([linked], found)} == {
        ("periods.md", "reopening.md")
    }


def test_three_pages_that_share_rare_terms_are_joined_and_no_group_comes_twice() -> None:
    rare = "The Kuroshio export writes a Zengin file with the depreciation codes."
    common = "Choose the button and confirm the entry, as always in this product."
    pages = [
        page(f"{common} {rare if at < 3 else ''} Page {'abcdefgh'[at] * 4}.", f"p{at}") for at in range(8)
    ]
    everything = sections(pages, targets_in)
    found = groups(everything, everything)
    assert {len(group) for group in found} == {2, 3}
    joined = [frozenset(one.page for one in group) for group in found]
    assert len(set(joined)) == len(joined)
    assert set.union(*map(set, joined)) == {"p0", "p1", "p2"}


def test_a_limit_takes_sections_from_all_over_the_manual(tmp_path: Path) -> None:
    found = read_pages(written(tmp_path / "manual", ENGLISH))
    cut_up = sections(found, targets_in)
    assert len(cut_up) == 5
    assert [one.page for one in spread(cut_up, 2)] == ["periods.md", "periods.md"]
    assert [one.page for one in spread(cut_up, 3)] == ["periods.md", "periods.md", "reopening.md"]
    assert len(spread(cut_up, 100)) == len(cut_up)
    asked = plan(found, cut_up, kinds=("sections", "turns"), limit=3)
    assert [request.kind for request in asked] == ["sections"] * 3 + ["turns"] * 2
