"""Work for visitors, in lines of its own kind: a few threads each, a few who wait, and a sentence for the rest.

A line never waits for another one, so that a geodesic or an animation does not delay an image. The numbers are
explained in docs/trust.md.
"""

import asyncio
import contextlib
import ctypes
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ui.checks import Problem


class Work:
    """A line: threads that are kept, so that each piece of work finds the memory that the one before has left.

    Args:
        name: of its threads.
        at_once: threads.
        waiting: how many may wait besides.
    """

    def __init__(self, name: str, at_once: int, waiting: int):
        self.most = at_once + waiting
        self._asked, self._counting = 0, threading.Lock()
        self._made_of = at_once, name
        self._threads: ThreadPoolExecutor | None = None

    async def run(self, fn: Callable, *args: Any, **kwargs: Any) -> Any:
        """fn(*args, **kwargs), in its turn.

        Raises:
            Problem: too many are waiting already.
        """
        with self._counting:
            if self._asked >= self.most:
                raise Problem("problem.busy")
            self._asked += 1
            self._threads = self._threads or ThreadPoolExecutor(*self._made_of)
        future = self._threads.submit(fn, *args, **kwargs)
        future.add_done_callback(self._done)  # also where the one who asked has gone: the thread is busy until then
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Give up what waits; what has begun is finished, and the next who asks begins anew."""
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)
        self._threads = None

    def _done(self, _: Any) -> None:
        with self._counting:
            self._asked -= 1


def keep_memory_small() -> None:
    """Have memory that is freed go back to the system: glibc keeps a heap for every few threads, and what was freed in
    each of them, for as long as the program runs. Elsewhere nothing is changed."""
    arena_max, mmap_threshold = -8, -3  # of malloc.h
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(arena_max, 2)
        library.mallopt(mmap_threshold, 1 << 18)


class Lines:
    """The lines of a server, shared by all visitors."""

    def __init__(self) -> None:
        self.images = Work("image", at_once=2, waiting=128)  # milliseconds each, a photograph a few hundred
        self.animations = Work("animation", at_once=1, waiting=32)  # up to a second each
        self.geodesics = Work("geodesic", at_once=2, waiting=8)  # the better part of a second

    def close(self) -> None:
        """Give up what waits, in all lines."""
        for line in (self.images, self.animations, self.geodesics):
            line.close()
