"""Recordings of terminals as animated pictures."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from docs.animation import CELL, film
from docs.make_recording import CAST, PICTURE, Recording, _cut

SVG = "{http://www.w3.org/2000/svg}"


def recording(*events: tuple[float, str]) -> str:
    head = json.dumps({"version": 2, "width": 12, "height": 2})
    return "\n".join([head, *(json.dumps([at, "o", text]) for at, text in events)])


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own


def test_a_line_that_stays_is_drawn_once_and_each_change_is_a_frame() -> None:
    svg = film(recording((0.0, "stays\r\n"), (1.0, "one"), (2.0, "\rtwo"), (3.0, "\rtwo")))
    assert sorted(texts(svg)) == ["one", "stays", "two"]
    assert svg.count("<g transform") == 4  # the empty screen, and three
    assert re.search(r"animation:play 5\.50s step-end infinite", svg)


def test_what_comes_in_no_time_is_one_frame() -> None:
    assert film(recording((0.0, "a"), (0.01, "b"), (0.02, "c"), (1.0, "d"))).count("<g transform") == 3


def test_colours_styles_and_wide_characters_keep_their_place() -> None:
    svg = film(recording((0.0, "\x1b[1;4;38;2;255;0;0m期間\x1b[0;7mx\x1b[0m")))
    wide = next(text for text in ElementTree.fromstring(svg).iter(f"{SVG}text") if text.text == "期間")  # noqa: S314
    assert float(wide.get("textLength", "0")) == pytest.approx(4 * CELL)
    for css in ("fill:#ff0000;font-weight:bold;text-decoration:underline", "fill:#14171c", "fill:#d7dae1"):
        assert css in svg


def test_text_is_text() -> None:
    assert texts(film(recording((0.0, "<b>&amp;")))) == ["<b>&amp;"]


def test_a_wait_that_is_cut_short_leaves_the_rest_as_it_was() -> None:
    taken = Recording(None, 0, waits=[(10.0, 22.0), (30.0, 30.5)])  # type: ignore[arg-type]
    times = [_cut(at, taken) for at in (5.0, 10.0, 16.0, 22.0, 25.0, 31.0)]
    assert times == pytest.approx([5.0, 10.0, 10.6, 11.2, 14.2, 20.2])


def test_the_pictures_of_the_readme_can_be_shown() -> None:
    svg = PICTURE.read_text(encoding="utf-8")
    ElementTree.fromstring(svg)  # noqa: S314
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]
    head, *events = map(json.loads, CAST.read_text(encoding="utf-8").splitlines())
    assert head["version"] == 2
    assert [at for at, _, _ in events] == sorted(at for at, _, _ in events)
    assert all(path.stat().st_size < 1_000_000 for path in (CAST, PICTURE))
