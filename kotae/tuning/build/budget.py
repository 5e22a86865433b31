"""What the making of rows costs: reckoned beforehand, added up as it goes, and kept within a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kotae.conversation import TokenUsage
from kotae.cost import cost
from kotae.errors import BackendError
from kotae.events import Used
from kotae.settings import BackendSettings
from kotae.tuning.build.requests import Request
from kotae.tuning.tokens import Tokenizer

LONGEST_REPLY = 4096
"""Tokens of a reply at most."""
_A_ROW = 130
"""Tokens of a row in a reply: the answer, one or two quotes, and the JSON around them. Assumed; what is spent is counted."""
_A_WORDING = 20
"""Tokens of one wording of a question."""
_A_TALK = 260
"""Tokens of a conversation in a reply."""


class BrokenOffError(BackendError):
    """A reply did not come to its end, and is paid for all the same."""

    def __init__(self, message: str, hint: str, usage: TokenUsage) -> None:
        super().__init__(message, hint)
        self.usage = usage


@dataclass(frozen=True, kw_only=True)
class Reckoned:
    """What the requests will cost that have no reply yet."""

    requests: int
    kept: int
    """Requests whose replies are there already."""
    prompt: int
    """Tokens that are sent."""
    reply: int
    """Tokens that are expected back."""
    price: float | None
    """In the currency of the table's prices; None where it has none."""
    most: float | None
    """The same if every reply were as long as it may be."""


def reckon(
    requests: Sequence[Request],
    kept: Callable[[Request], bool],
    tokenizer: Tokenizer,
    table: BackendSettings,
) -> Reckoned:
    """What a plan will cost."""
    there = [request for request in requests if not kept(request)]
    prompt = sum(sent(request, tokenizer) for request in there)
    reply = sum(map(expected, there))
    return Reckoned(
        requests=len(requests),
        kept=len(requests) - len(there),
        prompt=prompt,
        reply=reply,
        price=price(TokenUsage(prompt_tokens=prompt, completion_tokens=reply), table),
        most=price(TokenUsage(prompt_tokens=prompt, completion_tokens=LONGEST_REPLY * len(there)), table),
    )


def sent(request: Request, tokenizer: Tokenizer) -> int:
    """The tokens of a request."""
    told = [{"role": message.role, "content": message.content} for message in request.messages()]
    return tokenizer.messages(told)


def expected(request: Request) -> int:
    """About how many tokens come back."""
    a_row = _A_TALK if request.kind == "turns" else _A_ROW + _A_WORDING * request.wordings
    return request.rows * a_row


def price(usage: TokenUsage, table: BackendSettings) -> float | None:
    """The price of tokens; None where the table has none."""
    return cost(Used(usage), table)


class Budget:
    """Lets requests through while there is money for them, those under way counted as if their replies were the longest.

    Args:
        limit: in the currency of the prices; None: there is none.
        spent: what was spent before.
    """

    def __init__(self, limit: float | None, table: BackendSettings, spent: Iterable[TokenUsage] = ()) -> None:
        self._limit = limit
        self._table = table
        self._under_way: list[float] = []
        self._settled = asyncio.Event()
        self.spent = sum(price(usage, table) or 0.0 for usage in spent)

    async def admit(self, prompt: int) -> float | None:
        """What is put aside for a request of so many tokens, to be given to `settle`; None: there is no money left for it.

        Waits while those under way may turn out cheaper.
        """
        longest = TokenUsage(prompt_tokens=prompt, completion_tokens=LONGEST_REPLY)
        most = price(longest, self._table) or 0.0
        while self._limit is not None and self.spent + sum(self._under_way) + most > self._limit:
            if not self._under_way:
                return None
            self._settled.clear()
            await self._settled.wait()
        self._under_way.append(most)
        return most

    def settle(self, put_aside: float, usage: TokenUsage | None) -> None:
        """A request has its reply, or failed; None: without a cost."""
        self._under_way.remove(put_aside)
        if usage is not None:
            self.spent += price(usage, self._table) or 0.0
        self._settled.set()
