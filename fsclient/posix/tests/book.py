# SPDX-License-Identifier: MIT
"""Keeps a book with others: workers make entries under one lock."""
import multiprocessing
import os
import sys
import time

BOOK, ENTRIES, WORKERS = sys.argv[1], 100, 3


def enter(lock):
    for _ in range(ENTRIES):
        with lock:
            with open(BOOK) as book:
                total = int(book.read())
            os.sched_yield()
            with open(BOOK, "w") as book:
                book.write(f"{total + 1}\n")


def main():
    # With this method the lock keeps its name while there are workers to come.
    context = multiprocessing.get_context("spawn")
    lock = context.Lock()
    workers = [context.Process(target=enter, args=(lock,))
               for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # The others may still have the lock.
    while os.path.exists(BOOK + ".open"):
        time.sleep(0.1)


if __name__ == "__main__":
    main()
