"""The bundled formats: what is said is what was said, and nothing in it is more than text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

import plugins.exports
from kotae import hookimpl
from kotae.conversation import Conversation, Flag, Passage, Turn
from kotae.preferences import Outcome, Preference
from plugins.exports import register_exports
from plugins.manager import PluginManager

EXPORTS = {export.name: export for export in register_exports()}


def turn(turn_id: str, question: str, answer: str, parent: str | None = None, **more: Any) -> Turn:
    return Turn(
        id=turn_id,
        question=question,
        answer=answer,
        parent=parent,
        **{"backend": "rag", "status": "stop", **more},
    )


def flag(answer: str, words: str, **more: Any) -> Flag:
    start = answer.index(words)
    return Flag(
        **{"start": start, "end": start + len(words), "kind": "number", "score": 0.9, "reason": "no", **more}
    )


def conversation(*turns: Turn, title: str = "", head: str = "") -> Conversation:
    return Conversation(
        id="c",
        created="2026-01-02T03:04:05.000+00:00",
        title=title,
        turns={one.id: one for one in turns},
        head=head or turns[-1].id,
    )


def written(name: str, *conversations: Conversation) -> str:
    return "".join(EXPORTS[name].write(conversations))


def test_they_are_registered_as_anyone_s_are() -> None:
    manager = PluginManager()
    manager.load()
    assert set(manager.register_exports()) >= {"markdown", "html", "json", "chat"}


class Own:
    """Another package's idea of Markdown."""

    name = "markdown"
    suffix = ".md"
    about = "ours"

    def write(self, conversations: Iterable[Conversation]) -> Iterator[str]:
        yield from (one.id for one in conversations)


def test_another_s_format_wins_over_a_bundled_one_of_its_name() -> None:
    manager = PluginManager()
    manager.add("exports", plugins.exports)
    manager.add("own", _plugin([Own()]))
    assert manager.register_exports()["markdown"].about == "ours"


def test_what_is_no_format_switches_its_plugin_off_and_the_others_stay() -> None:
    said: list[str] = []
    manager = PluginManager(report=said.append)
    manager.add("exports", plugins.exports)
    manager.add("bad", _plugin(["markdown"]))
    assert set(manager.register_exports()) == {"markdown", "html", "json", "chat", "picked", "preferences"}
    (line,) = said
    assert "Plugin bad was switched off" in line
    assert "gave str where Export is wanted" in line


def _plugin(exports: list[Any]) -> object:
    class Plugin:
        @hookimpl
        def register_exports(self) -> list[Any]:
            return exports

    return Plugin()


# -- fine-tuning rows -----------------------------------------------------------------------------------------------------


def rows(*conversations: Conversation) -> list[Any]:
    return [json.loads(line) for line in written("chat", *conversations).splitlines()]


def test_a_row_is_the_branch_on_view() -> None:
    forked = conversation(
        turn("a", "誰？", "経理責任者"),
        turn("b", "Left?", "No.", "a"),
        turn("c", "Right?", "Yes.", "a"),
        head="b",
    )
    assert rows(forked) == [
        {
            "messages": [
                {"role": "user", "content": "誰？"},
                {"role": "assistant", "content": "経理責任者"},
                {"role": "user", "content": "Left?"},
                {"role": "assistant", "content": "No."},
            ]
        }
    ]


def test_what_is_not_to_be_learnt_weighs_nothing() -> None:
    wrong = "Within 90 days."
    said = conversation(
        turn("a", "1?", "Half", status="cancelled"),
        turn("b", "2?", wrong, "a", flags=(flag(wrong, "90 days", verdict="confirmed"),)),
        turn("c", "3?", wrong, "b", flags=(flag(wrong, "90 days", verdict="rejected"),)),
    )
    assert [m.get("weight") for m in rows(said)[0]["messages"] if m["role"] == "assistant"] == [0, 0, None]


def test_a_conversation_without_a_whole_answer_gives_no_row() -> None:
    assert rows(conversation(turn("a", "1?", "", status="error"))) == []
    assert rows(conversation(turn("a", "1?", "Half", status="length"))) == []


# -- json -----------------------------------------------------------------------------------------------------------------


def test_json_holds_every_branch_and_can_be_read_back() -> None:
    said = conversation(
        turn("a", "1?", "x\ud800"), turn("b", "2?", "y", "a"), turn("c", "3?", "z", "a"), title="題"
    )
    row = json.loads(written("json", said))
    assert [Turn.from_dict(data).id for data in row["turns"]] == ["a", "b", "c"]
    assert (row["title"], row["head"], row["turns"][0]["answer"]) == ("題", "c", "x\ufffd")


