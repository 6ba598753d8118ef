"""A line to PostgreSQL that breaks at the worst moment: when a transaction is to be committed.

Cut before COMMIT has reached the server, nothing was done; cut before its answer has come back, all was. The client
can't tell which, and must end up right both times.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["Proxy", "serve"]

_COMMIT = b"COMMIT\0"
_CHUNK = 1 << 16


class Proxy:
    """Passes connections on to the server at `port`; of its commits the `share` (0 to 1) is cut off."""

    def __init__(self, port: int, luck: random.Random) -> None:
        self.share = 0.0
        self.before = self.after = 0  # commits that were cut off, before and after the server had them
        self._server = port
        self._luck = luck
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def run(self) -> None:
        """Take connections until `close`."""
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _pass_on(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self._server)) as server:
            silent = threading.Event()
            threading.Thread(target=_answers, args=(server, client, silent), daemon=True).start()
            for message in _messages(client):
                if not self._may_pass(message, silent):
                    break
                server.sendall(message)
            # The other thread listens to the server: closing alone would leave the line, and its locks, as they are.
            _hang_up(server)
        silent.set()
        _hang_up(client)

    def _may_pass(self, message: bytes, silent: threading.Event) -> bool:
        if not (message.startswith(b"Q") and message.endswith(_COMMIT) and self._luck.random() < self.share):
            return True
        if self._luck.random() < 1 / 2:
            self.before += 1
            return False
        self.after += 1
        silent.set()  # it gets there, and nobody hears how it went
        return True


def _answers(server: socket.socket, client: socket.socket, silent: threading.Event) -> None:
    with suppress(OSError):
        while data := server.recv(_CHUNK):
            if silent.is_set():
                break
            client.sendall(data)
    _hang_up(client)


def _messages(client: socket.socket) -> Iterator[bytes]:
    """The client's messages: at first without a kind (an offer of TLS, the greeting), then each with one."""
    greeted = False
    while head := _read(client, 5 if greeted else 8):
        length = struct.unpack("!I", head[-4:] if greeted else head[:4])[0]
        yield head + _read(client, length - (4 if greeted else 8))
        greeted = greeted or struct.unpack("!I", head[4:8])[0] >> 16 == 3


def _read(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            return b""
        data += more
    return data


def _hang_up(client: socket.socket) -> None:
    with suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)


@contextmanager
def serve(port: int, *, seed: int) -> Iterator[Proxy]:
    """A proxy to the server at `port`, in a thread."""
    proxy = Proxy(port, random.Random(seed))
    threading.Thread(target=proxy.run, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.close()
