# SPDX-License-Identifier: MIT
"""What multiprocessing is used for: a pool whose workers share locks."""
import multiprocessing
import os
import sys


def start(*shared):
    global lock, slots, done, inside
    lock, slots, done, inside = shared


def add(number):
    """Counts in a file, which only the lock protects."""
    with slots:
        with lock:
            with open(inside, "r+") as file:
                count = int(file.read())
                os.sched_yield()
                file.seek(0)
                file.write(str(count + 1))
    done.release()
    return number * number


def main():
    context = multiprocessing.get_context(sys.argv[1])
    lock = context.Lock()
    slots = context.BoundedSemaphore(2)
    done = context.Semaphore(0)
    inside = "/tmp/pool-count"
    with open(inside, "w") as file:
        file.write("0")
    with context.Pool(3, start, (lock, slots, done, inside)) as pool:
        squares = pool.map(add, range(100))
    assert squares == [number * number for number in range(100)]
    for _ in range(100):
        assert done.acquire(timeout=60)
    assert not done.acquire(block=False)
    try:
        slots.release()
    except ValueError:
        pass
    else:
        raise AssertionError("the semaphore is not bounded")
    print(open(inside).read())


if __name__ == "__main__":
    main()
