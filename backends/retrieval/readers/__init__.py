"""A reader for every format that a page of a manual may be in, looked up by the file's suffix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from backends.retrieval.readers.html import HtmlReader
from backends.retrieval.readers.pdf import PdfReader
from backends.retrieval.readers.plain import MarkdownReader, PlainReader
from backends.retrieval.readers.word import WordReader
from kotae.reading import Reader

BUILT_IN: tuple[Reader, ...] = (MarkdownReader(), PlainReader(), HtmlReader(), PdfReader(), WordReader())


def by_suffix(others: Sequence[Reader] = ()) -> Mapping[str, Reader]:
    """The reader of each suffix; those of plugins come before the built-in ones."""
    return {suffix: reader for reader in (*BUILT_IN, *reversed(others)) for suffix in reader.suffixes}


def missing(reader: Reader) -> str:
    """What has to be installed before `reader` can read anything, as a reason to pass over its files; empty: nothing."""
    package = getattr(reader, "needs", "")
    if not package or find_spec(package) is not None:
        return ""
    return f"needs {package}, which comes with the extra `office`: pip install 'kotae[office]'"
