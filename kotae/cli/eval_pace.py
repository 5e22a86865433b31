"""How far `kotae eval run` has come: what it has cost and will, and how long the rest takes."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from kotae.events import Progress
from kotae.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from kotae.evaluation.folder import RunFolder


class RunPace:
    """Follows the answers of a run. Each server has a pace of its own, and each backend a price: sums over all would mislead as
    soon as the quick or the cheap ones are through.

    Args:
        folder: the run, before anything is asked.
        clock: gives seconds that never go back.
    """

    def __init__(self, folder: RunFolder, clock: Callable[[], float] = time.monotonic) -> None:
        from kotae.evaluation.folder import missing
        from kotae.evaluation.run import lane_of

        self._manifest = folder.manifest
        self._clock = clock
        self._left = Counter(backend for _, backend in missing(folder))
        self._lane = {backend: lane_of(folder.manifest, backend) for backend in folder.manifest.backends}
        self._totals = Counter(self._lane[backend] for backend in self._left.elements())
        self._done: Counter[str] = Counter()
        self._paces = {lane: Pace() for lane in self._totals}
        self._lefts: dict[str, float | None] = {}
        self._costs: dict[str, list[float]] = {}
        for answer in folder.answers():
            self._note(answer.turn.backend, answer.turn.cost)
        for lane in self._totals:
            self._follow(lane)

    def take(self, backend: str, cost: float | None) -> None:
        """Counts an answer that has come, or failed."""
        self._left[backend] -= 1
        self._note(backend, cost)
        lane = self._lane[backend]
        self._done[lane] += 1
        self._follow(lane)

    def seconds_left(self) -> float | None:
        """Until the slowest server is through; None while that can't be told."""
        waited = [lane for lane in self._totals if self._done[lane] < self._totals[lane]]
        known = [left for lane in waited if (left := self._lefts.get(lane)) is not None]
        return max(known) if waited and len(known) == len(waited) else None

    def cost(self) -> str:
        """In words, answers of earlier sittings included; empty where nothing has a price."""
        if not self._costs:
            return ""
        spent = sum(map(sum, self._costs.values()))
        rest = sum(self._left[backend] * sum(costs) / len(costs) for backend, costs in self._costs.items())
        unknown = any(
            left and backend not in self._costs and self._priced(backend)
            for backend, left in self._left.items()
        )
        return f"cost {spent:.4g}, {'at least' if unknown else 'about'} {spent + rest:.4g} in all"

    def _priced(self, backend: str) -> bool:
        table = self._manifest.backends[backend]
        return any(table.get(price) for price in ("price_input", "price_output"))

    def _note(self, backend: str, cost: float | None) -> None:
        if cost is not None:
            self._costs.setdefault(backend, []).append(cost)

    def _follow(self, lane: str) -> None:
        progress = Progress(lane, self._done[lane], self._totals[lane])
        self._lefts[lane] = self._paces[lane].told(progress, self._clock()).left
