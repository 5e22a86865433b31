"""The report of an evaluation in a real browser: it opens, filters, changes its theme, and asks nothing of the network."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from kotae.conversation import Flag
from kotae.evaluation.metrics import per_answer
from kotae.evaluation.report import page as report
from kotae.evaluation.scoring import score
from kotae.evaluation.verdict import verdict
from tests.browser import browsing, needs_browser
from tests.kotae.evaluation.answers import answer, found

if TYPE_CHECKING:
    from playwright.async_api import Page

INVENTED = Flag(start=0, end=8, kind="name", score=0.9, reason="No page has it.")


async def written(folder: Path) -> str:
    """The address of a report on two backends' answers to six questions."""
    given = [
        answer(
            f"Invented <script>document.title = 'caught'</script> {n}",
            backend=backend,
            id=f"q{n}",
            question=f"Question {n}? {'誰が' if n == 3 else ''}",
            type=("single", "multi_hop")[n % 2],
            turn={**found("a.md"), "flags": (INVENTED,) if n < 2 and (backend == "base" or n) else ()},
        )
        for backend in ("base", "rag")
        for n in range(6)
    ]
    scores = await score(
        given, [per_answer("all_pages", "retrieval", lambda a: float(a.turn.backend == "rag"))]
    )
    return await asyncio.to_thread(
        _write, folder / "report.html", report(scores, verdict(scores), title="Ours")
    )


def _write(file: Path, html: str) -> str:
    file.write_text(html, encoding="utf-8")
    return file.as_uri()


async def visible(page: Page, selector: str) -> list[str]:
    return [
        await found.inner_text() for found in await page.locator(selector).all() if await found.is_visible()
    ]


@needs_browser
async def test_the_report_filters_and_asks_nothing_of_the_network(tmp_path: Path) -> None:
    address = await written(tmp_path)
    async with browsing() as (page, watched):
        await page.goto(address)
        assert await page.title() == "Ours — Kotae"
        assert len(await visible(page, "article")) == 6
        assert await page.locator("#count").inner_text() == "6 / 6 shown"

        await page.select_option("#type", "multi_hop")
        assert [text.split()[0] for text in await visible(page, "article h3")] == ["q1", "q3", "q5"]
        await page.fill("#search", "誰")
        assert [text.split()[0] for text in await visible(page, "article h3")] == ["q3"]
        await page.check("#flagged")
        assert await visible(page, "article") == []
        assert await visible(page, "#none") == ["No question fits the filters."]
        await page.fill("#search", "")
        assert [text.split()[0] for text in await visible(page, "article h3")] == ["q1"]
        await page.uncheck(".only[value=base]")
        assert await visible(page, ".answer h4") == ["rag"]
        await page.select_option("#type", "*")  # flags of an answer that is not shown don't count
        assert [text.split()[0] for text in await visible(page, "article h3")] == ["q1"]
        await page.uncheck("#flagged")
        await page.fill("#search", "ｑ０")  # in any width
        assert [text.split()[0] for text in await visible(page, "article h3")] == ["q0"]
        await page.fill("#search", "")
        await page.uncheck(".only[value=rag]")
        assert await visible(page, "article") == []
        await page.check(".only[value=rag]")
        await page.check("#flagged")
        await page.select_option("#type", "multi_hop")

        await page.focus("mark:visible")
        assert "No page has it." in (await visible(page, "mark .why"))[0]

        await page.select_option("#figures-type", "single")
        assert len(await visible(page, ".figures")) == 1

        light = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        await page.click("#theme")
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        await page.click("#theme")
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == light
    assert watched.requests == [address]
    assert watched.complaints == []


@needs_browser
async def test_the_charts_have_colours_of_their_own_in_both_themes(tmp_path: Path) -> None:
    address = await written(tmp_path)
    async with browsing() as (page, watched):
        await page.goto(address)
        colours = []
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            colours.append(
                await page.evaluate(
                    "[...document.querySelectorAll('svg use')].map((dot) => getComputedStyle(dot).fill)"
                )
            )
    light, dark = (set(found) for found in colours)
    assert len(light) == len(dark) == 2
    assert not light & dark
    assert watched.complaints == []
