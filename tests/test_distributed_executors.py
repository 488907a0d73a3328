"""Tasks on executors: in order, few at a time, errors within seconds, nothing left over."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from threadpoolctl import threadpool_info

from chebtucker.backends.executors import in_order, worker_count
from chebtucker.backends.threads import one_blas_thread, thread_count

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


def blas_threads():
    return [p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"]


def test_one_blas_thread_from_the_first_user_to_the_last_on_any_threads():
    before = blas_threads()
    with one_blas_thread():
        assert set(blas_threads()) == {1}
    assert blas_threads() == before
    inside, leave, seen = threading.Event(), threading.Event(), []

    def hold():
        with one_blas_thread():
            inside.set()
            leave.wait(30)
            seen.append(blas_threads())

    other = threading.Thread(target=hold)
    with one_blas_thread():
        other.start()
        assert inside.wait(30)
    leave.set()
    other.join(30)
    assert set(seen[0]) == {1}  # the first user has left
    assert blas_threads() == before  # the last user was on another thread
    with ThreadPoolExecutor(2) as threads:
        found = [counts for _, counts in in_order(threads, lambda _: blas_threads(), range(8))]
    assert {n for counts in found for n in counts} == {1}
    assert blas_threads() == before


def test_threads_that_meet_in_their_first_product_leave_the_number_of_threads_alone():
    code = """
import threading, numpy, scipy.linalg
from threadpoolctl import threadpool_info
from chebtucker.backends.threads import one_blas_thread
def number(): return [p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"]
before, together = number(), threading.Barrier(4)
def work():
    together.wait()
    for _ in range(20):
        with one_blas_thread(): assert set(number()) == {1}
users = [threading.Thread(target=work) for _ in range(4)]
for user in users: user.start()
for user in users: user.join()
assert number() == before, number()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
