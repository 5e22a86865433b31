"""Tiny BERT models whose weights are set by hand, saved as anyone's are: real files for the real loading code.

Hidden states have three dimensions that mean something: 1 for the token that contradicts, 2 for tokens that have no support, 0 for
all others. In the classifier of pairs, attention lets every token see the mean of all, so that the first one, which it reads,
knows of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

CONTRADICTS, UNKNOWN = "denies", "dragons"
WORDS = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", CONTRADICTS, UNKNOWN, "竜", "invoice", "an", "is", "due"),
    *("drag", "##on", "##s", "45", "days", ".", "。", "manual", "passage", "the", "-"),
]
_OF_NO_SUPPORT = {UNKNOWN, "竜", "45", "drag", "##on"}


def nli(
    folder: Path, labels: Sequence[str] = ("entailment", "neutral", "contradiction"), longest: int = 512
) -> Path:
    """A classifier of pairs: contradiction where a pair has `denies`, neutral where it has `dragons`, else entailment.

    `labels` are the names of its outputs, in order, by which it is to be understood.
    """
    import torch
    from transformers import BertForSequenceClassification

    model = BertForSequenceClassification(_config(labels, longest))
    bert = model.bert
    _see_all(bert)
    with torch.no_grad():
        bert.pooler.dense.weight.copy_(torch.eye(bert.config.hidden_size))
        bert.pooler.dense.bias.zero_()
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
        for at, label in enumerate(labels):
            name = label.casefold()
            if name.startswith("contra"):
                _feels(model.classifier, at, 1)
            elif name.startswith(("neutral", "not")):
                _feels(model.classifier, at, 2)
    return _saved(model, folder)


def _feels(classifier: Any, output: int, dimension: int) -> None:
    """Has an output follow a dimension, compared with one that nothing uses, which layer normalisation moves alike."""
    classifier.weight[output, dimension] = 300.0
    classifier.weight[output, 7] = -300.0
    classifier.bias[output] = -3.0


def token_classifier(
    folder: Path, labels: Sequence[str] = ("LABEL_0", "LABEL_1"), longest: int = 512
) -> Path:
    """A classifier of tokens: `dragons`, `竜` and `45` are made up, and nothing else is."""
    import torch
    from transformers import BertForTokenClassification

    model = BertForTokenClassification(_config(labels, longest))
    with torch.no_grad():
        _quiet(model.bert)
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
        model.classifier.weight[1, 2] = 4.0
        model.classifier.weight[0, 0] = 4.0
    return _saved(model, folder)


def _config(labels: Sequence[str], longest: int) -> Any:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(WORDS),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        max_position_embeddings=longest,
        id2label=dict(enumerate(labels)),
        label2id={label: at for at, label in enumerate(labels)},
    )


def _quiet(bert: Any) -> None:
    """Nothing but what a token is reaches the end."""
    import torch

    for name, weight in bert.named_parameters():
        if "LayerNorm.weight" not in name:
            weight.zero_()
    for at, word in enumerate(WORDS):
        means = 1 if word == CONTRADICTS else 2 if word in _OF_NO_SUPPORT else 0
        bert.embeddings.word_embeddings.weight[at] = torch.eye(bert.config.hidden_size)[means]


def _see_all(bert: Any) -> None:
    """Each token gets the mean of all."""
    import torch

    with torch.no_grad():
        _quiet(bert)
        attention = bert.encoder.layer[0].attention
        attention.self.value.weight.copy_(torch.eye(bert.config.hidden_size))
        attention.output.dense.weight.copy_(torch.eye(bert.config.hidden_size))


def _saved(model: Any, folder: Path) -> Path:
    from transformers import BertTokenizerFast

    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    model.save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder
