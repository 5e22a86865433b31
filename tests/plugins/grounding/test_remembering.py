"""How much is kept of what was made of texts."""

from __future__ import annotations

from plugins.grounding.remembering import remembered


def test_many_small_results_are_kept_and_one_large_one() -> None:
    made: list[str] = []

    @remembered(2, lambda text: len(text))
    def shout(text: str) -> str:
        made.append(text[0])
        return text.upper()

    for text in ("a", "b", "a", "c", "b"):
        assert shout(text) == text.upper()
    assert made == ["a", "b", "c", "b"]
    made.clear()
    x, y = "x" * 100_000, "y" * 100_000
    for text in (x, x, y, x):
        shout(text)
    assert made == ["x", "y", "x"]
