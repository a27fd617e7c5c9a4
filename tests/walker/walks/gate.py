# SPDX-License-Identifier: Apache-2.0
"""All that closes the gate of the short way from within Python, at once: threads that take turns,
wait, begin and end; code objects that die; reports that are asked for; forks; memory that is
mapped."""

import mmap
import os
import signal
import threading

ROUNDS = 300


def objects(depth):
    if depth:
        return [objects(depth - 1), str(depth), bytes(depth * 30)]
    return [[number] for number in range(5)]


def work():
    kept = []
    for number in range(ROUNDS):
        kept.append(objects(number % 20))
        if number % 8 == 0:
            kept.clear()
        kept[:1] = [bytearray(number * 40), {str(number): number}]


def let_code_die():
    for number in range(ROUNDS):
        scope = {}
        exec(f"def made(): return [{number}, [str({number})] * {number % 50}]", scope)
        kept = scope["made"]()
        del scope
        kept.append([number])


def work_in_threads():
    threads = [threading.Thread(target=target) for target in (work, let_code_die, work)]
    for thread in threads:
        thread.start()
    let_code_die()
    for thread in threads:
        thread.join()


def fork():
    child = os.fork()
    if child == 0:
        work()
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


for number in range(6):
    work_in_threads()
    fork()
    if number % 3 == 0:
        os.kill(os.getpid(), signal.SIGUSR2)
    with mmap.mmap(-1, 1 << 20) as mapped:
        mapped[:4096] = bytes(4096)
        work()
print("done")
