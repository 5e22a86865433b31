"""What training costs, by the tokens of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.embedded.weights import SMOLLM2, find
from kotae.tuning.estimate import Against, Counted, Prices, counted, estimate
from kotae.tuning.lint.form import read
from kotae.tuning.rows import Row
from kotae.tuning.samples import encode
from kotae.tuning.tokens import Tokenizer, tokenizer_of
from kotae.tuning.tokens import estimate as estimated

WORDS = Tokenizer("words", lambda text: len(text.split()))
FILE = Counted(rows=100, total=50_000, longest=900, learnt=20_000, prompt=120, answer=80, instruction=20)


def test_all_tokens_of_a_row_are_counted_with_those_of_its_form() -> None:
    row = Row(
        1,
        (
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Where is it now?"},
            {"role": "assistant", "content": "There."},
        ),
    )
    found = counted([row], WORDS)
    assert found.total == found.longest == 3 + 3 * 4 + 2 + 4 + 1
    assert (found.prompt, found.answer, found.instruction, found.learnt) == (3 + 2 * 4 + 6, 1, 2, 1)


def test_training_is_paid_for_each_epoch() -> None:
    told = estimate(FILE, Prices(training=25.0), epochs=3)
    assert told.trained == 150_000
    assert told.plan.training == pytest.approx(3.75)


def test_a_long_prompt_is_held_against_the_trained_model() -> None:
    prices = Prices(
        training=20.0, input=4.0, output=16.0, base_input=2.0, base_output=8.0, hosting_per_day=4.0
    )
    told = estimate(
        FILE, prices, epochs=2, against=[Against(name="long prompt", tokens=3_000)], answers_per_day=2_000
    )
    (other,) = told.against
    assert other.prompt == 120 - 20 + 3_000
    mine, theirs = (120 * 4 + 80 * 16) / 1e6, (3_100 * 2 + 80 * 8) / 1e6
    assert told.plan.per_answer == pytest.approx(mine)
    assert other.plan.per_answer == pytest.approx(theirs)
    assert other.when.answers == pytest.approx(2.0 / (theirs - mine))
    assert other.when.answers_per_day == pytest.approx(4.0 / (theirs - mine))
    assert other.days == pytest.approx(2.0 / (2_000 * (theirs - mine) - 4.0))


def test_dearer_answers_never_pay() -> None:
    prices = Prices(training=20.0, input=10.0, base_input=1.0)
    (other,) = estimate(FILE, prices, against=[Against(name="retrieval", tokens=100)]).against
    assert (other.when.answers, other.days) == (None, None)


def test_the_estimate_takes_a_kanji_for_a_token_and_four_letters_for_one() -> None:
    tokenizer = estimated()
    assert tokenizer.estimated
    assert tokenizer.count("abcdefgh") == 2
    assert tokenizer.count("返却期限") == 4


@pytest.mark.parametrize("model", ["", "somebody/else-7b"])
def test_an_unknown_model_is_estimated_and_why_is_told(model: str) -> None:
    found = tokenizer_of(model)
    assert found.estimated
    assert found.why


def test_without_the_network_a_hosted_model_is_estimated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    found = tokenizer_of("gpt-4.1-mini-2025-04-14")
    assert found.estimated
    assert "can't fetch the encoding o200k_base" in found.why


@pytest.mark.weights
def test_the_embedded_model_counts_as_training_does() -> None:
    folder = find(SMOLLM2)
    if folder is None:
        pytest.skip("the embedded model is not here")
    path = folder / SMOLLM2.files[0].path
    found = tokenizer_of("embedded", path)
    assert (found.name, found.estimated) == (path.stem, False)
    file = Path(__file__).parents[3] / "sample_manual/tuning/balance_shift.jsonl"
    rows = read(file.read_bytes(), found).rows
    from kotae.tuning.gguf_model import load_tokenizer

    samples = encode(load_tokenizer(path), [{"messages": row.messages} for row in rows])
    for row, sample in zip(rows, samples, strict=True):
        assert 0 <= found.row(row) - len(sample.ids) <= 1  # the line feed after the answer is not learnt
