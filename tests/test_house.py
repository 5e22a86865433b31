"""What may be loaded when: the core stays light, and nothing heavy stands before the first frame."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {
    "textual",
    "torch",
    "faiss",
    "openai",
    "sentence_transformers",
    "transformers",
    "peft",
    "bm25s",
    "numpy",
    "onnxruntime",
    "tokenizers",
    "xllamacpp",
    "lxml",
    "html_to_markdown",
    "pypdfium2",
    "mammoth",
}


def loaded_by(*modules: str) -> set[str]:
    """The modules in a fresh interpreter after importing the given ones."""
    code = f"import sys, {', '.join(modules)}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def modules_in(package: str) -> list[str]:
    return sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / package).rglob("*.py")
        if path.stem not in ("__main__", "child", "worker")
    )


@pytest.mark.parametrize("package", ["kotae", "backends", "plugins"])
def test_importing_everything_of_a_package_loads_nothing_heavy(package: str) -> None:
    assert loaded_by(*modules_in(package)) & HEAVY == set()


@pytest.mark.parametrize("module", modules_in("kotae"))
def test_the_engine_imports_no_other_room(module: str) -> None:
    found = loaded_by(module)
    rooms = {"tui", "backends"} if module.startswith("kotae.cli") else {"tui", "backends", "plugins", "click"}
    assert found & rooms == set()


def test_the_command_line_starts_with_click_and_little_else() -> None:
    assert (
        loaded_by("kotae.cli") & {"msgspec", "pluggy", "asyncio", "platformdirs", "kotae.settings", "textual"}
        == set()
    )


def test_the_client_of_the_backends_brings_no_second_http_client() -> None:
    pytest.importorskip("aiohttp")
    found = loaded_by("backends.openai_chat", "openai")
    assert "httpx2" in found
    assert "aiohttp" not in found
