from __future__ import annotations

import time

import pytest

from backends.retrieval.links import Pages, target, targets_in

MARKDOWN = Pages(
    [
        "index.md",
        "closing/index.md",
        "closing/periods.md",
        "closing/year-end.md",
        "sales/README.md",
        "sales/credit notes.md",
        "会計/期間.md",
        "guide.pdf",
    ]
)
SITE = Pages(
    [
        "index.html",
        "closing/periods.html",
        "sales/invoices/index.html",
        "Sales/Upper.HTM",
        "both.html",
        "both.md",
    ]
)


@pytest.mark.parametrize(
    ("href", "name"),
    [
        ("../a/b.md#anchor", "../a/b.md"),
        ("b.html?x=1#y", "b.html"),
        ("credit%20notes.md", "credit notes.md"),
        ("%E6%9C%9F%E9%96%93.md", "期間.md"),
        ("か\u3099.md", "が.md"),  # as macOS names files
        ("#anchor", ""),
        ("", ""),
        ("https://example.org/b.md", ""),
        ("//example.org/b.md", ""),
        ("mailto:a@example.org", ""),
        ("javascript:void(0)", ""),
        ("a%00.md", ""),
    ],
)
def test_what_names_a_page_in_a_link(href: str, name: str) -> None:
    assert target(href) == name


@pytest.mark.parametrize(
    ("page", "path", "found"),
    [
        ("closing/periods.md", "year-end.md", "closing/year-end.md"),
        ("closing/periods.md", "./year-end.md", "closing/year-end.md"),
        ("closing/periods.md", "../sales/credit notes.md", "sales/credit notes.md"),
        ("closing/periods.md", "year-end.html", "closing/year-end.md"),
        ("closing/periods.md", "year-end", "closing/year-end.md"),
        ("closing/periods.md", "../year-end/", "closing/year-end.md"),  # relative to `closing/periods/`
        ("index.md", "closing/", "closing/index.md"),
        ("index.md", "closing", "closing/index.md"),
        ("index.md", "sales/index.html", "sales/README.md"),
        ("closing/periods.md", "..", "index.md"),
        ("closing/periods.md", "/closing/year-end", "closing/year-end.md"),
        ("closing/periods.md", "/docs/closing/year-end/", "closing/year-end.md"),
        ("index.md", "会計/期間.md", "会計/期間.md"),
        ("index.md", "guide.pdf", "guide.pdf"),
        ("closing/periods.md", "periods.md", ""),
        ("closing/periods.md", "periods.html", ""),
        ("closing/periods.md", "missing.md", ""),
        ("closing/periods.md", "../../closing/year-end.md", ""),
        ("index.md", "picture.png", ""),
        ("index.md", "guide.html", ""),
    ],
)
def test_a_link_leads_to_the_page_whatever_its_suffix(page: str, path: str, found: str) -> None:
    assert MARKDOWN.resolve(page, path) == found


@pytest.mark.parametrize(
    ("page", "path", "found"),
    [
        ("index.html", "closing/periods.md", "closing/periods.html"),
        ("sales/invoices/index.html", "../../closing/periods/", "closing/periods.html"),
        ("closing/periods.html", "../sales/invoices/", "sales/invoices/index.html"),
        ("closing/periods.html", "../sales/invoices.html", "sales/invoices/index.html"),
        ("index.html", "sales/upper.htm", "Sales/Upper.HTM"),
        ("index.html", "both", "both.html"),
        ("notes.md", "both", "both.md"),
        ("sales/invoices/index.html", "./", ""),
    ],
)
def test_links_in_a_site_lead_to_its_files(page: str, path: str, found: str) -> None:
    assert SITE.resolve(page, path) == found


def test_all_ways_of_writing_a_link_are_seen() -> None:
    text = """
[a](a.md#x) ![p](b.png "title") [c]( <c d.md> ) [e](e_(f).md) [g][g] <a class=x href="h.html">h</a> <a href='i.md'>i</a>

[g]: ../g.md "G"
> [j]: <j k.md>
"""
    assert targets_in(text) == {
        *("a.md", "b.png", "c d.md", "e_(f).md", "../g.md", "h.html", "i.md", "j k.md"),
    }


@pytest.mark.parametrize("piece", ["](a", "[a]:", "href=", 'href="', "](<", "[", "](((("])
def test_odd_text_is_read_in_no_time(piece: str) -> None:
    began = time.process_time()
    targets_in(piece * 100_000)
    assert time.process_time() - began < 3
