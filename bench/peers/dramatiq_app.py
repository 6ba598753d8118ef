"""dramatiq on RabbitMQ with Pillow: one message a photo. Run as a module it is the watcher."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from bench.peers.job import judge
from bench.peers.watch import watch

dramatiq.set_broker(RabbitmqBroker(url=os.environ["PEER_BROKER"]))


@dramatiq.actor
def judge_one(folder: str, name: str) -> None:
    """Judge one photo."""
    judge(Path(folder), name)


if __name__ == "__main__":
    folder = sys.argv[1]
    watch(Path(folder) / "inbox", lambda name: judge_one.send(folder, name))
