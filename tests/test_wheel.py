"""The wheel is whole: installed without the checkout, in another folder, everything is found."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scripted_server import ScriptedServer

ROOT = Path(__file__).parents[1]
RUN = "from kotae.cli import main; main()"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel holds."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    target = folder / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(target),
    ]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    return target


def run(
    installed: Path, cwd: Path, *arguments: str, stdin: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", RUN, *arguments],
        input=stdin,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(installed), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_holds_the_manual_its_questions_and_the_adapter(installed: Path) -> None:
    manual = installed / "sample_manual"
    assert len(list((manual / "en").rglob("*.md"))) == len(list((manual / "ja").rglob("*.md"))) >= 45
    assert (manual / "questions.ja.jsonl").is_file()
    assert (manual / "adapters" / "komorebi-ledger.gguf").stat().st_size < 12_000_000
    assert list((installed / "tui" / "styles").glob("*.tcss"))
    assert (installed / "kotae" / "html_page.css").is_file()
    assert (installed / "kotae" / "tuning" / "lint" / "report" / "page.html.j2").is_file()


def test_plugins_are_found_and_are_the_wheels_own(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "plugins", "--json", KOTAE_PLUGINS="")
    states = {row["name"]: row["state"] for row in json.loads(done.stdout) if row["bundled"]}
    assert states == {"backends": "on", "exports": "on", "grounding": "on", "metrics": "on"}, done.stderr


async def test_a_question_is_answered_from_another_folder(
    installed: Path, tmp_path: Path, server: ScriptedServer
) -> None:
    done = await asyncio.to_thread(
        run,
        installed,
        tmp_path,
        *("ask", "--backend", "base", "--json", "--base-url", server.base_url, "--model", "m"),
        stdin="q",
        KOTAE_FLAGS__ENABLED="false",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["answer"] == "Hello from the server."
