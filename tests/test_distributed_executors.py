"""Tasks on executors: in order, few at a time, errors within seconds, nothing left over."""

import multiprocessing
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from chebtucker.backends.executors import in_order, worker_count
from chebtucker.backends.threads import thread_count

SOONER = 20.0  # seconds, on a machine that does other things too


def die(item):
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return item


def complain(item):
    if item == 3:
        raise LookupError("no such thing")
    time.sleep(0.05)
    return item


def refuse(item):
    raise ValueError(f"`item` must be good, got {item}")


def slow(item):
    time.sleep(0.3)
    return item


def test_a_worker_that_dies_is_an_error_within_seconds():
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as own:
        start = time.perf_counter()
        with pytest.raises(RuntimeError, match="must finish every task, got BrokenProcessPool"):
            list(in_order(own, die, range(100)))
        assert time.perf_counter() - start < SOONER
        with pytest.raises(RuntimeError, match=r"got BrokenProcessPool from 0"):
            list(in_order(own, slow, range(2)))


def test_a_worker_that_raises_stops_the_rest(pool):
    with pytest.raises(RuntimeError, match="got LookupError from 3: 'no such thing'|no such"):
        list(in_order(pool, complain, range(1000)))
    with pytest.raises(ValueError, match="`item` must be good, got [0-9]"):
        list(in_order(pool, refuse, range(1000)))
    start = time.perf_counter()
    assert next(in_order(pool, slow, range(1))) == (0, 0)  # nothing is in its way
    assert time.perf_counter() - start < 5


def test_tasks_are_few_at_a_time_and_cancelled_when_the_caller_stops():
    asked = []

    def items():
        for k in range(1000):
            asked.append(k)
            yield k

    with ThreadPoolExecutor(2) as threads:
        results = in_order(threads, slow, items())
        assert next(results) == (0, 0)
        results.close()
        assert len(asked) <= worker_count(threads) + 3
    assert list(in_order(None, slow, [1, 2])) == [(1, 1), (2, 2)]


def test_results_as_they_are_done():
    def sleepy(seconds):
        time.sleep(seconds)
        return seconds

    with ThreadPoolExecutor(2) as threads:
        done = [item for item, _ in in_order(threads, sleepy, [1.0, 0.0], ordered=False)]
        assert done == [0.0, 1.0]
        assert [i for i, _ in in_order(threads, sleepy, [0.2, 0.0])] == [0.2, 0.0]


def counted(item):
    return thread_count()


def test_a_worker_has_one_thread(pool, monkeypatch):
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    assert [count for _, count in in_order(pool, counted, range(2))] == [1, 1]
    with ThreadPoolExecutor(2) as threads:
        before = thread_count()
        assert [count for _, count in in_order(threads, counted, range(4))] == [1] * 4
        assert thread_count() == before
