"""Opposites and synonyms are read from files in WordNet's form."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import wordnet

ADJECTIVES = """\
  1 a line of the licence
00000050 00 a 01 full 0 001 ! 00000090 a 0101 | of no room
00000090 00 a 02 empty 0 bare(p) 1 001 ! 00000050 a 0101 | of much room
00000140 00 s 02 spacious 0 roomy 0 000 | of much room, too
"""
INDEX = """\
airy a 1 0 1 0 00000140
bare a 1 0 1 0 00000090
padded a 1 0 1 1 00000140
empty a 1 1 ! 1 1 00000090
full a 1 1 ! 1 1 00000050
roomies a 1 0 1 1 00000140
roomy a 1 0 1 1 00000140
spacious a 1 0 1 1 00000140
"""


@pytest.fixture
def lexicon(tmp_path: Path) -> wordnet.Lexicon:
    for part in ("adv", "noun", "verb"):
        (tmp_path / f"data.{part}").touch()
        (tmp_path / f"index.{part}").touch()
    for part in ("adj", "adv", "noun", "verb"):
        (tmp_path / f"{part}.exc").write_text("roomies roomy\n" if part == "noun" else "", encoding="utf-8")
    (tmp_path / "data.adj").write_text(ADJECTIVES, encoding="utf-8")
    (tmp_path / "index.adj").write_text(INDEX, encoding="utf-8")
    return wordnet.lexicon(tmp_path)


def test_an_opposite_is_of_the_word_and_not_of_its_whole_sense(lexicon: wordnet.Lexicon) -> None:
    assert lexicon.opposites == {"full": ["empty"], "empty": ["full"]}


def test_words_of_one_sense_are_synonyms(lexicon: wordnet.Lexicon) -> None:
    assert lexicon.synonyms["roomy"] == ["spacious"]
    assert lexicon.synonyms["empty"] == ["bare"]


@pytest.mark.parametrize("word", ["airy", "padded", "roomies"])
def test_a_word_that_is_never_met_or_looks_like_a_form_has_none(lexicon: wordnet.Lexicon, word: str) -> None:
    assert word not in lexicon.synonyms


def test_where_it_is_not_installed_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="data"):
        wordnet.lexicon(tmp_path)
