"""PDF and Word files of a few lines, made from nothing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

Outline = Sequence[tuple[int, str, int]]
"""Level from 0, title, and number of the page from 0."""


def pdf(pages: Sequence[Sequence[str]], outline: Outline = (), title: str = "") -> bytes:
    """A PDF with these lines on its pages, in the encoding of Windows: byte 0x95 is a bullet."""
    objects: list[bytes] = [b"", b""]  # the catalogue and the pages come to stand here

    def add(data: str) -> int:
        objects.append(data.encode("latin-1"))
        return len(objects)

    font = add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    sheets = []
    for lines in pages:
        shown = "".join(f"({_literal(line)}) Tj 0 -16 Td " for line in lines)
        content = f"BT /F1 12 Tf 72 760 Td {shown}ET"
        stream = add(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        sheets.append(
            add(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {stream} 0 R "
                f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
            )
        )
    root = _outline(add, outline, sheets, len(objects) + 1) if outline else 0
    info = add(f"<< /Title ({_literal(title)}) >>")
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {f'/Outlines {root} 0 R' if root else ''} >>".encode()
    kids = " ".join(f"{sheet} 0 R" for sheet in sheets)
    objects[1] = f"<< /Type /Pages /Count {len(sheets)} /Kids [{kids}] >>".encode()
    return _file(objects, info)


def _literal(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _outline(add: object, outline: Outline, sheets: list[int], first: int) -> int:
    """The outline's objects, the root first; `first` is the number it gets."""
    numbers = [first + 1 + at for at in range(len(outline))]
    parents: list[int] = []
    open_: list[tuple[int, int]] = []
    for (level, _, _), number in zip(outline, numbers, strict=True):
        open_ = [(above, name) for above, name in open_ if above < level]
        parents.append(open_[-1][1] if open_ else first)
        open_.append((level, number))

    def children(parent: int) -> list[int]:
        return [number for number, above in zip(numbers, parents, strict=True) if above == parent]

    def ends(parent: int) -> str:
        below = children(parent)
        return f"/First {below[0]} 0 R /Last {below[-1]} 0 R /Count {len(below)}" if below else ""

    assert callable(add)
    add(f"<< /Type /Outlines {ends(first)} >>")
    for at, (_, title, page) in enumerate(outline):
        siblings = children(parents[at])
        place = siblings.index(numbers[at])
        links = f"/Prev {siblings[place - 1]} 0 R " if place else ""
        links += f"/Next {siblings[place + 1]} 0 R " if place + 1 < len(siblings) else ""
        add(
            f"<< /Title ({_literal(title)}) /Parent {parents[at]} 0 R {links}{ends(numbers[at])} "
            f"/Dest [{sheets[page]} 0 R /Fit] >>"
        )
    return first


def _file(objects: list[bytes], info: int) -> bytes:
    file = io.BytesIO()
    file.write(b"%PDF-1.4\n")
    places = []
    for number, data in enumerate(objects, start=1):
        places.append(file.tell())
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, data))
    start = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    file.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info {info} 0 R >>"
    file.write(b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer.encode(), start))
    return file.getvalue()


_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/></w:style>'
    for name in ("Title", "heading 1", "heading 2")
)


def paragraph(text: str, style: str = "") -> str:
    """A paragraph of Word's markup."""
    kind = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{kind}<w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def table(*rows: Sequence[str]) -> str:
    """A table of Word's markup."""
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def docx(body: str, **more: str) -> bytes:
    """A Word document with this body, and with files besides."""
    files = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "word/document.xml": f"<w:document {_WORD}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {_WORD}>{_STYLES}</w:styles>",
        **more,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file.getvalue()
