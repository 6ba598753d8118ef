"""Celery on RabbitMQ with Pillow: one task a photo, acknowledged when it is done. Run as a module it is the watcher."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from celery import Celery

from bench.peers.job import judge
from bench.peers.watch import watch

app = Celery("peer", broker=os.environ["PEER_BROKER"])
app.conf.update(task_acks_late=True, task_ignore_result=True, worker_prefetch_multiplier=4)


@app.task(name="judge_one")  # the watcher's module is called __main__, the worker's is not
def judge_one(folder: str, name: str) -> None:
    """Judge one photo."""
    judge(Path(folder), name)


if __name__ == "__main__":
    folder = sys.argv[1]
    watch(Path(folder) / "inbox", lambda name: judge_one.delay(folder, name))
