from __future__ import annotations

import codecs

import pytest

from kotae.charset import decode

META = '<meta http-equiv="Content-Type" content="text/html; charset={}">'


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("期間\r\n締め\r".encode(), "期間\n締め\n"),
        (codecs.BOM_UTF8 + "期間".encode(), "期間"),
        (codecs.BOM_UTF16_LE + "期間".encode("utf-16-le"), "期間"),
        (codecs.BOM_UTF16_BE + "期間".encode("utf-16-be"), "期間"),
    ],
)
def test_text_is_utf8_or_what_its_mark_says(data: bytes, text: str) -> None:
    assert decode(data) == text
    assert decode(data, html=True) == text


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        (META.format("shift_jis"), "cp932"),  # with ①, as Windows writes it
        ("<meta charset=EUC-JP>", "euc_jp"),
        ("<meta charset=iso-2022-jp>", "iso2022_jp"),
        ("<?xml version='1.0' encoding='Shift_JIS'?>", "cp932"),
        ("<meta charset='utf-16'>", "utf-8"),
        ("<meta charset='no-such'>", "utf-8"),
        ("<meta charset='rot13'>", "utf-8"),
        ("<meta charset='shift_jis'>", "utf-8"),  # it names one and is in another
        ("<title>charset=shift_jis</title>", "utf-8"),
    ],
)
def test_html_names_its_charset(head: str, encoding: str) -> None:
    text = head + ("①期間" if encoding in ("cp932", "utf-8") else "期間")
    assert decode(text.encode(encoding), html=True) == text


def test_latin_1_means_what_browsers_take_it_for() -> None:
    assert decode(b"<meta charset=iso-8859-1>\x93a\x94", html=True).endswith("“a”")


@pytest.mark.parametrize(
    ("data", "html", "reason"),
    [
        (b"caf\xe9", False, "not UTF-8"),
        (b"<meta charset=shift_jis>caf\xe9", False, "not UTF-8"),
        (b"caf\xe9", True, "not UTF-8, and it names no other charset"),
        (b"<meta charset=shift_jis>\x81", True, "neither UTF-8 nor cp932, which it names"),
        (codecs.BOM_UTF8 + b"\xff", False, "broken UTF-8"),
        (codecs.BOM_UTF16_LE + b"a", True, "broken UTF-16"),
    ],
)
def test_what_is_in_no_charset_is_refused_with_the_reason(data: bytes, html: bool, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        decode(data, html=html)
