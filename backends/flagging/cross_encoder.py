"""A cross-encoder for natural language inference, loaded by sentence-transformers. Runs in the process of `worker`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backends.worker_loop import CalledOffError, Request

_BATCH = 16


class Nli:
    """Says of premises and hypotheses whether one entails or contradicts the other.

    Raises (when it is made): whatever the libraries raise, and ValueError where the model's labels are not those of NLI.
    """

    def __init__(self, folder: Path) -> None:
        from sentence_transformers import CrossEncoder

        self._model = CrossEncoder(
            str(folder),
            device="cpu",
            local_files_only=True,
            model_kwargs={"use_safetensors": True},  # the other format is pickle
        )
        self._entailment, self._contradiction = columns(self._model.config.id2label)

    def judge(self, request: Request, message: dict[str, Any]) -> list[dict[str, float]]:
        import torch

        found: list[dict[str, float]] = []
        pairs = [tuple(pair) for pair in message["pairs"]]
        for at in range(0, len(pairs), _BATCH):
            if request.cancelled.is_set():
                raise CalledOffError
            rows = self._model.predict(
                pairs[at : at + _BATCH],
                batch_size=_BATCH,
                activation_fn=torch.nn.Identity(),
                apply_softmax=True,
                show_progress_bar=False,
            )
            found += [
                {
                    "entailment": float(row[self._entailment]),
                    "contradiction": 0.0 if self._contradiction is None else float(row[self._contradiction]),
                }
                for row in rows
            ]
        return found


def columns(id2label: Mapping[int, str]) -> tuple[int, int | None]:
    """Where a model's labels have entailment and contradiction, in whatever order; of models with two labels, entailment alone.

    Raises:
        ValueError: no label is entailment, or there are three and none is contradiction.
    """
    labels = {str(label).strip().casefold(): int(place) for place, label in id2label.items()}
    entailment = next((place for label, place in labels.items() if label.startswith("entail")), None)
    contradiction = next((place for label, place in labels.items() if label.startswith("contra")), None)
    if entailment is None or len(labels) < 2 or (contradiction is None and len(labels) > 2):
        raise ValueError(
            f"its labels are {', '.join(map(str, id2label.values()))}, which are not those of NLI"
        )
    return entailment, contradiction
