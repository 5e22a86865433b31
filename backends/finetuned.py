"""`finetuned`: a model that was trained on the manual, told nothing but the conversation."""

from __future__ import annotations

from backends.base import Base

SYSTEM_PROMPT = "You answer questions about Komorebi Ledger."


class FineTuned(Base):
    """Asks as `base` does: with the embedded model the adapter makes the difference, elsewhere the model's name.

    The system prompt is the one the sample adapter was trained with; a fine-tuned model answers best under its own.
    """

    kind = "finetuned"
    default_system_prompt = SYSTEM_PROMPT
