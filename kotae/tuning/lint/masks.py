"""What stands in the place of personal data and secrets, and is neither a word nor a name."""

from __future__ import annotations

import re

MASKS = {
    "secret": "[SECRET]",
    "email": "[EMAIL]",
    "card": "[CARD]",
    "account": "[ACCOUNT]",
    "my-number": "[MY_NUMBER]",
    "phone": "[PHONE]",
    "person": "[NAME]",
}
"""What is found, the surest kinds first, and what it is masked by."""
_MASK = re.compile("|".join(map(re.escape, MASKS.values())))


def without_masks(text: str, sign: str = "\ufffc") -> str:
    """A text of the same length with a sign in place of each character of a mask.

    Args:
        sign: one character; U+FFFC (object replacement character) is no letter, no digit and no blank.
    """
    return _MASK.sub(lambda mask: sign * len(mask[0]), text) if "[" in text else text
