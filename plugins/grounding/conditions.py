"""Words that tell of a condition, or of a limit below or above which something else holds."""

from __future__ import annotations

import re

CONDITION = re.compile(
    r"\b(?:without|unless|until|before|after|once|if|when|while|as long as|as soon as|except|more than|less than|above|below"
    r"|beyond|later|earlier|already|yet|still|same|than|only|another|other|both|at once|alone|during)\b"
    r"|場合|限り|まで|[前後]|間は|れば|なしで|以外|超え|まま|同じ|だけ|しか|すでに|ほか|両方|併せ",
    re.IGNORECASE,
)
"""What is denied on a condition may be done in other ways."""
LIMIT = re.compile(
    r"\b(?:above|over|below|up to|more than|less than|beyond|if|when|where|while|unless|except|after|before|until|once|then"
    r"|otherwise|first|second|again|later|during)\b|超|場合|以上|以下|未満|まで|[前後]|とき|なければ|れば|なら",
    re.IGNORECASE,
)
"""What one alone may do on a condition others may do without it."""
