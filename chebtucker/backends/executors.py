"""Tasks on any `concurrent.futures.Executor`: results in order, errors at once, nothing left over.

Processes of a pool, MPI ranks and Dask workers are all reached through `submit`, so there is no
engine of our own. Few tasks are under way at a time, so neither their arguments nor their results
pile up.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import Any, NoReturn, TypeVar

from chebtucker.backends.threads import one_thread

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 2
"""Tasks that are under way beyond one for each worker."""

PATIENCE = 5.0
"""Seconds that tasks which cannot be cancelled may take to end after another has failed."""


def checked_executor(executor: Any) -> Executor | None:
    """Return `executor` if it is one, or None."""
    if executor is not None and not isinstance(executor, Executor):
        raise TypeError(
            "`executor` must be a concurrent.futures.Executor, "
            f"got {executor!r} of type {type(executor).__name__}"
        )
    return executor


def in_order(
    executor: Executor | None,
    task: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    ordered: bool = True,
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with task(item): in the order of the items, or as they are done.

    Without an executor the tasks run here, one after another. A worker has one thread, unless
    NUMBA_NUM_THREADS is set where it runs.

    Raises
    ------
    ValueError, TypeError, OSError, MemoryError
        As the first task to fail raised it.
    BrokenExecutor
        If a worker died or raised anything else; a RuntimeError whose message names the item.

    Notes
    -----
    As soon as a task fails, or the caller stops, those that wait are cancelled and those that
    run are given a few seconds to end. The executor stays the caller's.
    """
    if executor is None:
        for item in items:
            yield item, task(item)
        return
    waiting = iter(items)
    token = uuid.uuid4().hex
    ahead = worker_count(executor) + AHEAD
    pending: dict[int, tuple[Item, Future[Result]]] = {}
    try:
        submitted = 0
        while True:
            for item in islice(waiting, ahead - len(pending)):
                pending[submitted] = item, _submit(executor, task, item, f"{token}-{submitted}")
                submitted += 1
            if not pending:
                return
            for key in _finished(pending, ordered):
                item, future = pending.pop(key)
                yield item, future.result()
    finally:
        _abandon([future for _, future in pending.values()])


def processes(count: int) -> AbstractContextManager[Executor | None]:
    """Return a pool of processes that are started afresh, as a context; for one process None."""
    if count == 1:
        return nullcontext()
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, mp_context=context, initializer=_end_with_parent)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, however it went.

    Workers of a pool whose owner is killed wait for tasks forever: they hold both ends of the
    pipe that they read from.
    """
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def worker_count(executor: Executor) -> int:
    """Return how many workers an executor has, as far as it says; else the number of cores."""
    client = getattr(executor, "_client", None)  # Dask
    if client is not None and hasattr(client, "nthreads"):
        return max(sum(client.nthreads().values()), 1)
    for name in ("num_workers", "_max_workers"):  # MPI; processes and threads
        count = getattr(executor, name, None)
        if isinstance(count, int) and count > 0:
            return count
    return os.cpu_count() or 1


def _submit(
    executor: Executor, task: Callable[[Item], Result], item: Item, token: str
) -> Future[Result]:
    try:
        return executor.submit(_in_worker, task, item, token)
    except Exception as error:  # the executor is broken or shut down
        _refuse(error, item)


def _in_worker(task: Callable[[Item], Result], item: Item, token: str) -> Result:
    """Run a task; the token keeps Dask from taking two tasks for one."""
    with one_thread():
        return task(item)


def _finished(pending: dict[int, tuple[Any, Future[Any]]], ordered: bool) -> list[int]:
    """Return the keys of results that may be handed out, at least one; a failure is raised."""
    first = next(iter(pending))
    while True:
        done = [key for key, (_, future) in pending.items() if future.done()]
        for key in done:
            item, future = pending[key]
            if future.cancelled():
                raise BrokenExecutor(f"`executor` must finish every task, but cancelled {item}")
            error = future.exception()
            if error is not None:
                _refuse(error, item)
        if done and not ordered:
            return done
        if ordered and first in done:
            return [first]
        wait([f for _, f in pending.values() if not f.done()], return_when=FIRST_COMPLETED)


def _refuse(error: BaseException, item: Any) -> NoReturn:
    """Raise mistakes in the data as they are, all else with the item."""
    if isinstance(error, ValueError | TypeError | OSError | MemoryError):
        raise error
    text = " ".join(str(error).split()) or "no message"
    raise BrokenExecutor(
        f"`executor` must finish every task, got {type(error).__name__} from {item}: {text}"
    ) from error


def _abandon(futures: list[Future[Any]]) -> None:
    running = [future for future in futures if not future.cancel()]
    if running:
        wait(running, timeout=PATIENCE)
