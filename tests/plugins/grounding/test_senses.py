"""What is denied word by word, and claims that say the opposite of a sentence."""

from __future__ import annotations

import pytest

from kotae.conversation import Passage
from plugins.grounding.conflicts import conflict
from plugins.grounding.evidence import gather
from plugins.grounding.senses import senses
from plugins.grounding.tables import cells
from plugins.grounding.text import tokens


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("Posted invoices cannot be deleted.", {"delet"}),
        ("If the guest does not arrive, the deposit is kept.", {"arriv"}),
        ("No goods may be moved until then.", {"move"}),
        ("A pallet without a label stays there.", {"label"}),
        ("The field is optional.", {"requir"}),
        ("The field is not optional.", set()),
        ("It is not only fast but cheap.", set()),
        ("It cannot be signed until it is paid.", set()),
        ("転記した請求書は削除できません。", {"削除"}),
        ("瓶に戻さずに捨ててください。", {"戻"}),
        ("入力しなければなりません。", set()),
        ("この欄は任意です。", {"必要"}),
        ("配線は不可逆です。", set()),
        ("承認できるのは部長だけで、課長にしかできません。", set()),
    ],
)
def test_a_negation_denies_one_word(text: str, denied: set[str]) -> None:
    assert {sense.key for sense in senses(text) if sense.denied} == denied


@pytest.mark.parametrize(
    ("claim", "text", "opposite"),
    [
        ("The lamp can be replaced.", "The lamp lasts ten years and cannot be replaced.", True),
        ("You cannot replace the lamp.", "The lamp lasts ten years and cannot be replaced.", False),
        ("The export is no longer possible.", "The export remains possible.", True),
        ("If the guest does not arrive, the fee is kept.", "The fee is not kept if the guest does not arrive.", True),
        ("If the guest does not arrive, the fee is lost.", "The fee is lost if the guest does not arrive.", False),
        ("Drafts may be printed without a number.", "Drafts may be printed with a number.", True),
        ("The order can be closed after it is paid.", "The order cannot be closed until it is paid.", False),
        ("Nobody may print the list.", "Printing the list is not allowed.", False),
        ("使った部品は箱に戻します。", "使った部品は箱に戻さずに捨てます。", True),
        ("使った部品は箱に戻しません。", "使った部品は箱に戻さずに捨てます。", False),
        ("この番号は変更できます。", "この番号は後から変更することはできません。", True),
        ("部品を外せるのは検査の後です。", "検査が終わるまで部品を外すことはできません。", False),
        ("Nobody except the foreman can open the valve.", "Only the foreman can open the valve.", False),
        ("No one but the foreman may open the valve.", "The foreman may open the valve.", False),
        ("Nobody can open the valve.", "The foreman can open the valve.", True),
        ("検査員以外は弁を開けることはできません。", "弁を開けることができるのは検査員だけです。", False),
        ("検査員は弁を開けることはできません。", "検査員は弁を開けることができます。", True),
        ("Guests have no access but can read the manual.", "Guests have access and can read the manual.", True),
        ("Drafts have no number but show a date.", "Drafts have a number and show a date.", True),
        ("平日以外は利用者が少ない。", "平日は利用者が少ない。", True),
    ],
)  # fmt: skip
def test_opposites_are_told_from_other_words_for_the_same(claim: str, text: str, opposite: bool) -> None:
    evidence = gather([Passage(id="1", document="", title="", text=text)])
    assert (conflict(claim, tokens(claim), evidence) is not None) == opposite


def test_a_table_is_read_cell_by_cell() -> None:
    table = "Roles:\n\n| Role | May enter | May post | Limit |\n|---|:-:|---|--:|\n| Clerk | yes | no | 5 |\n\nEnd."
    assert [cell.sentence() for cell in cells(table)] == [
        "Clerk May enter",
        "Clerk not May post",
        "Clerk Limit 5",
    ]
    assert [cell.sentence() for cell in cells("| 役割 | 承認 |\n|---|---|\n| 主任 | 不可 |")] == [
        "主任 承認不可"
    ]
    assert cells("| no | head |\n| a | b |") == []


async def test_what_a_table_denies_is_no_claim_to_make() -> None:
    table = "| Role | May enter | May post |\n|---|---|---|\n| Clerk | yes | no |\n| Controller | yes | yes |"
    evidence = gather([Passage(id="1", document="", title="", text=table)])
    for claim, wrong in (
        ("A clerk may post.", True),
        ("A controller may post.", False),
        ("A clerk may enter.", False),
    ):
        assert (conflict(claim, tokens(claim), evidence) is not None) == wrong, claim


@pytest.mark.parametrize(
    ("claim", "text", "swapped"),
    [
        (
            "Files go from the office to the archive.",
            "Files go from the archive to the office once a day.",
            True,
        ),
        (
            "Files go from the archive to the office.",
            "Files go from the archive to the office once a day.",
            False,
        ),
        (
            "Copies move from Oslo to Rome.",
            "Copies move from the main site in Rome to the spare site in Oslo.",
            True,
        ),
        ("書類は本社から支店へ送ります。", "書類は支店から本社へ毎日送ります。", True),
        ("書類は支店から本社へ送ります。", "書類は支店から本社へ毎日送ります。", False),
    ],
)
def test_a_way_has_two_ends(claim: str, text: str, swapped: bool) -> None:
    evidence = gather([Passage(id="1", document="", title="", text=text)])
    found = conflict(claim, tokens(claim), evidence)
    assert (found is not None) == swapped


def test_a_drawn_out_vowel_alone_is_a_word_like_any_other() -> None:
    assert all(word.key for word in tokens("えーーーー、ロットは結合できます。"))
