"""Threads of the reader's class."""

import threading


class Worker(threading.Thread):
    def run(self):
        self.held = self.load()

    def load(self):
        return [bytearray(1000) for _ in range(20_000)]  # held


workers = [Worker() for _ in range(4)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
