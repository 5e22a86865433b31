"""Questions of the evidence, and what it answers to them."""

from __future__ import annotations

import pytest

from tests.plugins.grounding.conftest import check

WRONG = [
    ("You can undo a posting.", "Can I undo a posting? No. Post a reversal instead."),
    ("A posting can be undone.", "Q: Can I undo a posting?\nA: No, but you can post a reversal."),
    (
        "A clerk can reopen a closed period.",
        "Can a clerk reopen a closed period? No. Only the Controller can.",
    ),
    ("The app works offline.", "Does the app work offline? No, it needs a connection."),
    ("You can undo a posting.", "Can I undo a posting? Unfortunately not."),
    ("You can undo a posting.", "**Can I undo a posting?** **No**, never."),
    ("締めた期間は再開できます。", "締めた期間は再開できますか？いいえ、締めた期間は再開できません。"),
    ("締めた期間は再開できます。", "締めた期間は再開できますか？いいえ。"),
    ("締めた期間は再開できます。", "Q. 締めた期間は再開できますか。\nA. いいえ、できません。"),
]
RIGHT = [
    ("You can undo a posting.", "Can I undo a posting? Yes. Use the menu."),
    ("You cannot undo a posting.", "Can I undo a posting? No. Post a reversal instead."),
    (
        "The Controller can reopen a closed period.",
        "Can a clerk reopen a closed period? No. Only the Controller can.",
    ),
    (
        "The app works offline with the extra module.",
        "Does the app work offline? No, it needs a connection. With the extra module the app works offline.",
    ),
    ("The app works offline.", "Did the app work offline before? No. Since version 3 the app works offline."),
    (
        "Shipping is free for orders over 50 euros.",
        "Is shipping free for orders under 50 euros? No, it costs 5 euros.",
    ),
    (
        "You can export invoices to a CSV file on the paid plan.",
        "Can I export invoices to a CSV file on the free plan? No. You need the paid plan for that.",
    ),
    ("The export contains all users.", "Why does the export contain all users? No filter was set."),
    ("締めた期間は再開できます。", "締めた期間は再開できますか？はい。経理責任者が再開できます。"),
    ("締めた期間は再開できません。", "締めた期間は再開できますか？いいえ。"),
]


@pytest.mark.parametrize(("claim", "page"), WRONG)
async def test_who_says_yes_where_the_manual_says_no_contradicts_it(claim: str, page: str) -> None:
    [flag] = await check(claim, page)
    assert (flag.kind, flag.score >= 0.7) == ("contradicted", True)


@pytest.mark.parametrize(("claim", "page"), RIGHT)
async def test_another_answer_and_another_question_do_not_contradict(claim: str, page: str) -> None:
    assert not await check(claim, page)
