"""One connection to RabbitMQ with one channel, on a thread of its own, made again for ever, with the next node.

pika's objects belong to the thread that runs their loop, so that heartbeats go out however long a photo
takes; everybody else asks by `call`. What pika says is turned into a sentence here and goes no further.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

import pika
from pika.channel import Channel
from pika.exceptions import AMQPError, ChannelClosedByBroker, ProbableAccessDeniedError, ProbableAuthenticationError

from pictureday.bus.amqp.nodes import ANSWER, Nodes
from pictureday.errors import Outage
from pictureday.log import get_logger
from pictureday.pause import Pause

__all__ = ["Link"]

_LOW = Outage("RabbitMQ takes no messages: it is low on memory or disk.", fix="Give it room; it goes on by itself.")
_PAUSE_FIRST, _PAUSE_MOST = 0.25, 5.0  # between attempts: work resumes soon after the broker does


class Link:
    """Keeps a channel open. `prepare(channel, ready)` sets one up and calls `ready`; `lost` follows when it goes."""

    def __init__(
        self,
        nodes: Nodes,
        name: str,
        *,
        prepare: Callable[[Channel, Callable[[], None]], None],
        lost: Callable[[], None],
    ) -> None:
        self.generation = 0  # grows with each channel: delivery tags of an older one mean nothing
        # In an order of its own, so that the links are spread over the nodes.
        self._nodes = deque(_named(node, name) for node in random.sample(nodes, len(nodes)))
        self._name = name
        self._prepare = prepare
        self._lost = lost
        self._connection: Any = None
        self._channel: Channel | None = None
        self._ready = threading.Event()
        self._blocked = False
        self._stop = threading.Event()
        self._pause = Pause(_PAUSE_FIRST, _PAUSE_MOST)
        self._outage: Outage | None = Outage("RabbitMQ is not connected yet.")
        self._told = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Connect, in the background, and keep at it."""
        self._thread.start()

    def close(self) -> None:
        """Say goodbye and end the thread."""
        self._stop.set()
        self._hang_up_from_outside()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def ready(self) -> bool:
        """Whether the channel is open and set up, and the broker takes messages."""
        return self._ready.is_set() and not self._blocked

    def why_not(self) -> str:
        """Why it is not ready, '' when it is."""
        outage = _LOW if self._blocked else self._outage
        return str(outage) if outage is not None and not self.ready else ""

    def call(self, act: Callable[[Channel], None], *, generation: int | None = None) -> None:
        """Have the link's thread run `act(channel)`; not at all when that channel is gone by then."""
        connection = self._connection
        if connection is not None:
            connection.ioloop.add_callback_threadsafe(partial(self._act, act, generation))

    def _act(self, act: Callable[[Channel], None], generation: int | None) -> None:
        channel = self._channel
        if channel is None or not channel.is_open or generation not in {None, self.generation}:
            return
        try:
            act(channel)
        except AMQPError as error:
            self._note(error)
            self._hang_up()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._session()
            except Exception as error:  # noqa: BLE001 - a thread that dies would be a bus that is silent for ever
                self._note(error)
            self._ended()
            self._stop.wait(self._pause.next())

    def _session(self) -> None:
        self._nodes.rotate(-1)
        self._connection = pika.SelectConnection(
            self._nodes[-1],
            on_open_callback=self._on_open,
            on_open_error_callback=self._on_closed,
            on_close_callback=self._on_closed,
        )
        if self._stop.is_set():  # it was set before there was a connection to tell
            self._hang_up_from_outside()
        self._connection.ioloop.start()

    def _ended(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        was_ready = self._ready.is_set()
        self._ready.clear()
        self._blocked = False
        if connection is not None:
            connection.ioloop.close()
        if was_ready:
            self._lost()
        if not self._told and not self._stop.is_set():
            self._told = True
            get_logger().warning("bus_lost", link=self._name, why=self.why_not())

    def _on_open(self, connection: Any) -> None:
        connection.add_on_connection_blocked_callback(lambda *_: self._on_blocked(True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._on_blocked(False))
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Channel) -> None:
        self.generation += 1
        self._channel = channel
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_cancel_callback(self._on_cancelled)
        self._prepare(channel, self._on_ready)

    def _on_ready(self) -> None:
        if self._told:
            get_logger().info("bus_back", link=self._name)
        self._told = False
        self._outage = None
        self._pause.reset()
        self._ready.set()

    def _on_blocked(self, blocked: bool) -> None:
        self._blocked = blocked

    def _on_cancelled(self, _frame: Any) -> None:
        # The queue was deleted, or moved: a new channel declares it again and starts over.
        self._note(None)
        self._hang_up()

    def _on_channel_closed(self, _channel: Channel, reason: Exception) -> None:
        self._channel = None
        if isinstance(reason, ChannelClosedByBroker):
            self._note(reason)
            self._hang_up()

    def _on_closed(self, connection: Any, reason: Exception) -> None:
        if self._outage is None or not isinstance(reason, pika.exceptions.ConnectionClosedByClient):
            self._note(reason)
        connection.ioloop.stop()

    def _hang_up_from_outside(self) -> None:
        connection = self._connection
        if connection is not None:
            connection.ioloop.add_callback_threadsafe(self._hang_up)

    def _hang_up(self) -> None:
        connection = self._connection
        if connection is None or connection.is_closing or connection.is_closed:
            return
        # A broker that hangs never answers the goodbye.
        connection.ioloop.call_later(ANSWER, connection.ioloop.stop)
        connection.close()

    def _note(self, error: Exception | None) -> None:
        self._outage = _ours(error)


def _named(node: pika.URLParameters, name: str) -> pika.URLParameters:
    named = copy(node)
    named.client_properties = {"connection_name": name}
    return named


def _ours(error: Exception | None) -> Outage:
    if isinstance(error, ChannelClosedByBroker) and error.reply_code == 406:
        return Outage(
            f"RabbitMQ has a queue of ours with other settings: {error.reply_text}.",
            fix="Delete that queue (nothing is lost: messages are said again), or set another bus.prefix.",
        )
    if isinstance(error, ProbableAuthenticationError | pika.exceptions.AuthenticationError):
        return Outage("RabbitMQ refuses the user or password.", fix="Check bus.url.")
    if isinstance(error, ProbableAccessDeniedError):
        return Outage("RabbitMQ has no such virtual host, or it is not for this user.", fix="Check bus.url.")
    said = " ".join(str(error or "it closed our channel").split())
    return Outage(f"RabbitMQ can't be reached: {said or type(error).__name__}.", fix="It is tried again by itself.")
