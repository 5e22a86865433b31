"""A LettuceDetect model: a token classifier that reads passages and an answer (Kovács and Recski 2025, arXiv 2502.17125).

Loaded by transformers. The package `lettucedetect` is not used: of each token it tells how likely it has no support but not where
it stands, and of spans only those that it is sure of, so that no other threshold than its own could be set; it takes weights that
are pickle; and it pins packages for the sake of parts that nothing here needs. The form in which a model is given its texts is that
of its authors' package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backends.worker_loop import Request

_LONGEST = 4096
"""Tokens that the models were trained with."""
_QUESTION = """\
Briefly answer the following question:
{question}
Bear in mind that your response should be strictly based on the following {count} passages:
{passages}
In case the passages do not contain the necessary information to answer the question, please reply with: "Unable to answer \
based on given passages."
output:"""
_NO_QUESTION = """\
Summarize the following text:
{passages}
output:"""


class TokenClassifier:
    """Says of each token of an answer how likely it has no support.

    Raises (when it is made): whatever the library raises, and ValueError where the model is no token classifier of two labels.
    """

    def __init__(self, folder: Path) -> None:
        from transformers import AutoConfig, AutoModelForTokenClassification, AutoTokenizer

        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        kinds = config.architectures or ["nothing"]
        if config.num_labels != 2 or not kinds[0].endswith("ForTokenClassification"):
            raise ValueError(
                f"it is a {kinds[0]} of {config.num_labels} labels, not a token classifier of two"
            )
        self._column = suspect(config.id2label)
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        if not self._tokenizer.is_fast:
            raise ValueError("its tokenizer does not say where its tokens stand")
        self._model = AutoModelForTokenClassification.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,  # the other format is pickle
        ).eval()
        positions = getattr(config, "max_position_embeddings", None) or _LONGEST
        self._longest = min(_LONGEST, positions, self._tokenizer.model_max_length)

    def judge(self, request: Request, message: dict[str, Any]) -> list[tuple[int, int, float]]:  # noqa: ARG002
        import torch

        encoded = self._encoded(message["question"], message["passages"], message["answer"])
        which, offsets = encoded.sequence_ids(0), encoded.pop("offset_mapping")[0].tolist()
        with torch.inference_mode():
            shares = torch.softmax(self._model(**encoded).logits[0], dim=-1)[:, self._column].tolist()
        return [
            (start, end, share)
            for text, (start, end), share in zip(which, offsets, shares, strict=True)
            if text == 1 and start < end
        ]

    def _encoded(self, question: str, passages: Sequence[str], answer: str) -> Any:
        """Prompt and answer as the model takes them, with as many of the passages as there is room for."""
        count = len(passages)
        while True:
            text = prompt(question, passages[:count])
            if count <= 1 or self._length(text) + self._length(answer) <= self._longest - 4:
                break
            count -= 1
        room = self._longest - 4 - self._length(answer)
        return self._tokenizer(
            text,
            answer,
            # An answer that fills the model by itself loses its end, too.
            truncation="only_first" if room > 0 else True,
            max_length=self._longest,
            return_offsets_mapping=True,
            return_tensors="pt",
        )

    def _length(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])


def prompt(question: str, passages: Sequence[str]) -> str:
    """What comes before the answer."""
    listed = "\n".join(f"passage {number}: {text}" for number, text in enumerate(passages, 1))
    form = _QUESTION if question else _NO_QUESTION
    return form.format(question=question, count=len(passages), passages=listed)


def suspect(id2label: Mapping[int, str]) -> int:
    """Which of two labels says that a token has no support: the one named so, or else the second, as the authors train them."""
    for place, label in id2label.items():
        if str(label).casefold().startswith(("halluc", "unsupport")):
            return int(place)
    return 1
