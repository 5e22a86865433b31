"""What the screen says, in the languages it speaks. Only the language that is asked for is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kotae.language import Language
    from tui.strings.flags import FlagStrings
    from tui.strings.talk import TalkStrings


class Strings(msgspec.Struct, frozen=True, kw_only=True):
    """Every text of the screen. Those with braces are filled with `str.format`."""

    lang: Language
    placeholder: str
    tagline: str
    samples: tuple[str, str, str]
    samples_title: str
    sample_hint: str
    resume_hint: str
    sample_manual: str
    # states
    loading: str
    loading_waits: str
    load_failed: str
    ready: str
    answering: str
    checking: str
    closing: str
    waiting: str
    searching: str
    passages_found: str
    stages: Mapping[str, str]
    """Backends' progress stages, by their English name."""
    per_second: str
    seconds_left: str
    minutes_left: str
    hours_left: str
    # footers
    first: str
    seconds: str
    tokens: str
    rate: str
    cost: str
    stopped: str
    cut_off: str
    failed: str
    not_in_history: str
    edited_query: str
    flags: FlagStrings
    # notes
    busy: str
    starting_up: str
    quit_again: str
    find_command: str
    ask_from_now: str
    nothing_to_copy: str
    copied: str
    nothing_to_retry: str
    nothing_to_resume: str
    nothing_searched: str
    no_flags: str
    resumed: str
    question_back: str
    unknown_command: str
    unknown_backend: str
    unknown_theme: str
    pasted: str
    no_page: str
    page_gone: str
    page_failed: str
    page_too_large: str
    page_binary: str
    unexpected: str
    # inspector
    inspector: str
    nothing_to_inspect: str
    question: str
    searched_for: str
    as_typed: str
    edited: str
    edit_hint: str
    found_by_query: str
    found_by_part: str
    went_on_from: str
    went_on_with: str
    see_also: str
    passages: str
    no_passages: str
    cited: str
    open_hint: str
    timings: str
    model: str
    messages_sent: str
    score: str
    close_hint: str
    line: str
    # query
    query_title: str
    query_keys: str
    query_placeholder: str
    query_lines: str
    query_again: str
    cancel: str
    talk: TalkStrings
    # keys
    keys: Mapping[str, str]
    """By action name: a few words for the help screen and the palette."""
    short: Mapping[str, str]
    """By action name: one word for the status line."""
    groups: Mapping[str, str]
    help_title: str
    slash_title: str


def strings(lang: Language) -> Strings:
    """The catalogue of a language."""
    if lang == "ja":
        from tui.strings.ja import TEXTS
    else:
        from tui.strings.en import TEXTS
    return TEXTS
