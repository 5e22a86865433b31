"""A language model as judge: any behind an OpenAI-compatible API that `[flags] judge` names.

Zheng et al. 2023, "Judging LLM-as-a-judge with MT-Bench and Chatbot Arena", for the idea; claim by claim, as Min et al. 2023,
"FActScore".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from backends.flagging import judge_prompt as prompt
from backends.flagging.evidence import Evidence, gather
from backends.helper_model import HelperModel
from backends.worker_client import OnProgress
from kotae.backend import Manual
from kotae.claims import Claim
from kotae.conversation import Flag, Passage
from kotae.errors import BackendError
from kotae.hooks import hookimpl
from kotae.settings import Settings

_log = logging.getLogger(__name__)
_AT_ONCE = 25
"""Claims in one request."""
_MAX_TOKENS = 4096
"""A verdict has about 80; the rest is for models that think first."""
_LONGEST_REPLY = 30_000
"""Characters after which a reply is cut off; verdicts that came whole are used."""
_MARGIN = 0.9
"""Of the budget of a hook, which must not run out before the model's time does."""
_SURE = {"supported": 0.9, "contradicted": 0.9, "unsupported": 0.8}
"""How sure a model is taken to be that does not say."""
_REASONS = {
    "supported": ("The passages say this.", "抜粋に記載があります。"),
    "contradicted": ("The passages say otherwise.", "抜粋の記載と異なります。"),
    "unsupported": ("The passages do not say this.", "抜粋に記載がありません。"),
}


class Judge:
    """The bundled flagger that asks a language model."""

    def __init__(self, settings: Settings) -> None:
        """`settings.flags.judge` names one of `settings.backends`."""
        flags = settings.flags
        self._budget = settings.plugins.budget * _MARGIN
        self._timeout = min(flags.judge_timeout, self._budget)
        self._model = HelperModel(
            flags.judge,
            settings.backends[flags.judge],
            model=flags.judge_model,
            timeout=self._timeout,
            max_tokens=_MAX_TOKENS,
            purpose="judge answers",
        )

    @hookimpl
    async def flag_answer(
        self, question: str, answer: str, passages: Sequence[Passage], manual: Manual | None, final: bool
    ) -> list[Flag] | None:
        """A flag for every claim that the model ruled on, with a score of 0.5 and more where it found fault.

        Raises:
            KotaeError: the model failed, took too long, or gave no verdict; or the manual can't be searched.
        """
        if not final:
            return None
        clock = asyncio.get_running_loop().time
        end = clock() + self._budget
        evidence = await gather(answer, passages, manual)
        if evidence is None:
            return None
        await self._model.prepare()
        batches = [evidence.claims[at : at + _AT_ONCE] for at in range(0, len(evidence.claims), _AT_ONCE)]
        asking = [asyncio.create_task(self._asked(question, evidence, batch)) for batch in batches]
        try:
            async with asyncio.timeout_at(min(clock() + self._timeout, end)):
                flags = [flag for flags in await asyncio.gather(*asking) for flag in flags]
        except TimeoutError:
            raise BackendError(
                f"{self._model.name} took longer than {self._timeout:g} s.",
                "Raise judge_timeout in [flags] (and budget in [plugins]), or name a faster judge_model.",
            ) from None
        finally:
            for task in asking:
                task.cancel()
        if not flags:
            raise BackendError(
                f"{self._model.name} gave no usable verdict.", "Name a more capable judge_model in [flags]."
            )
        return flags

    async def prepare(self, progress: OnProgress | None = None) -> None:  # noqa: ARG002 - nothing takes long
        """Raises BackendError where no model or key is named; whether the server is there is found out when it is asked."""
        await self._model.prepare()

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _asked(self, question: str, evidence: Evidence, asked: Sequence[Claim]) -> list[Flag]:
        passages = await asyncio.to_thread(evidence.fitted, asked, prompt.ROOM)
        reply, model = await self._model.ask(
            prompt.messages(question, passages, asked), prompt.SCHEMA, _LONGEST_REPLY
        )
        verdicts = await asyncio.to_thread(prompt.verdicts, reply, len(asked), len(passages))
        if len(verdicts) < len(asked):
            _log.warning("%s ruled on %d of %d claims", model, len(verdicts), len(asked))
        return [
            _flag(
                verdict,
                asked[verdict.claim],
                evidence.nearest(asked[verdict.claim])
                if verdict.passage is None
                else passages[verdict.passage].passage,
                model,
            )
            for verdict in verdicts
        ]


def _flag(verdict: prompt.Verdict, claim: Claim, evidence: Passage, model: str) -> Flag:
    sure = _SURE[verdict.ruling] if verdict.confidence is None else verdict.confidence
    found_fault = verdict.ruling != "supported"
    start, end = claim.start, claim.end
    if found_fault and (quote := verdict.quote.strip()) and (place := claim.text.find(quote)) >= 0:
        start, end = claim.start + place, claim.start + place + len(quote)
    reason, reason_ja = _REASONS[verdict.ruling]
    if verdict.reason:
        reason, reason_ja = verdict.reason, verdict.reason_ja
    return Flag(
        start=start,
        end=end,
        kind="contradicted" if verdict.ruling == "contradicted" else "unsupported",
        score=round(0.5 + sure / 2 if found_fault else (1 - sure) / 2, 3),
        reason=reason,
        reason_ja=reason_ja,
        evidence=evidence if evidence.id else None,
        flagger=f"judge: {model}",
    )
