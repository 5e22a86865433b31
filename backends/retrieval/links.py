"""Which pages of a manual a page refers to.

Links are written for a browser or for a site generator: with the suffix of the file, with that of the file it is made into
(`periods.md`, `periods.html`), or without any (`periods/`). All of these lead to the page when it is there.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|\\\\", re.IGNORECASE)
_PAGE = re.compile(r"\.(?:md|markdown|mdown|mdx|html?|xhtml|txt|text|rst|adoc|php|aspx?)$", re.IGNORECASE)
_FRONT = re.compile(r"(?:^|/)(?:index|_index|readme)$")
"""Pages that a folder is opened with."""

# Whatever may be a link's target. What is caught here besides (in code, in a picture) does no harm.
_INLINE = re.compile(r"\]\(\s{0,9}(?:<([^<>\n]*)>|([^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*))")
_DEFINITION = re.compile(r"^[ >]{0,9}\[[^\]\n]{1,999}\]:\s{0,9}(?:<([^<>\n]*)>|(\S+))", re.MULTILINE)
_ATTRIBUTE = re.compile(r"""\bhref\s{0,9}=\s{0,9}(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.IGNORECASE)


def target(href: str) -> str:
    """The part of a link's target that names a page, decoded; empty for what lies outside of the manual or on the same page."""
    href = href.strip()
    if _ELSEWHERE.match(href):
        return ""
    path = unquote(href.partition("#")[0].partition("?")[0])
    return "" if "\0" in path else unicodedata.normalize("NFC", path)


def targets_in(text: str) -> set[str]:
    """What the links in a Markdown text may name, each as `target` gives it."""
    found = set()
    for pattern in (_INLINE, _DEFINITION, _ATTRIBUTE):
        for match in pattern.finditer(text):
            found.add(target(next(filter(None, match.groups()), "")))
    found.discard("")
    return found


def targets_in_html(text: str) -> list[str]:
    """What the tags in a piece of HTML refer to, in its order."""
    found = (target(next(filter(None, match.groups()), "")) for match in _ATTRIBUTE.finditer(text))
    return [name for name in found if name]


class Pages:
    """All pages of a manual, to be found by what links call them."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._exact: dict[str, str] = {}
        self._stems: dict[str, list[str]] = {}
        for name in ids:
            path = unicodedata.normalize("NFC", name)
            self._exact[path] = name
            for stem in _stems(path):
                self._stems.setdefault(stem, []).append(name)

    def resolve(self, page: str, path: str) -> str:
        """The page that the target `path` in a link on `page` leads to; empty: none, or `page` itself."""
        page = unicodedata.normalize("NFC", page)
        folder = posixpath.dirname(page)
        if path.startswith("/"):
            # From the site's root, which may be the manual's folder or the one above it.
            bases = [path[1:], path[1:].partition("/")[2]]
        else:
            bases = [posixpath.join(folder, path)]
            if not posixpath.splitext(path.rstrip("/"))[1]:
                # A generator may give every page a folder of its own, and links are relative to that.
                bases.append(posixpath.join(_PAGE.sub("", page), path))
        for base in filter(None, bases):
            if found := self._find(posixpath.normpath(base), like=page):
                return "" if found == self._exact.get(page, page) else found
        return ""

    def links(self, page: str, text: str) -> dict[str, str]:
        """The pages that the Markdown `text` of `page` refers to, by what names them there."""
        found = ((path, self.resolve(page, path)) for path in sorted(targets_in(text)))
        return {path: name for path, name in found if name}

    def _find(self, path: str, like: str) -> str:
        """The page at `path`, under any suffix; among several, the one with the suffix of `like`."""
        if path.startswith("../"):
            return ""
        if path in self._exact:
            return self._exact[path]
        suffix = posixpath.splitext(like)[1].lower()
        for stem in _stems(path):
            if found := self._stems.get(stem):
                return next((name for name in found if name.lower().endswith(suffix)), found[0])
        return ""


def _stems(path: str) -> tuple[str, ...]:
    """What a page is called without a suffix, in lower case; the first page of a folder has the folder's name besides."""
    stem = _PAGE.sub("", path).lower()
    above = _FRONT.sub("", stem)
    return (stem,) if above == stem else (stem, above or ".")
