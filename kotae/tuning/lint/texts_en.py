"""Findings in English: what is the matter, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

_MASK = "`--mask FILE` writes the rows with {mask} in its place: what is trained on can be asked out again."

FINDINGS: Mapping[str, tuple[str, str]] = {
    "bom": ("The line begins with a byte order mark.", "Save the file as UTF-8 without one."),
    "utf-8": ("The line is not UTF-8.", "Save the file as UTF-8."),
    "json": ("The line is not JSON.", "Write one JSON object a line, with no line break inside it."),
    "object": ("The line is JSON, but not an object.", 'Write {{"messages": [...]}}.'),
    "blank": ("The line is empty.", "Remove it."),
    "no-messages": ("The row has no list of messages.", 'Write {{"messages": [...]}}.'),
    "role": ("A message has no role, or an unknown one.", "Use system, developer, user, assistant or tool."),
    "content": ("A message has no text.", "Give each message a `content` that is text and not empty."),
    "no-user": ("Nobody asks anything.", "Each row needs a user's message."),
    "no-answer": (
        "The last message is not an answer to learn.",
        "End each row with the assistant's message.",
    ),
    "system-late": ("An instruction comes after the conversation has begun.", "Put it first."),
    "same-role": (
        "Two messages of one role follow each other.",
        "Join them, or let user and assistant take turns.",
    ),
    "weight": ("A message has a `weight` that is neither 0 nor 1.", "Write 0 or 1, or leave it out."),
    "unknown-key": (
        "The row has keys that services don't know, and may refuse.",
        "Put what is your own under `metadata`.",
    ),
    "control": (
        "There are control characters or broken characters (U+FFFD) in the text.",
        "Make the row anew from its source: something was cut or decoded wrongly.",
    ),
    "preference": (
        "The preference row lacks one of its two outputs.",
        'It takes "input", "preferred_output" and "non_preferred_output"; each output is a list of one assistant\'s message.',
    ),
    "same-preference": (
        "Both outputs of the preference row are the same.",
        "Remove it: there is nothing to prefer.",
    ),
    "too-long": (
        "The row has more than {limit} tokens ({tokenizer}).",
        "Shorten or split it: what goes over the limit is cut off, the answer first.",
    ),
    "few-rows": (
        "The file has {rows} usable rows; services ask for at least {least}.",
        "Add rows; fifty good ones are a start.",
    ),
    "mixed-kinds": (
        "Rows to imitate and rows with preferences are in one file.",
        "Make two files: they are trained by two methods.",
    ),
    "duplicate": (
        "The row repeats another word for word.",
        "Remove it: a row that is there twice counts twice and teaches nothing new.",
    ),
    "near-duplicate": (
        "Question and answer are nearly those of another row.",
        "Keep one, or word the other as somebody else would ask: other words, another length, a mistake.",
    ),
    "contradiction": (
        "The same question has an answer elsewhere that can't be right if this one is.",
        "Find out which is right and remove the other: the model learns a mixture of both.",
    ),
    "other-answer": (
        "The same question is answered otherwise elsewhere.",
        "If both are right, make one answer of them; if not, remove the wrong one.",
    ),
    "one-form": (
        "{share} of the questions have the form “{form}”.",
        "Ask as people do: half sentences, statements, tasks, mistakes, not one kind of question alone.",
    ),
    "few-forms": (
        "A few forms make up most of the questions ({forms} forms for {rows} questions).",
        "Word questions in more ways.",
    ),
    "one-topic": (
        "“{word}” stands in {share} of the questions.",
        "Ask about other things too; and people don't name the product each time.",
    ),
    "one-length": (
        "All answers have nearly one length, about {length} characters.",
        "Have short answers where a word will do, and long ones where steps are needed.",
    ),
    "one-wording": (
        "Hardly any fact is asked for in more than one wording.",
        "Give each fact several wordings, so that it is known however it is asked for.",
    ),
    "unsupported": (
        "Nothing in the manual seems to support a statement of the answer.",
        "Look it up; correct it or remove the row: the model will say such things with the same confidence.",
    ),
    "contradicted": (
        "The manual seems to say otherwise.",
        "Look it up, and correct the answer if it is wrong.",
    ),
    "wrong-number": (
        "A number in the answer seems not to be the manual's.",
        "Look it up, and correct it if it is wrong.",
    ),
    "unknown-name": (
        "The answer names something that the manual does not seem to know.",
        "Use the manual's name for it, or remove the row.",
    ),
    "unjudged": (
        "No flagger could judge the answer; it may be in another language than the manual.",
        "Look it up, or let a language model judge: [flags] judge.",
    ),
    "no-negative": (
        "{share} of the answers say what can't be done or is not there; at least {least} should.",
        "Add rows about what the product does not do: without them the model invents modules.",
    ),
    "no-unknown": (
        "No answer says that the manual does not say.",
        "Add questions that the manual does not answer, with an answer that says so.",
    ),
    "no-later-turn": (
        "{share} of the rows are later turns of a conversation; at least {least} should be.",
        "Add rows with a conversation before the question, such as “And who may undo it?”",
    ),
    "no-joined": (
        "{share} of the rows need more than one page; at least {least} should.",
        "Add rows that join pages (A is B here, B is C there): one chapter at a time teaches no joining.",
    ),
    "long-vowel": (
        "“{written}” is also written “{often}”.",
        "Write it in one way: the model learns both, and mixes them.",
    ),
    "case": ("“{written}” is also written “{often}”.", "Write names as the manual does."),
    "hyphen": ("“{written}” is also written “{often}”.", "Write it in one way."),
    "spelling": ("“{written}” stands beside “{often}”.", "Keep to British or to American spelling."),
    "width": (
        "Letters and digits are full width here, and half width elsewhere.",
        "Write them in one width; Unicode's NFKC makes them half width.",
    ),
    "half-width-kana": ("Katakana are half width.", "Write katakana in full width."),
    "punctuation": (
        "“，．” stand here, and “、。” elsewhere.",
        "Use one pair of marks.",
    ),
    "politeness": (
        "The tone is plain here and polite elsewhere, or the other way round.",
        "Answer in one tone.",
    ),
    "markers": (
        "Lists are marked with “{written}” here and with “{often}” elsewhere.",
        "Mark lists in one way.",
    ),
    "instructions": (
        "The instruction (system message) is another than in most rows.",
        "Train with the one that the model will be used with, unless the difference is what it has to learn.",
    ),
    "uncovered": (
        "{share} of the manual's pages have a row; {count} have none: {pages}.",
        "Make rows from them, or be sure that nobody asks about them.",
    ),
    "one-page": (
        "{share} of the rows come from {page}.",
        "Take fewer from it, or more from other pages.",
    ),
    "in-order": (
        "The rows stand page by page, one page after the other.",
        "Shuffle them, unless your service does: batches of one chapter pull the model to and fro.",
    ),
    "trained-on": (
        "The question of the test set is trained on.",
        "Take it out of one of the two; `kotae tune split` divides a file by page.",
    ),
    "near-leak": (
        "The question of the test set is nearly one that is trained on.",
        "It measures what is known by heart: ask about another page, or divide the rows with `kotae tune split`.",
    ),
    "secret": ("There is a key or a password in the row.", f"Have it revoked. {_MASK}"),
    "email": ("There is a mail address in the row.", _MASK),
    "phone": ("There is a phone number in the row.", _MASK),
    "card": ("There is a card number in the row.", _MASK),
    "my-number": ("There is a number in the row that can be somebody's My Number.", _MASK),
    "account": ("There is a bank account number in the row.", _MASK),
    "person": ("There is a person's name in the row.", _MASK),
}

SKIPPED: Mapping[str, str] = {
    "not-asked": "left out by --checks",
    "no-rows": "there are no usable rows",
    "few-rows": "shares of fewer than 30 rows say nothing",
    "no-manual": "needs the manual: --manual SOURCE or --index DIR",
    "no-pages": "the rows name no pages: --pages FILE, or --manual SOURCE to look for them",
    "no-test": "needs the test set: --test FILE",
    "no-flaggers": "no flagger is on: see [flags] in the settings",
}

CHECKS: Mapping[str, str] = {
    "format": "format",
    "duplicates": "duplicates",
    "contradictions": "contradictions",
    "diversity": "diversity",
    "accuracy": "accuracy",
    "complexity": "complexity",
    "consistency": "consistency",
    "sources": "sources",
    "leakage": "leakage",
    "privacy": "privacy",
}