# -- to read --------------------------------------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script> & \x1b[31m \u202e ```"


def test_markdown_has_questions_answers_sources_and_flags() -> None:
    answer = "Within **90 days**."
    said = conversation(
        turn(
            "a",
            "Who?\nAnd when?",
            answer,
            passages=(Passage(id="p", document="a.md", title="Roles › Who", text="x"),),
            flags=(flag(answer, "90 days"), flag(answer, "Within", verdict="rejected")),
        ),
        turn("b", "Who?\nAnd when?", "Never.", backend="base"),
        title="題名 *x*",
    )
    assert written("markdown", said) == (
        "# 題名 \\*x\\*\n"
        "\n> Who?\n> And when?\n"
        "\n### rag\n\nWithin **90 days**.\n\n1. Roles › Who (a.md)\n\n- ⚑ number: “90 days” no\n"
        "\n### base\n\nNever.\n"
    )


def test_a_code_block_that_was_cut_off_is_closed_in_markdown() -> None:
    said = conversation(turn("a", "?", "```py\nx = 1", status="length"), turn("b", "Next?", "y", "a"))
    assert "```py\nx = 1\n```\n\n*length*\n\n> Next?" in written("markdown", said)


class _Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_nothing_from_outside_is_markup_in_the_page() -> None:
    said = conversation(
        turn(
            "a",
            HOSTILE,
            HOSTILE,
            backend=HOSTILE,
            status="error",
            error=HOSTILE,
            passages=(Passage(id="p", document=HOSTILE, title=HOSTILE, text=HOSTILE),),
            flags=(flag(HOSTILE, "alert", reason=HOSTILE),),
        ),
        title=HOSTILE,
    )
    page = _Tags(written("html", said))
    assert page.tags <= {
        *("html", "head", "meta", "title", "style", "body", "section", "h1", "h2", "p", "div"),
        *("mark", "ol", "ul", "li"),
    }
    assert page.attributes <= {"charset", "name", "content", "http-equiv", "class"}
    assert page.text.count("<script>") == 8
    assert "\x1b" not in page.text
    assert "\u202e" not in page.text


def test_flags_that_overlap_are_one_mark_in_the_page() -> None:
    said = conversation(turn("a", "?", "abcdef", flags=(flag("abcdef", "abcd"), flag("abcdef", "cdef"))))
    assert '<div class="answer"><mark>abcd</mark><mark>ef</mark></div>' in written("html", said)


# -- votes ----------------------------------------------------------------------------------------------------------------


def voted(outcome: Outcome, winner: str = "", *, stopped: str = "") -> Conversation:
    asked = [turn("first", "Who closes it?", "The Controller.")]
    asked += [
        turn(
            name,
            "And who reopens it?",
            f"By {name}.",
            "first",
            backend=name,
            status="cancelled" if name == stopped else "stop",
        )
        for name in ("base", "rag", "tuned")
    ]
    vote = Preference(turns=("base", "rag", "tuned"), outcome=outcome, winner=winner)
    return conversation(*asked).with_preference(vote)


def test_a_vote_gives_pairs_as_preference_fine_tuning_takes_them() -> None:
    lines = [json.loads(line) for line in written("preferences", voted("better", "rag")).splitlines()]
    assert [row["non_preferred_output"][0]["content"] for row in lines] == ["By base.", "By tuned."]
    assert lines[0] == {
        "input": {
            "messages": [
                {"role": "user", "content": "Who closes it?"},
                {"role": "assistant", "content": "The Controller."},
                {"role": "user", "content": "And who reopens it?"},
            ],
            "tools": [],
            "parallel_tool_calls": True,
        },
        "preferred_output": [{"role": "assistant", "content": "By rag."}],
        "non_preferred_output": [{"role": "assistant", "content": "By base."}],
    }


def test_an_answer_that_was_picked_is_one_row_however_many_it_beat() -> None:
    (row,) = [json.loads(line) for line in written("picked", voted("better", "rag")).splitlines()]
    assert [message["content"] for message in row["messages"]] == [
        "Who closes it?",
        "The Controller.",
        "And who reopens it?",
        "By rag.",
    ]


def test_ties_and_answers_that_broke_off_give_nothing() -> None:
    for name in ("preferences", "picked"):
        assert written(name, voted("tie"), voted("bad")) == ""
    assert len(written("preferences", voted("better", "rag", stopped="base")).splitlines()) == 1
