"""What an answer costs."""

from __future__ import annotations

from kotae.events import Used
from kotae.settings import BackendSettings


def cost(used: Used, table: BackendSettings) -> float | None:
    """Price of one answer, in the currency of the table's prices; None when no price is set."""
    if table.price_input is None and table.price_output is None:
        return None
    usage = used.usage
    price_in = table.price_input or 0.0
    price_cached = price_in if table.price_cached is None else table.price_cached
    fresh = usage.prompt_tokens - usage.cached_tokens
    total = (
        fresh * price_in
        + usage.cached_tokens * price_cached
        + usage.completion_tokens * (table.price_output or 0.0)
    )
    return total / 1_000_000
