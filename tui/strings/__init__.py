"""What the screen says, in the languages it speaks. Only the language that is asked for is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from tui.keymap import DEFAULT, Keymap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kotae.language import Language
    from tui.strings.commands import CommandStrings
    from tui.strings.compare import CompareStrings
    from tui.strings.conversations import ConversationStrings
    from tui.strings.flags import FlagStrings
    from tui.strings.settings import SettingsStrings
    from tui.strings.talk import TalkStrings

T = TypeVar("T", bound=msgspec.Struct)


class Strings(msgspec.Struct, frozen=True, kw_only=True):
    """Every text of the screen. Those with braces are filled with `str.format`; `<ACTION>` is filled with its key by `strings`."""

    lang: Language
    keymap: Keymap = DEFAULT
    """The keys as they are now."""
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
    conversations: ConversationStrings
    compare: CompareStrings
    commands: CommandStrings
    settings: SettingsStrings
    # notes
    busy: str
    starting_up: str
    quit_again: str
    find_command: str
    ask_from_now: str
    nothing_to_copy: str
    copied: str
    nothing_to_retry: str
    nothing_to_keep: str
    case_kept: str
    case_there: str
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
    methods: Mapping[str, str]
    """Who worded a query, by the name in the transcript; names that are not here are shown as they are."""
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

    def error(self, error: Exception) -> str:
        """What happened and what to do about it, in this language."""
        from tui.strings.errors import error_words

        return error_words(error, self.lang)

    def told(self, english: str) -> str:
        """A message or a hint that is in English where it arises, in this language."""
        from tui.strings.errors import in_language

        return in_language(english, self.lang)

    def note(self, english: str) -> str:
        """Like `told`, for several reasons in one."""
        from tui.strings.errors import note_in_language

        return note_in_language(english, self.lang)


def strings(lang: Language, keymap: Keymap = DEFAULT) -> Strings:
    """The catalogue of a language, with the keys that `keymap` says."""
    if lang == "ja":
        from tui.strings.ja import TEXTS
    else:
        from tui.strings.en import TEXTS
    return msgspec.structs.replace(_filled(TEXTS, keymap), keymap=keymap)


def _filled(texts: T, keymap: Keymap) -> T:
    """`texts` with the keys put into all texts that tell of one."""
    changed: dict[str, object] = {}
    for name in texts.__struct_fields__:
        value = getattr(texts, name)
        if isinstance(value, str) and (filled := keymap.filled(value)) != value:
            changed[name] = filled
        elif isinstance(value, msgspec.Struct):
            changed[name] = _filled(value, keymap)
    return msgspec.structs.replace(texts, **changed)
