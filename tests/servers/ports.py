"""Free ports on loopback."""

from __future__ import annotations

import random
import socket
import time

__all__ = ["free_port", "is_open", "wait_for_port"]

# Below the range that the system takes the ports of outgoing connections from, or a client
# of another test could sit on the port before the server does.
_RANGE = range(20_000, 30_000)
_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on, never given twice by this process."""
    while True:
        port = random.choice(_RANGE)
        if port not in _given and _can_bind(port):
            _given.add(port)
            return port


def is_open(port: int, *, hello: bytes = b"", answer: bytes = b"") -> bool:
    """Whether a server accepts on `port` and, told `hello`, answers something that starts with `answer`."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(hello)
            return connection.recv(len(answer)) == answer if answer else True
    except OSError:
        return False


def wait_for_port(port: int, *, seconds: float = 30.0) -> None:
    """Return when somebody listens on `port`; raises `TimeoutError` after `seconds`."""
    end = time.monotonic() + seconds
    while not is_open(port):
        if time.monotonic() > end:
            raise TimeoutError(f"nobody listens on port {port} after {seconds} s")
        time.sleep(0.02)


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
