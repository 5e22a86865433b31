"""Pages as people and generators write them; what is expected of each was read off the page in a browser."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from backends.retrieval.page import Page
from backends.retrieval.passages import cut
from backends.retrieval.readers.html import HtmlReader, read_html

BY_HAND = """<html>
<head><title>Stock &amp; more</title><style>p {}</style></head>
<body>
<div id="header"><img src="logo.png" alt="Logo"> ACME</div>
<div id="nav"><ul><li><a href="a.html">Away</a><li><a href="b.html">Else</a></ul></div>
<div class="cookie-banner">We use cookies <button>OK</button></div>
<h1>Stock</h1>
<p>First words
go on<br>
after a break, see <a href="shipments.html#x">shipments</a>.
<p>1. no list
<p>Press <button>Save</button>, then <img src="data:image/png;base64,AAAA" alt="the disk">.
<h2>Codes</h2>
<table border=1>
<tr><td>Code<td>Meaning
<tr><td>SL-104<td>Missing
</table>
<ul>
<li>one
  <ul><li>below<li>below too</ul>
<li>two
</ul>
<pre>
first
  second &lt;x&gt;

# comment
</pre>
loose text
<div id="footer">Copyright</div>
<script>var x = "<p>no</p>";</script>
</body></html>
"""
BY_HAND_AS_TEXT = """# Stock

