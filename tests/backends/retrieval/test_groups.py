from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backends.retrieval import groups
from backends.retrieval.stored import save_array
from kotae.conversation import Passage


def passage(document: str, title: str) -> Passage:
    return Passage(id=document, document=document, title=title, text="")


def test_passages_with_one_root_title_are_one_group_and_others_go_by_their_document(tmp_path: Path) -> None:
    collector = groups.Collector(tmp_path)
    for one in (
        passage("1", "Periods › Closing"),
        passage("2", "Shipments"),
        passage("3", "Periods"),
        passage("a", ""),
        passage("a", ""),
        passage("Periods", ""),
    ):
        collector.add(one, [])
    collector.save(tmp_path)
    assert groups.load(tmp_path, 6).tolist() == [0, 1, 0, 2, 2, 3]
    assert groups.load(tmp_path, 6).dtype == np.int32


@pytest.mark.parametrize("numbers", [[0, -1], [0, 2], [0]])
def test_groups_of_other_passages_are_refused(tmp_path: Path, numbers: list[int]) -> None:
    save_array(tmp_path / "groups.npy", np.asarray(numbers, dtype=np.int32))
    with pytest.raises(ValueError, match=r"numbered wrongly|wrong type or size"):
        groups.load(tmp_path, 2)
