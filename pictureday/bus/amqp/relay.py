"""Says the catalogue's messages to RabbitMQ, on a thread of its own, and says again what may be lost.

Rows are claimed, published without waiting, and written down as said in groups as the confirms come in.
Whatever is not confirmed stays ready. Every process may run a relay: the claims keep them apart.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from pictureday import config
from pictureday.bus.amqp.flight import Flight
from pictureday.bus.amqp.nodes import Nodes
from pictureday.bus.amqp.publisher import Publisher
from pictureday.bus.amqp.sweep import SWEPT, Sweep
from pictureday.bus.amqp.topology import Topology
from pictureday.bus.holding import new_owner
from pictureday.catalogue import Catalogue, outbox
from pictureday.catalogue.messages import Stored
from pictureday.errors import Outage
from pictureday.log import get_logger
from pictureday.messages import Queue
from pictureday.pause import Pause

__all__ = ["Relay"]

_WINDOW = 500  # messages on their way at a time
_CLAIM = 5.0  # seconds that a row is ours to say; a relay that dies holds it up no longer
_PATIENCE = 4.0  # seconds to wait for a confirm, less than the claim
_POLL = 0.5  # seconds until a message of another process is seen
_HELD_BACK = 0.05  # seconds between looks while a vendor waits for room
_GATHER = 0.003  # seconds for more confirms to come in, to be written down together
_RETRY = 0.5  # seconds until an unconfirmed message is said again
_UNCOUNTED = frozenset({Queue.SYNC, Queue.QUARANTINE})  # nobody waits for these, so vendors need no turns


class Relay:
    """From `ready` to `said`."""

    def __init__(self, settings: config.Bus, nodes: Nodes, catalogue: Catalogue, topology: Topology) -> None:
        self._outstanding = settings.vendor_outstanding
        self._catalogue = catalogue
        self._owner = new_owner()
        self._flight = Flight(_WINDOW, _PATIENCE)
        self._wakened = threading.Event()
        self._stop = threading.Event()
        self._pause = Pause(_RETRY, 5.0)
        self._publisher = Publisher(nodes, topology, self.wake)
        self._sweep = Sweep(settings, catalogue, self._publisher.ask)
        self._thread = threading.Thread(target=self._run, name="pictureday bus relay", daemon=True)

    def start(self) -> None:
        """Begin to say."""
        self._publisher.start()
        self._thread.start()

    def close(self) -> None:
        """End both threads; what was on its way is free for the next relay."""
        self._stop.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join()
        self._publisher.close()

    def wake(self) -> None:
        """There may be something to do."""
        self._wakened.set()

    def drain(self, queue: Queue) -> int:
        """See `Bus.drain`."""
        return self._publisher.purge(queue)

    def why_not(self) -> str:
        """See `Bus.why_not`."""
        return self._publisher.why_not()

    def _run(self) -> None:
        wait = 0.0
        while not self._stop.is_set():
            self._wakened.wait(wait)
            self._stop.wait(_GATHER)
            self._wakened.clear()
            wait = self._turn()
        self._last_turn()

    def _turn(self) -> float:
        """One look at everything; how long to wait for the next."""
        try:
            self._write_down()
            with self._catalogue.read() as tx:
                in_need = outbox.in_need(tx, SWEPT)
            held_back = self._say_more() if in_need and self._publisher.ready else False
            self._sweep.turn(in_need=in_need)
        except Outage:
            return self._pause.next()  # whoever else uses the catalogue tells of it; here it only takes longer
        except Exception as error:  # noqa: BLE001 - a relay that dies would be a bus that is silent for ever
            get_logger().error("relay_failed", error=type(error).__name__)
            return self._pause.next()
        self._pause.reset()
        return _HELD_BACK if held_back else _POLL

    def _last_turn(self) -> None:
        try:
            self._write_down()
            with self._catalogue.write() as tx:
                outbox.release(tx, _ids(self._flight.all()), owner=self._owner, delay=0)
        except Outage:
            pass  # the claims run out by themselves

    def _write_down(self) -> None:
        """Note in the catalogue what the broker has answered, or left unanswered."""
        self._flight.note(self._publisher.outcomes())
        confirmed, failed = self._flight.confirmed(), self._flight.failed(time.monotonic())
        if not confirmed and not failed:
            return
        with self._catalogue.write() as tx:
            self._confirm(tx, confirmed)
            outbox.release(tx, _ids(failed), owner=self._owner, delay=_RETRY)
        self._flight.landed([*confirmed, *failed])

    def _confirm(self, tx: Connection, rows: Sequence[Stored]) -> None:
        outbox.said(tx, _ids(row for row in rows if row.queue is not Queue.QUARANTINE), owner=self._owner)
        outbox.forget(tx, _ids(row for row in rows if row.queue is Queue.QUARANTINE), owner=self._owner)

    def _say_more(self) -> bool:
        """Claim and send what there is room for; whether a vendor has more but must wait its turn."""
        held_back = False
        for queue in Queue:
            turn = self._next(queue)
            held_back = held_back or turn.held_back
            if turn.ids:
                self._send(turn.ids)
        return held_back

    def _next(self, queue: Queue) -> outbox.Turn:
        with self._catalogue.read() as tx:
            return outbox.unsaid(
                tx,
                queue,
                most=self._flight.room,
                seconds=_CLAIM,
                outstanding=None if queue in _UNCOUNTED else self._outstanding,
                in_flight=self._flight.by_vendor(queue),
            )

    def _send(self, ids: Sequence[int]) -> None:
        with self._catalogue.write(fleeting=True) as tx:
            rows = outbox.claim(tx, ids, owner=self._owner, seconds=_CLAIM)
        self._flight.sent(rows, time.monotonic())
        self._publisher.publish(rows)


def _ids(rows: Iterable[Stored]) -> list[int]:
    return [row.id for row in rows]
