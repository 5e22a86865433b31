"""Rewriting a question from the history, without a model.

A follow-up names its subject only in an earlier turn. What earlier turns were about is carried over as terms in front of the
question, the older the fainter (see `queries`). The question itself is changed in one way: an item of the last answer that it picks
by its place stands in it by its name (see `choosing`). Expanding a question with the terms of its
history is what unsupervised conversational search does best (Lin et al. 2021, "Multi-stage conversational passage retrieval").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from backends.retrieval import choosing, queries
from backends.retrieval.text import STOP_WORDS, is_unspaced, normalise, tokens
from kotae.conversation import Message, Rewrite
from kotae.queries import typed

TURNS = 4
"""How many earlier questions are looked at."""
TERMS_OF_QUESTION = 8
TERMS_OF_ANSWER = 5
"""How many terms are carried over of one question, and of the last answer."""
COMPLETE = 4
"""A question with so many terms of its own, and nothing that points back, needs nothing from the history; with one fewer, if it
shares none with the history either, it has changed the subject."""

_LONGEST = 4000
"""Characters of a message that are looked at."""

_SWITCH = re.compile(
    r"^\W*(?:by the way|btw|(?:on )?(?:a|an)(?:other| different| new| unrelated) (?:question|topic|matter|subject|note)"
    r"|(?:new|different|another|unrelated|separate) (?:question|topic)|(?:let's|let us) (?:change|switch)|chang(?:e|ing) (?:of )?"
    r"(?:the )?(?:topic|subject)|switching (?:topics?|subjects?)|moving on|forget (?:that|it|about)"
    r"|ところで|話は変わ|話(?:題)?を変え|別の(?:質問|話|件)|それとは別|全然関係|違う話)",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those|there|he|she|his|her|him|ones?|then|same|such|else|also|too|former"
    r"|latter|either|neither|both|another|others?|instead)\b"
    r"|^\W*(?:and|but|or|so|what about|how about|yes|yeah|no|ok|okay)\b",
    re.IGNORECASE,
)
_POINTS_BACK_JA = re.compile(
    r"それ|その|そこ|そう|これ|この|ここ|こう|あれ|あの|彼|同じ|ほか|他|前者|後者|(?<!の)最初の|次の"
    r"|^(?:では|じゃ|でも|また|あと|はい|いいえ)"
)
_INTRODUCES = re.compile(
    r"\b(?:an?|every|any) (?!(?:few|lot of|little|bit|while|more)\b)[^\W\d_]{3,}(?:[^?!]*)|^\W*what (?:is|are) [A-Z]"
    r"|(?:とは|って|というのは)[、 ]?(?:何|なん|どう(?:いう|いった))",
)
"""A question that brings its own subject: `a period`, not `the period`."""
_CHATTER = """
    hello hi hey thanks thank okay ok yeah yep sure sir madam well need want know tell help like get also
    question information info possible anything something thing things
"""
_CHATTER_JA = """
    何年 何月 何日 何人 何時 何回 何歳 何度 何処 何故 名前 理由 方法 場合 以下 以上 質問 どこ いつ それ これ あれ その この あの
    ここ そこ どれ どの どう だれ なぜ では じゃあ はい いいえ ええ また そして それで それは
