"""Finding JSON in what a model replies, whatever it says around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_THOUGHT = re.compile(r"^.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


def objects(reply: str) -> Iterator[object]:
    """The JSON objects in a reply, wherever they stand; a fence, or a thought before them, is passed over.

    Of one that is not whole, the objects within it.
    """
    text = _THOUGHT.sub("", reply)
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        try:
            found, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
        else:
            yield found
        at = text.find("{", at)
