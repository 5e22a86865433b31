"""Pages that were made to be slow: `python -m tests.backends.retrieval.hostile` prints the seconds that each one takes.

A program of its own, which the system ends: an expression that goes over and over a text lets nothing else run in its process.
"""

from __future__ import annotations

import json
import resource
import time

from backends.retrieval.asking import suits, wanted
from backends.retrieval.links import targets_in, targets_in_html
from backends.retrieval.marks import only_refers, search_text
from backends.retrieval.page import Page
from backends.retrieval.passages import cut
from backends.retrieval.quotable import quotables
from backends.retrieval.readers.plain import front_matter
from backends.retrieval.rewriting import rewrite
from backends.retrieval.text import tokens
from kotae.claims import claims
from kotae.conversation import Message, Passage

SIZE = 10_000
"""Characters of a page."""
MOST = 60
"""Seconds of CPU after which the system ends the program."""
_REPEATED = (
    "-", "--|", "--:", ":--", "| -- ", "<!-- x -->", "<!--", "!<!--", " ", "\t", "\n", "- ", "> ", "* ", "**a", "_a", "[", "![",
    "](", "](<", '[a](b "', '[a]: b "\n', "<a ", '<a href="', "<?", "<!A", "<![CDATA[", "`", "``a`", "```\n", "\\", "&", "|",
    "|a|\n", "|-|\n", "A", "Aa", "Aa ", "a.", "1", "1,", "1. ", "!", ". ", "あ", "漢", "ア", "ー—", "。", "「", "(", ")", "# ",
    "follows ", "次の", "a: ", "- a\n", "---\n", "an abc ", "second ", "who ", "<div>",
)  # fmt: skip
_ENDS = ("", " x", "\n\n-->", '"', ")")


def pages() -> dict[str, str]:
    """The pages by what they are made of."""
    found = {
        f"{unit!r} {end!r}": (unit * (SIZE // len(unit) + 1))[:SIZE] + end
        for unit in _REPEATED
        for end in _ENDS
    }
    found["a list in lists"] = "\n".join("  " * level + "- a" for level in range(200))
    return found


def read(text: str) -> None:
    """All that is done with a page, and with an answer or a question that is as long."""
    page = Passage(id="p.md", document="p.md", title="Page", text=text, source="p.md")
    for markdown in (True, False):
        for passage in cut(
            Page(id="p.md", title="Page", text=text, source="p.md", links={"a": "b"}, markdown=markdown)
        ):
            search_text(passage)
    search_text(page)
    only_refers(text)
    front_matter(text)
    targets_in(text)
    targets_in_html(text)
    tokens(text)
    claims(text)
    for part in (text, *(found.text for found in quotables(page.title, text))):
        suits(part, "", wanted("who, how many, how to?"))
    rewrite((Message("user", text), Message("assistant", text)), "and the second one?")
    rewrite((Message("user", "What is it?"), Message("assistant", "Nothing.")), text)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST, MOST))
    read("# Warm\n\nA page like others.")
    for name, text in pages().items():
        began = time.process_time()
        read(text)
        print(json.dumps([name, time.process_time() - began]), flush=True)


if __name__ == "__main__":
    main()
