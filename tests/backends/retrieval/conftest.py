"""Small manuals, the real encoder, and retrieval processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio

from backends.embedded import weights
from backends.retrieval.client import RetrievalClient
from backends.retrieval.encoder import Encoder
from kotae import paths

PERIODS = """# Periods

A period is a month.

## Reopening

Only the Controller may reopen a closed period. The error CL-207 means that the year is archived, and nothing brings it back.
Reopening is recorded in the audit log together with the reason, which has to be given in at least ten characters.

## Closing

Close a period after the bank reconciliation. An Accountant can close it softly; invoices may still be posted by a Controller.
"""
SHIPMENTS = """# Shipments

With a shipment, goods leave the warehouse. The Warehouse Clerk posts it, and the picking list is printed before that.
"""
KIKAN = """# 会計期間

## 再オープン

締めた期間を再オープンできるのは経理責任者だけです。エラー CL-207 は、年度がアーカイブ済みであることを示します。
再オープンには 10 文字以上の理由が必要で、操作ログに記録されます。理由は後から変更できません。

## 出荷との関係

出荷の転記日は、未締めの期間に含まれていなければなりません。
"""


@pytest.fixture
def english(tmp_path: Path) -> Path:
    """Two pages in a folder."""
    return write(tmp_path / "manual", {"closing/periods.md": PERIODS, "shipments.md": SHIPMENTS})


@pytest.fixture
def japanese(tmp_path: Path) -> Path:
    """One page that the embedded encoder can't read."""
    return write(tmp_path / "マニュアル", {"会計/期間.md": KIKAN})


def write(folder: Path, pages: dict[str, str]) -> Path:
    """A manual of these pages."""
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def minilm(home: Path) -> Encoder:
    """The embedded encoder."""
    folder = weights.find(weights.MINILM)
    if folder is None:
        pytest.skip("the embedded encoder is not in the models folder; `make weights` fetches it")
    return _encoder(folder)


@cache
def _encoder(folder: Path) -> Encoder:
    """One for all tests of a process: loading it takes seconds."""
    return Encoder(folder, weights.MINILM.label)


@pytest.fixture
async def client(minilm: Encoder) -> AsyncIterator[RetrievalClient]:
    """A client whose process finds the embedded encoder."""
    client = RetrievalClient()
    yield client
    await client.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RetrievalClient]:
    """As `client`, one for all tests of a module that leave its process as it is: starting one takes seconds."""
    if weights.find(weights.MINILM) is None:
        pytest.skip("the embedded encoder is not in the models folder; `make weights` fetches it")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setenv("KOTAE_MODELS", str(paths.models_dir()))
        client = RetrievalClient()
        yield client
    await client.aclose()
