"""What passages lead to: links between pages, and titles that are mentioned."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.retrieval import graph
from kotae.conversation import Passage


def page(name: str, title: str, text: str, *links: str) -> Passage:
    return Passage(id=name, document=name, title=title, text=text, links=links)


def edges(folder: Path, *passages: Passage) -> dict[tuple[int, int], float]:
    scratch = folder / "scratch"
    scratch.mkdir()
    collector = graph.Collector(scratch)
    for passage in passages:
        collector.add(passage, ())
    collector.save(folder)
    found = graph.load(folder, len(passages))
    return {
        (at, int(group)): float(weight)
        for at in range(len(passages))
        for group, weight in zip(*found.leads(at), strict=True)
    }


def test_a_mentioned_title_is_an_edge_and_a_link_counts_more(tmp_path: Path) -> None:
    found = edges(
        tmp_path,
        page("a", "Shipments", "Charges go to the Freight account."),
        page("b", "Freight account", "Shown below shipments."),
        page("c", "Returns", "See there.", "b"),
        page("d", "Other", "Nothing."),
    )
    assert set(found) == {(0, 1), (1, 0), (2, 1)}
    assert found[2, 1] == 1
    assert 0 < found[0, 1] <= 1


def test_a_title_within_a_longer_word_is_no_mention_unless_the_script_has_no_spaces(tmp_path: Path) -> None:
    found = edges(
        tmp_path,
        page("a", "Lot", "The slots and the allotment."),
        page("b", "期間", "なし"),
        page("c", "再オープン", "会計期間を開きます。"),
        page("d", "Rest", "Each lot, please."),
    )
    assert set(found) == {(3, 0), (2, 1)}


def test_the_longer_of_two_titles_that_overlap_is_meant(tmp_path: Path) -> None:
    found = edges(
        tmp_path,
        page("a", "Sales orders", "x"),
        page("b", "Orders", "x"),
        page("c", "Text", "Make sales orders."),
    )
    assert set(found) == {(2, 0)}


def test_what_is_mentioned_everywhere_counts_less(tmp_path: Path) -> None:
    others = [page(f"p{at}", f"P{at}", "Users may.") for at in range(6)]
    found = edges(
        tmp_path,
        page("u", "Users", "x"),
        page("l", "Ledger", "x"),
        *others,
        page("z", "Z", "A ledger of users."),
    )
    assert found[8, 1] > found[8, 0]


def test_titles_shared_by_many_passages_and_links_to_nowhere_are_harmless(tmp_path: Path) -> None:
    found = edges(
        tmp_path, page("a", "Same", "x", "gone"), page("b", "Same", "Same again."), page("c", "", "")
    )
    assert found == {}


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    edges(tmp_path, page("a", "Shipments", "x"), page("b", "B", "shipments"))
    with pytest.raises(ValueError, match="wrong type or size"):
        graph.load(tmp_path, 3)
