"""What of an HTML page is its text, and what is the site's: navigation, banners, sidebars, what only a browser needs.

Manuals are made by generators that say which part is the text, by a `main` element, a role or a well-known id. Where nothing is
said, all of the page is its text but for what is named as something else. Extractors that judge by statistics (trafilatura was
tried) are made for news: on short reference pages they give the navigation as text, and lose headings and the names of buttons.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_UNSEEN_NAMES = """
    script style noscript template iframe object embed applet canvas svg video audio input select textarea dialog link meta nav
"""
_ROLES = frozenset(
    ["navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar", "toolbar"]
)
_BLOCKS = frozenset(["div", "section", "ul", "ol", "aside", "table", "form", "header", "footer", "p"])
"""Elements that a class can make boilerplate; on a word in a line, `menu` or `search` names what the text is about."""
_NOTE_NAMES = """
    note tip info warning caution danger important attention admonition callout topic footnote footnotes starlight example
"""
_INNER_NAMES = """
    breadcrumb breadcrumbs toc tocs navbar navigation pagination pager prevnext noprint sr visually copybutton feedback
    editlink
"""
_OUTER_NAMES = """
    nav menu menus sidebar sidenav sidebars footer header masthead banner cookie cookies consent gdpr onetrust search searchbox skip
    skiplink topbar toolbar social share related advert ads newsletter copyright
"""
_MARK_NAMES = """
    headerlink header-anchor hash-link anchorjs-link anchor-link heading-anchor permalink linenos linenodiv lineno gutter
    table-of-contents md-content__button edit-this-page view-this-page theme-edit-this-page theme-edit-link rst-other-versions
"""

_UNSEEN = frozenset(_UNSEEN_NAMES.split())
"""Elements that are never text on the page."""
_NOTES = frozenset(_NOTE_NAMES.split())
"""Words in the class of asides and other blocks that belong to the text, whatever else they are called."""
_IN_THE_TEXT = frozenset(_INNER_NAMES.split())
"""Words in the class of a block that is boilerplate even within the text."""
_AROUND_THE_TEXT = _IN_THE_TEXT | frozenset(_OUTER_NAMES.split())
"""Words in the class or the id of a block that is boilerplate where nobody said which part is the text."""
_MARKS = frozenset(_MARK_NAMES.split())
"""Whole classes: links from a heading to itself or to the page's source, numbers of lines, tables of contents."""
_LOCAL_CONTENTS = frozenset(["contents", "topic"])
"""How docutils marks the contents of a page; either word alone means something else."""
_HOMES = (
    "mc-main-content",
    "main-content",
    "maincontent",
    "bodycontent",
    "mw-content-text",
    "content",
    "main",
)
"""Ids that help authoring tools and wikis give the part with the text."""
_WORD = re.compile(r"[a-z]+")


def content(tree: HtmlElement) -> HtmlElement:
    """The part of the page that holds its text, with all else removed. Changes `tree`."""
    main = _main(tree)
    if main is not None:
        _prune(main, _IN_THE_TEXT, by_id=False)
        if main.text_content().strip():
            return main
    body = tree.find("body")
    whole = tree if body is None else body
    _prune(whole, _AROUND_THE_TEXT, by_id=True)
    return whole


def _main(tree: HtmlElement) -> HtmlElement | None:
    """The part that is said to be the text: the longest one, or the only article in it."""
    found = [element for element in tree.iter("main", "div", "article", "section", "td") if _is_main(element)]
    if not found:
        articles = [element for element in tree.iter("article") if not _within(element, "article")]
        found = articles if len(articles) == 1 else []
    if not found:
        for name in _HOMES:
            found = [
                element for element in tree.iter("div", "td") if (element.get("id") or "").lower() == name
            ]
            if found:
                break
    if not found:
        return None
    main = max(found, key=lambda element: len(element.text_content()))
    inner = [
        element for element in main.iter("article") if element is not main and not _within(element, "article")
    ]
    if len(inner) == 1 and 2 * len(inner[0].text_content()) > len(main.text_content()):
        return inner[0]
    return main


def _is_main(element: HtmlElement) -> bool:
    return element.tag == "main" or (element.get("role") or "").lower() == "main"


def _within(element: HtmlElement, tag: str) -> bool:
    return next(element.iterancestors(tag), None) is not None


def _prune(top: HtmlElement, words: frozenset[str], *, by_id: bool) -> None:
    """Remove what is boilerplate below `top`."""
    waiting = [top]
    while waiting:
        for child in list(waiting.pop()):
            if not isinstance(child.tag, str) or _is_boilerplate(child, words, by_id=by_id):
                child.drop_tree()
            else:
                waiting.append(child)


def _is_boilerplate(element: HtmlElement, words: frozenset[str], *, by_id: bool) -> bool:
    tag = element.tag
    role = (element.get("role") or "").lower()
    classes = (element.get("class") or "").lower()
    if tag in _UNSEEN or role in _ROLES or element.get("aria-hidden") == "true":
        return True
    if _MARKS & frozenset(classes.split()):
        return True
    if tag == "button":
        return element.getparent().tag not in ("p", "li", "td", "dd", "span", "b", "strong")
    if tag == "footer" or (tag == "header" and by_id):
        return True
    if tag not in _BLOCKS:
        return False
    named = frozenset(_WORD.findall(classes))
    if named >= _LOCAL_CONTENTS:
        return True
    if tag == "aside" and (by_id or role == "complementary"):
        return not named & _NOTES and role != "note"
    if by_id:
        named |= frozenset(_WORD.findall((element.get("id") or "").lower()))
    return bool(named & words) and not named & _NOTES and next(element.iter("h1", "main"), None) is None
