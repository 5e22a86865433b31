from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from kotae.conversation import Flag
from kotae.evaluation.metrics import Metric, per_answer
from kotae.evaluation.report import page
from kotae.evaluation.report.spans import pieces
from kotae.evaluation.scoring import score
from kotae.evaluation.verdict import verdict
from kotae.language import Language
from tests.kotae.evaluation.answers import answer, found

HOSTILE = "<script>alert(1)</script> & <b onmouseover=x> {{ 7 * 7 }} \x1b[31m"


def flag(start: int, end: int, **more: str) -> Flag:
    return Flag(start=start, end=end, kind="unsupported", score=0.9, reason="Nothing says so.", **more)  # type: ignore[arg-type]


def test_an_answer_is_cut_where_flags_begin_and_end() -> None:
    one, other = flag(2, 6), flag(4, 8)
    cut = pieces("0123456789", [one, other, flag(8, 99)])
    assert [(piece.text, piece.flags) for piece in cut] == [
        ("01", ()),
        ("23", (one,)),
        ("45", (one, other)),
        ("67", (other,)),
        ("89", ()),
    ]
    assert pieces("", []) == []


class Elements(HTMLParser):
    """The elements of a page, and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


async def made(lang: Language = "en", metric: Metric | None = None) -> str:
    given = [
        answer(
            f"Invented module. {HOSTILE}",
            backend=backend,
            id=f"{n}{HOSTILE}",
            question=HOSTILE,
            type=f"t{n % 2}{HOSTILE}",
            reference=HOSTILE,
            turn={**found("a<i>.md"), "flags": (flag(0, 15, reason_ja="記載がありません。"),)},
        )
        for backend in ("base", "$rag$")
        for n in range(6)
    ]
    metrics = [metric or per_answer("groundedness", "grounding", lambda a: len(a.question.id) % 3 / 2)]
    scores = await score(given, metrics)
    return page(scores, verdict(scores), title=HOSTILE, lang=lang)


@pytest.mark.parametrize("lang", ["en", "ja"])
async def test_text_from_elsewhere_is_text(lang: Language) -> None:
    html = await made(lang)
    parser = Elements()
    parser.feed(html)
    assert [tag for tag, _ in parser.found].count("script") == 1
    assert not any("onmouseover" in attributes for _, attributes in parser.found)
    assert "alert(1)&lt;/script&gt;" in html
    assert "{{ 7 * 7 }}" in html


async def test_nothing_is_asked_of_the_network() -> None:
    parser = Elements()
    parser.feed(html := await made())
    for tag, attributes in parser.found:
        assert tag not in ("link", "img", "iframe", "object")
        for name in ("src", "href", "xlink:href", "action"):
            target = attributes.get(name) or "#"
            assert target.startswith("#"), (tag, target)
    assert not re.search(r"url\((?!#)|@import", html)
    policy = next(a["content"] for t, a in parser.found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "script-src 'sha256-" in policy


async def test_flags_are_marked_where_they_stand_with_their_reason() -> None:
    assert re.search(
        r'<mark class="unsupported" tabindex="0">Invented module<span class="why">.*?Nothing says so\.',
        await made(),
    )
    assert "記載がありません。" in await made("ja")


async def test_charts_take_their_colours_from_the_page() -> None:
    html = await made()
    charts = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(charts) == 2  # overall, and by type
    for chart in charts:
        assert "var(--backend-1)" in chart
        assert "currentColor" in chart
        assert not re.search(r"#0[01]0[02]0\w", chart)


async def test_a_page_without_shares_has_no_chart() -> None:
    seconds = per_answer("total_time", "effort", lambda _: 1.5, share=False, unit="s")
    html = await made(metric=seconds)
    assert "<svg" not in html
    assert "1.5" in html
