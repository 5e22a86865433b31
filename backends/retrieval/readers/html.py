"""HTML as Markdown: the text of a page without what surrounds it, and for each line where it stands in the file.

lxml (libxml2) parses, `boilerplate` picks the text, html-to-markdown writes the Markdown. So that lines can be told, the number
of the line goes along in front of every block's text, between two characters that no text has, and is taken out of the result.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backends.retrieval.readers import boilerplate
from backends.retrieval.readers.markup import as_text
from backends.retrieval.readers.plain import LARGEST_PAGE
from kotae.charset import decode
from kotae.reading import PageText

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_OPEN, _PROSE, _CODE = "\U0010fffb", "\U0010fffc", "\U0010fffd"
"""Around a line's number: private characters of the last plane. The second one says what kind of block begins there."""
_RESERVED = re.compile(f"[{_OPEN}{_PROSE}{_CODE}\0]")
_MARK = re.compile(f"{_OPEN}(\\d+)([{_PROSE}{_CODE}])")

_LAST_LINE = 65535
"""libxml2 counts no further; text beyond has no line."""
_DEEPEST = 1000
"""Nesting that is followed; no page that people read comes near it."""
_SELF_CLOSED = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)([a-z][\w:-]*+)([^<>]*)/>",
    re.IGNORECASE,
)
_XHTML = re.compile(
    r"\s*<\?xml\b|[^<]*<!doctype[^>]*xhtml|.{0,2000}<html\b[^<>]*\sxmlns\s*=", re.IGNORECASE | re.DOTALL
)

_INLINE = """
    a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q rp rt ruby s samp small span strike
    strong sub sup time tt u var wbr
"""
_WITHIN = frozenset(_INLINE.split())
"""Elements that stand within a line; all others begin a new one."""


class HtmlReader:
    """Pages as site generators, help authoring tools and people write them."""

    largest = LARGEST_PAGE
    suffixes = frozenset({".html", ".htm", ".xhtml"})

    def read(self, path: Path) -> PageText:
        return read_html(decode(path.read_bytes(), html=True))


def read_html(text: str) -> PageText:
    """The content of the HTML page `text` as Markdown.

    Raises:
        ValueError: it is nested too deeply.
    """
    tree = _parse(text)
    if tree is None:
        return PageText(text="")
    somewhere = _text_of(tree, "h1")  # if only in a banner
    main = boilerplate.content(tree)
    _tidy(main)
    title = _text_of(main, "h1") or _text_of(tree, "title") or somewhere
    _number_lines(main)
    return _numbered(_markdown(main), title)


def _parse(text: str) -> HtmlElement | None:
    import lxml.html

    text = _RESERVED.sub("\ufffd", text)
    if _XHTML.match(text):
        text = _SELF_CLOSED.sub(r"<\1\2></\1>", text)
    # Bytes, because lxml refuses text with an encoding declaration; what the page says of its charset was looked at already.
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError:
        return None  # nothing in it
    if any("depth" in entry.message.lower() for entry in parser.error_log.filter_from_fatals()):
        raise ValueError("nested too deeply")
    return tree


def _tidy(main: HtmlElement) -> None:
    """Leave of pictures what stands for them, of links those that lead to a page, and of buttons what is on them."""
    for picture in list(main.iter("img")):
        picture.tail = (picture.get("alt") or "") + (picture.tail or "")
        picture.drop_tree()
    for rule in list(main.iter("hr")):
        rule.drop_tree()
    for button in list(main.iter("button")):
        button.drop_tag()
    for link in list(main.iter("a")):
        href = (link.get("href") or "").strip()
        if not href or href.startswith("#") or re.match(r"(?:javascript|data|vbscript):", href, re.I):
            link.drop_tag()


def _text_of(tree: HtmlElement, tag: str) -> str:
    """The text of the first element with this tag that has any."""
    texts = (" ".join(element.text_content().split()) for element in tree.iter(tag))
    return next(filter(None, texts), "")


def _number_lines(main: HtmlElement) -> None:
    """Write into the text which line of the file it stands in: before that of every block, and in each of its lines."""
    numbered: set[HtmlElement] = set()
    for element in list(main.iter()):
        if element.text and element.text.strip():
            block = _block(element)
            element.text = _with_numbers(element.text, element.sourceline, block, first=block not in numbered)
            numbered.add(block)
        if element is not main and element.tail and element.tail.strip():
            block = _block(element.getparent())
            first = element.tag not in _WITHIN or block not in numbered
            element.tail = _with_numbers(element.tail, _end(element), block, first=first)
            numbered.add(block)


def _block(element: HtmlElement) -> HtmlElement:
    while element.tag in _WITHIN and element.getparent() is not None:
        element = element.getparent()
    return element


def _end(element: HtmlElement) -> int:
    """The line in which an element ends, as far as what is in it tells."""
    after = 0
    while len(element):
        element = element[-1]
        after += (element.tail or "").count("\n")
    return int(element.sourceline or 0) + (element.text or "").count("\n") + after


def _with_numbers(text: str, line: int, block: HtmlElement, *, first: bool) -> str:
    kind = _CODE if block.tag == "pre" else _PROSE
    found = []
    for at, part in enumerate(text.split("\n")):
        number = line + at if 0 < line < _LAST_LINE else 0
        words = part.lstrip()
        if words and (at or first):
            blank = len(part) - len(words)
            part = f"{part[:blank]}{_OPEN}{number}{kind}{words}"
        found.append(part)
    return "\n".join(found)


def _markdown(main: HtmlElement) -> str:
    import lxml.html
    from html_to_markdown import ConversionOptions, PreprocessingOptions, convert

    options = ConversionOptions(
        autolinks=False,
        bullets="-",
        compact_tables=True,
        extract_metadata=False,
        hidden_content="reachable",
        highlight_style="none",
        include_blockquote_citations=False,
        max_depth=_DEEPEST,
        preprocessing=PreprocessingOptions(enabled=False),
    )
    done: Any = convert(lxml.html.tostring(main, encoding="unicode", with_tail=False), options)
    if any("depth" in warning.message for warning in done.warnings):
        raise ValueError("nested too deeply")
    return done.content or ""


def _numbered(markdown: str, title: str) -> PageText:
    """The Markdown without the numbers that were written into it, and what they say of its lines."""
    text: list[str] = []
    lines: list[int] = []
    unknown = 0  # lines at the end that have no number yet: that of the next one holds for them
    for line in markdown.strip("\n").split("\n"):
        mark = _MARK.search(line)
        if mark is None:
            unknown += 1
        else:
            lines += [int(mark[1])] * (unknown + 1)
            unknown = 0
            before = line[: mark.start()]
            if mark[2] == _PROSE and not before.lstrip().startswith(("#", "|")):
                line = before + as_text(line[mark.end() :])
        text.append(_MARK.sub("", line))
    lines += [lines[-1] if lines else 0] * unknown
    return PageText(text="\n".join(text) + "\n", title=title, lines=tuple(lines))
