"""Loops over independent items on a few threads, for compiled code that releases the GIL."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

_making = threading.Lock()
_alone: ContextVar[bool] = ContextVar("_alone", default=False)


def thread_count() -> int:
    """Return the number of threads: NUMBA_NUM_THREADS, or the cores this process may use.

    Within `one_thread`, one.
    """
    wanted = os.environ.get("NUMBA_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    if _alone.get():
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def for_ranges(task: Callable[[int, int], None], count: int, *, least: int = 1) -> None:
    """Call `task(start, stop)` on ranges that cover 0..count-1, concurrently.

    Ranges are handed out as threads become free, so uneven items balance. No range but the last
    is shorter than `least`. `task` must release the GIL and write only to its own items.
    """
    threads = thread_count()
    size = max(-(-count // (8 * threads)), least)
    if threads == 1 or count <= size:
        task(0, count)
        return
    with ThreadPoolExecutor(threads) as pool:
        starts = range(0, count, size)
        for done in [pool.submit(task, a, min(a + size, count)) for a in starts]:
            done.result()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let the calling thread start no others: it is one worker of many.

    NUMBA_NUM_THREADS, where it is set, still says how many threads a worker has.
    """
    token = _alone.set(True)
    try:
        with one_blas_thread():
            yield
    finally:
        _alone.reset(token)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS to one thread, for products that are small or run on threads of our own.

    BLAS threads wait for each other by spinning: on a busy machine products of a millisecond
    then take a hundred times as long.
    """
    with _making:  # two threads must not make two: the second would keep the limit of the first
        limit = _limit("scipy.linalg" in sys.modules)
    limit.enter()
    try:
        yield
    finally:
        limit.leave()


class _Limit:
    """One BLAS thread from the first user to the last: they may be on several threads.

    Newer threadpoolctl obeys only the first thread that ever set a number, unless that thread is
    forgotten: the last user would restore nothing, and a worker limit nothing.
    """

    def __init__(self, controller: Any) -> None:
        self._controller, self._limiter = controller, None
        self._users, self._lock = 0, threading.Lock()

    def enter(self) -> None:
        with self._lock:
            if self._users == 0:
                self._forget_owner()
                self._limiter = self._controller.limit(limits=1, user_api="blas")
            self._users += 1

    def leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._limiter is not None:
                self._forget_owner()
                self._limiter.restore_original_limits()
                self._forget_owner()

    def _forget_owner(self) -> None:
        for library in self._controller.lib_controllers:
            if hasattr(library, "clear_controlling_thread"):
                library.clear_controlling_thread(force=True)


@lru_cache
def _limit(with_scipy: bool) -> _Limit:
    """Return what sets the threads of the BLAS libraries; SciPy brings one of its own.

    Looking for the libraries takes longer than a small product, so it is done once.
    """
    from threadpoolctl import ThreadpoolController

    return _Limit(ThreadpoolController())