First words
go on
after a break, see [shipments](shipments.html#x).

1\\. no list

Press Save, then the disk.

## Codes

| Code | Meaning |
| --- | --- |
| SL-104 | Missing |

- one
  - below
  - below too
- two

```
first
  second <x>

# comment
```

loose text
"""


def lines_of(text: str) -> dict[str, int]:
    """The line of the file for each line of the Markdown, by its text."""
    found = read_html(text)
    assert found.lines is not None
    return dict(zip(found.text.split("\n"), found.lines, strict=False))


def test_a_page_written_by_hand_is_read_whole_and_without_what_surrounds_it() -> None:
    found = read_html(BY_HAND)
    assert found.title == "Stock"
    assert [line.rstrip() for line in found.text.split("\n")] == BY_HAND_AS_TEXT.split("\n")


def test_every_line_is_known_by_its_place_in_the_file() -> None:
    source = BY_HAND.split("\n")
    lines = lines_of(BY_HAND)
    for text, there in {
        "# Stock": "<h1>Stock",
        "go on": "go on<br>",
        "after a break, see [shipments](shipments.html#x).": "after a break",
        "| SL-104 | Missing |": "<tr><td>SL-104",
        "  - below too": "  <ul><li>below<li>",
        "- two": "<li>two",
        "  second <x>": "  second &lt;x",
        "# comment": "# comment",
        "loose text": "loose text",
    }.items():
        at = next(line for line in lines if line.rstrip() == text)
        assert source[lines[at] - 1].startswith(there), text


def test_a_passage_of_a_page_opens_at_its_line() -> None:
    found = read_html(BY_HAND)
    page = Page(id="a.html", title=found.title, text=found.text, source="a.html", line=0, lines=found.lines)
    (passage,) = cut(page)
    assert (passage.title, passage.line) == ("Stock › Codes", 8)
    many = BY_HAND.replace("First words", "First words. " * 300)
    found = read_html(many)
    last = cut(Page(id="a.html", title="Stock", text=found.text, source="a.html", lines=found.lines))[-1]
    assert last.title == "Stock › Codes"
    assert many.split("\n")[last.line - 1] == "<tr><td>Code<td>Meaning"


SPHINX = """<!DOCTYPE html><html><head><title>Periods &#8212; Ledger documentation</title></head><body>
<div class="related" role="navigation"><h3>Navigation</h3><a href="genindex.html">index</a></div>
<div class="document"><div class="documentwrapper"><div class="body" role="main">
<section id="navigation"><h1>Navigation<a class="headerlink" href="#navigation" title="Link">¶</a></h1>
<nav class="contents" id="contents"><p class="topic-title">Contents</p><ul><li><a href="#a">Menus</a></li></ul></nav>
<div class="contents local topic"><ul><li><a href="#a">Menus</a></li></ul></div>
<section id="menu"><h2>Menus<a class="headerlink" href="#menu">¶</a></h2>
<div class="admonition note"><p class="admonition-title">Note</p>
<p>Choose <span class="menuselection">Closing ‣ Periods</span>.</p></div>
<aside class="sidebar"><p>Beside the text.</p></aside>
<div class="highlight-sh notranslate"><div class="highlight"><pre><span></span><span
 class="linenos">1</span>kotae<span class="w"> </span>index
<span class="linenos">2</span>kotae<span class="w"> </span>search
</pre></div></div>
<div class="toctree-wrapper compound"><ul><li><a class="reference internal" href="codes.html">Codes</a></li></ul></div>
<dl class="simple"><dt>Term</dt><dd><p>What it means.</p></dd></dl>
</section></section>
</div></div></div>
<div class="sphinxsidebar" role="navigation"><div role="search"><h3>Quick search</h3></div></div>
<footer>©2026</footer></body></html>"""
SPHINX_AS_TEXT = """# Navigation

## Menus

Note

Choose Closing ‣ Periods.

Beside the text.

```
kotae index
kotae search
```

- [Codes](codes.html)

Term

What it means.
"""

MKDOCS = """<!doctype html><html lang="en"><head><title>Periods - Ledger</title></head><body>
<header class="md-header"><nav class="md-header__inner"><a href="..">Ledger</a></nav></header>
<div class="md-container"><main class="md-main"><div class="md-main__inner md-grid">
<div class="md-sidebar md-sidebar--primary"><nav class="md-nav"><ul><li><a href="../codes/">Codes</a></li></ul></nav></div>
<div class="md-content"><article class="md-content__inner md-typeset">
<a href="edit" title="Edit this page" class="md-content__button"><svg><path/></svg></a>
<h1 id="periods">Periods<a class="headerlink" href="#periods">&para;</a></h1>
<p>A period is a month. See <a href="../codes/#x">codes</a>.</p>
<div class="tabbed-set"><input type="radio"><div class="tabbed-labels"><label>A</label> <label>B</label></div>
<div class="tabbed-content"><div class="tabbed-block"><p>In tab A</p></div>
<div class="tabbed-block"><p>In tab B</p></div></div></div>
</article></div></div></main>
<footer class="md-footer"><nav>Next</nav></footer></div></body></html>"""
MKDOCS_AS_TEXT = """# Periods

A period is a month. See [codes](../codes/#x).

A B

In tab A

In tab B
"""

DOCUSAURUS = """<!doctype html><html><head><title>Periods | Ledger</title></head><body>
<div role="region" aria-label="Skip to main content"><a href="#x">Skip to main content</a></div>
<nav class="navbar navbar--fixed-top"><a href="/">Ledger</a></nav>
<div class="main-wrapper"><div class="docRoot"><aside class="theme-doc-sidebar-container">
<ul><li><a href="/docs/a">A</a></li></ul></aside>
<main class="docMainContainer"><div class="row"><div class="col"><div class="docItemContainer"><article>
<nav class="theme-doc-breadcrumbs"><ul><li>Closing</li></ul></nav>
<div class="tocCollapsible theme-doc-toc-mobile"><button>On this page</button></div>
<div class="theme-doc-markdown markdown"><header><h1>Periods</h1></header>
<p>A period is a month. See <a href="/docs/codes">codes</a>.</p>
<div class="tabs-container"><div role="tabpanel"><p>Shown first.</p></div>
<div role="tabpanel" hidden=""><p>Behind a tab.</p></div></div>
<h2 class="anchor" id="re">Reopening<a class="hash-link" href="#re" aria-label="Direct link">​</a></h2>
<details><summary>More</summary><div><p>Within.</p></div></details>
</div><footer class="theme-doc-footer"><a href="edit">Edit this page</a></footer></article>
<nav class="pagination-nav"><a href="next">Next</a></nav></div></div>
<div class="col col--3"><div class="tableOfContents theme-doc-toc-desktop"><ul><li><a href="#re">Reopening</a></li></ul></div></div>
</div></main></div></div><footer>Copyright</footer></body></html>"""
DOCUSAURUS_AS_TEXT = """# Periods

A period is a month. See [codes](/docs/codes).

Shown first.

Behind a tab.

## Reopening

**More**

Within.
"""


@pytest.mark.parametrize(
    ("page", "text"),
    [(SPHINX, SPHINX_AS_TEXT), (MKDOCS, MKDOCS_AS_TEXT), (DOCUSAURUS, DOCUSAURUS_AS_TEXT)],
    ids=["sphinx", "mkdocs", "docusaurus"],
)
def test_of_a_generated_page_the_text_is_read_and_nothing_else(page: str, text: str) -> None:
    assert read_html(page).text == text


def test_asides_that_belong_to_the_text_stay_where_no_part_is_said_to_be_it() -> None:
    page = (
        "<body><aside class='menu'>Away</aside><p>Text</p><aside class='admonition tip'>A tip</aside></body>"
    )
    assert read_html(page).text == "Text\n\nA tip\n"


def test_words_about_menus_and_searches_are_no_boilerplate() -> None:
    page = """<main><h1 id="search">Search</h1><p class="lead">Use <b class="menu">File</b>.</p>
    <section id="cookies"><p>The <span class="search">field</span></p></section></main>"""
    assert read_html(page).text.split("\n") == ["# Search", "", "Use **File**.", "", "The field", ""]


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>A</title><main><h1>B <a class=headerlink>¶</a></h1></main>", "B"),
        ("<title>A\n a</title><p>x</p>", "A a"),
        ("<body><header><h1>C</h1></header><p>x</p>", "C"),
        ("<p>x</p>", ""),
    ],
)
def test_the_title_is_the_first_heading_or_that_of_the_window(page: str, title: str) -> None:
    assert read_html(page).title == title


def test_a_page_names_its_charset(tmp_path: Path) -> None:
    page = '<html><head><meta charset="Shift_JIS"><title>期間</title></head><body><p>①期間は一か月です。</p></body></html>'
    (tmp_path / "a.html").write_bytes(page.encode("cp932"))
    found = HtmlReader().read(tmp_path / "a.html")
    assert (found.title, found.text) == ("期間", "①期間は一か月です。\n")


def test_xhtml_may_close_elements_at_once() -> None:
    page = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title><script src="x.js"/></head>
<body><a id="x"/><p>One<br/>two</p><div/><p>three</p></body></html>"""
    assert read_html(page).text.split() == ["One", "two", "three"]


def test_text_that_looks_like_markdown_stays_text() -> None:
    page = "<p># no heading<p>- no item<p>&gt; no quotation<p>3) no number<p>---<p>a * b"
    assert read_html(page).text.split("\n\n") == [
        "\\# no heading",
        "\\- no item",
        "\\> no quotation",
        "3\\) no number",
        "\\---",
        "a * b\n",
    ]


def test_links_that_lead_nowhere_are_text() -> None:
    page = '<p><a href="javascript:x()">A</a> <a href="#b">B</a> <a name="c">C</a> <a href="d e.html">D</a>'
    assert read_html(page).text == "A B C [D](d%20e.html)\n"


def test_the_characters_that_carry_lines_are_taken_from_no_page() -> None:
    assert read_html("<p>a\U0010fffb7\U0010fffcb\0").text == "a\ufffd7\ufffdb\ufffd\n"


def test_lines_beyond_those_that_can_be_counted_are_unknown() -> None:
    found = read_html("<p>one</p>" + "\n" * 70_000 + "<p>two</p>")
    assert found.lines is not None
    assert (found.text, found.lines[0], found.lines[-1]) == ("one\n\ntwo\n", 1, 0)


@pytest.mark.parametrize("element", ["div", "b", "ul><li", "table><tr><td", "blockquote", "span"])
def test_a_page_that_is_nested_too_deeply_is_refused_at_once(element: str) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="nested too deeply"):
        read_html(f"<body><{element}>" + f"<{element}>" * 10_000 + "deep")
    assert time.process_time() - began < 5
    shallow = read_html(f"<body><{element}>" + f"<{element}>" * 100 + "deep")
    assert "deep" in shallow.text


@pytest.mark.parametrize(
    "piece", ["<", "&", "<!--", "<![CDATA[", '<p a="', "<p>x", "<br>x\n", "<b>x</b> y\n", "<a href=b>x</a>"]
)
def test_odd_pages_are_read_in_no_time(piece: str) -> None:
    began = time.process_time()
    read_html("<p>" + piece * 30_000)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "page", ["", " \n", "<!-- x -->", "<html></html>", "<frameset><frame src=a></frameset>"]
)
def test_a_page_without_text_is_empty(page: str) -> None:
    assert read_html(page).text.strip() == ""
