"""Searches for geodesics: each takes the better part of a second of a core, so a few run at once and few may wait."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ui.checks import Problem

AT_ONCE = 2
WAITING = 8


class Searches:
    """A queue for long computations, shared by all visitors."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._asked = 0

    async def run(self, fn: Callable, *args: Any) -> Any:
        """fn(*args), in its turn.

        Raises:
            Problem: too many are waiting already.
        """
        if self._asked >= AT_ONCE + WAITING:
            raise Problem("problem.busy")
        self._pool = self._pool or ThreadPoolExecutor(AT_ONCE, "geodesic")
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, fn, *args)
        finally:
            self._asked -= 1