"""
_SAYS_NOTHING = STOP_WORDS | frozenset(_CHATTER.split()) | frozenset(_CHATTER_JA.split())
_WORD = re.compile(r"[^\W_]+(?:[-_./'’&+][^\W_]+)*")
_KANJI = r"[\u3400-\u9fff々〆\d０-９]"
_KATAKANA = r"[\u30a1-\u30fa\u30fc・]"
_ADJECTIVES = "[同多高低長短広狭遅早速重軽暑寒熱古若薄厚強弱深浅近遠悪良安赤青白黒]"
_OKURIGANA = f"(?:[わまかが]り|[きちひみりぎびけせめれえげべ]|(?<!{_ADJECTIVES})[いじ])"
_JA_NOUN = (
    rf"{_KANJI}+(?:(?:{_OKURIGANA}|(?<!{_KANJI}{{2}})し){_KANJI}+)*(?:{_OKURIGANA}|し(?!、))?"
    r"(?=[はがをのへともやでに、。，．：:/／「」『』（）()？！?!\s]|から|まで|より|など|だけ|のみ|\Z)"
)
"""Kanji with the hiragana that belong to them: `仮締め` is a noun in `仮締めは`, and none in `仮締めます`."""
_JA_TERM = re.compile(
    r"「[^」]{1,30}」|『[^』]{1,30}』|[A-Za-z0-9Ａ-Ｚａ-ｚ０-９][\w\-.]*[A-Za-z0-9]|[\u30a1-\u30fa\u30fc・＝=]{2,}(?:[\u4e00-\u9fff々]+)?"
    rf"|{_JA_NOUN}|{_KANJI}+(?:{_KATAKANA}+[\u3400-\u9fff々]*)*"
)
_JA_TOPIC = re.compile(r"^\W*([\u3041-\u3096]{2,10}?)(?=[はのがをにで]|とは|って)(?!ので)")


def rewrite(history: Sequence[Message], question: str) -> Rewrite | None:
    """The query to search for.

    First questions, and those that say they change the subject, stay as they are typed. Pure, and takes well under 5 ms.
    """
    asked = question.strip()
    if not asked:
        return None
    if len(asked) > _LONGEST:
        note = f"only the first {_LONGEST:,} characters are searched for"
        return Rewrite(query=typed(asked[:_LONGEST]), method="as typed", note=note)
    earlier = _exchanges(history)
    last = earlier[-1][1][-_LONGEST:] if earlier else ""
    if choosing.closes(asked, last):
        return Rewrite(
            query=typed(asked), method="as typed", note="nothing is asked, and nothing searched for"
        )
    if not earlier or _SWITCH.match(asked) or _complete(asked, history):
        return Rewrite(query=typed(asked), method="as typed")
    item = choosing.chosen(asked, earlier[-1][1][:_LONGEST])
    meant = item.about if item else choosing.agreed(asked, last)
    if item:
        asked = item.question
    seen = set(tokens(asked))
    parts: list[str] = []
    for age, (user, answer) in enumerate(reversed(earlier[-TURNS:])):
        of_meant = _fresh(naming_terms(meant), seen, TERMS_OF_QUESTION) if age == 0 else []
        found = _fresh(naming_terms(user), seen, TERMS_OF_QUESTION)
        if age == 0:
            whole = "" if item or meant else choosing.without_declined(asked, answer)
            found += _fresh(naming_terms(whole), seen, TERMS_OF_ANSWER) + of_meant
        if found:
            parts.append(" ".join(found))
        if _SWITCH.match(user):
            break
    if not parts and not item:
        return Rewrite(query=typed(asked), method="as typed")
    return Rewrite(query=queries.join([*reversed(parts), asked]), method="carry-over")


def _complete(question: str, history: Sequence[Message]) -> bool:
    points_back = _POINTS_BACK_JA if is_unspaced(question) else _POINTS_BACK
    terms = len(list(naming_terms(question)))
    if points_back.search(question) or choosing.picks(question):
        return False
    if _INTRODUCES.search(question):
        return True
    if terms < COMPLETE - 1:
        return False
    return terms >= COMPLETE or set(tokens(question)).isdisjoint(
        token for message in history[-2 * TURNS :] for token in tokens(message.content[:_LONGEST])
    )


def _exchanges(history: Sequence[Message]) -> list[tuple[str, str]]:
    """Each question with everything that was answered to it."""
    found: list[tuple[str, str]] = []
    for message in history:
        if message.role == "user":
            found.append((message.content, ""))
        elif message.role == "assistant" and found:
            asked, answered = found[-1]
            found[-1] = (asked, f"{answered}\n{message.content}" if answered else message.content)
    return found


def naming_terms(text: str) -> Iterator[str]:
    """The words of `text` that may name what it is about, as they stand there."""
    text = choosing.without_numbering(text[:_LONGEST])
    if not is_unspaced(text):
        for word in _WORD.findall(text):
            if normalise(word) not in _SAYS_NOTHING:
                yield word
        return
    if (topic := _JA_TOPIC.match(text)) and topic[1] not in _SAYS_NOTHING:
        yield topic[1]
    for term in _JA_TERM.findall(text):
        if len(term) > 1 and normalise(term) not in _SAYS_NOTHING:
            yield term.strip("「」『』")


def _fresh(terms: Iterator[str], seen: set[str], most: int) -> list[str]:
    """The first `most` terms that bring something new; `seen` grows by what they bring."""
    found: list[str] = []
    for term in terms:
        brings = set(tokens(term))
        if brings - seen:
            seen |= brings
            found.append(term)
            if len(found) == most:
                break
    return found
