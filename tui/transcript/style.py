"""The look of the transcript: its component classes and their default style sheet."""

from __future__ import annotations

from tui.transcript.palette import PREFIX

ROLES = (
    "question", "question-mark", "label", "status", "footer", "cue", "selected",
    "note-info", "note-hint", "note-warning", "note-error",
    "heading-1", "heading-2", "heading-3", "strong", "em", "strike", "code", "link", "escape", "muted",
    "marker", "quote", "quote-bar", "rule", "table-header", "table-rule", "fence", "fence-label",
    "syntax-comment", "syntax-keyword", "syntax-string", "syntax-number", "syntax-name",
    "flag-glyph", "flag-unsupported", "flag-contradicted", "flag-number", "flag-name",
    "flag-faint", "flag-plain", "flag-strong", "flag-rejected", "flag-selected", "summary", "summary-flagged",
)  # fmt: skip
"""What text can be; each is a component class `transcript--ROLE`."""

COMPONENTS = {PREFIX + role for role in ROLES}

CSS = """
TranscriptView {
    height: 1fr;
    background: $background;
    color: $foreground;
    overflow-x: hidden;
    overflow-y: auto;
    scrollbar-gutter: stable;
    scrollbar-size-vertical: 1;

    & > .transcript--question { background: $surface; }
    & > .transcript--question-mark { color: $primary; text-style: bold; }
    & > .transcript--label { text-style: bold; }
    & > .transcript--selected { text-style: bold; }
    & > .transcript--status { color: $text-muted; text-style: italic; }
    & > .transcript--footer { color: $text-muted; }
    & > .transcript--summary { color: $text-muted; }
    & > .transcript--summary-flagged { color: $text-warning; }
    & > .transcript--cue { background: $primary; color: $background; text-style: bold; }
    & > .transcript--note-info { color: $text-muted; }
    & > .transcript--note-hint { color: $text-muted; text-style: italic; }
    & > .transcript--note-warning { color: $text-warning; }
    & > .transcript--note-error { color: $text-error; }
    & > .transcript--heading-1 { color: $primary; text-style: bold underline; }
    & > .transcript--heading-2 { color: $primary; text-style: bold; }
    & > .transcript--heading-3 { text-style: bold; }
    & > .transcript--strong { text-style: bold; }
    & > .transcript--em { text-style: italic; }
    & > .transcript--strike { text-style: strike; }
    & > .transcript--code { color: $text-accent; background: $surface; }
    & > .transcript--link { color: $text-primary; text-style: underline; }
    & > .transcript--escape { color: $text-muted; text-style: dim; }
    & > .transcript--muted { color: $text-muted; }
    & > .transcript--marker { color: $text-muted; }
    & > .transcript--quote { color: $text-muted; text-style: italic; }
    & > .transcript--quote-bar { color: $secondary; }
    & > .transcript--rule { color: $foreground 30%; }
    & > .transcript--table-header { text-style: bold; }
    & > .transcript--table-rule { color: $foreground 30%; }
    & > .transcript--fence { background: $surface; }
    & > .transcript--fence-label { background: $surface; color: $text-muted; text-style: italic; }
    & > .transcript--syntax-comment { color: $text-muted; text-style: italic; }
    & > .transcript--syntax-keyword { color: $text-primary; }
    & > .transcript--syntax-string { color: $text-success; }
    & > .transcript--syntax-number { color: $text-warning; }
    & > .transcript--syntax-name { color: $text-accent; }
    & > .transcript--flag-glyph { text-style: bold not underline; }
    & > .transcript--flag-unsupported { color: $text-warning; text-style: underline; }
    & > .transcript--flag-contradicted { color: $text-error; text-style: underline; }
    & > .transcript--flag-number { color: $text-accent; text-style: underline; }
    & > .transcript--flag-name { color: $text-secondary; text-style: underline; }
    & > .transcript--flag-faint { text-style: dim not bold; }
    & > .transcript--flag-plain { text-style: not bold; }
    & > .transcript--flag-strong { text-style: bold; }
    & > .transcript--flag-rejected { color: $text-muted; text-style: not bold; }
    & > .transcript--flag-selected { text-style: reverse bold not dim; }
}
"""
