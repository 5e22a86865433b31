"""Word documents (.docx): mammoth makes HTML of them, which is read like any other."""

from __future__ import annotations

import zipfile
from pathlib import Path

from backends.retrieval.readers.html import read_html
from kotae.reading import PageText

LARGEST_CONTENT = 64 * 1024 * 1024
"""Bytes of text and marks that are unpacked; a few kilobytes can be packed so that they fill any memory."""
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name^='Code'] => pre:separator('\\n')
p[style-name='HTML Preformatted'] => pre:separator('\\n')
"""


class WordReader:
    """Documents of Word 2007 and later. Where in the file a passage stands can't be said."""

    needs = "mammoth"
    suffixes = frozenset({".docx"})

    def read(self, path: Path) -> PageText:
        _check(path)
        import mammoth

        with path.open("rb") as file:
            html = mammoth.convert_to_html(
                file, style_map=_STYLES, convert_image=mammoth.images.img_element(lambda _image: {"src": ""})
            ).value
        read = read_html(f"<main>{html}</main>")
        return PageText(text=read.text, title=read.title)


def _check(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(
                entry.file_size for entry in archive.infolist() if entry.filename.endswith((".xml", ".rels"))
            )
            if "word/document.xml" not in archive.namelist():
                raise ValueError("not a Word document")
    except zipfile.BadZipFile:
        raise ValueError("not a Word document, broken, or protected by a password") from None
    if size > LARGEST_CONTENT:
        raise ValueError(f"larger than {LARGEST_CONTENT // 2**20} MiB when it is unpacked")
