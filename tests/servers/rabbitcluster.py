"""Three RabbitMQ brokers that are one cluster, each on ports and in a folder of its own."""

from __future__ import annotations

import secrets
import tempfile
import time
from pathlib import Path

from tests.servers.leftovers import make_folder, remove_folder
from tests.servers.ports import free_port
from tests.servers.rabbitmq import Epmd, RabbitServer, Seat

__all__ = ["RabbitCluster"]

_NAMES = tuple(f"pictureday{number}@localhost" for number in (1, 2, 3))


class RabbitCluster:
    """Brokers that know each other; each may be stopped, killed and started again by itself."""

    def __init__(self) -> None:
        self._folder = make_folder(Path(tempfile.gettempdir()), "epmd")
        self._epmd = Epmd(free_port(), self._folder)
        cookie = secrets.token_hex(16)
        self.nodes = [
            RabbitServer(Seat(name=name, peers=_NAMES, cookie=cookie, epmd_port=self._epmd.port)) for name in _NAMES
        ]

    def start(self) -> None:
        """Start whichever does not run, side by side; returns when all talk and are one cluster."""
        self._epmd.start()
        for node in self.nodes:
            node.begin()
        for node in self.nodes:
            node.start()
        self._wait_for_all()

    def new_url(self) -> str:
        """`amqp://…` of a new virtual host, naming all the nodes."""
        first, *others = self.nodes
        url = first.new_url()
        head, _, rest = url.partition(f":{first.port}/")
        return f"{head}:{first.port},{','.join(f'127.0.0.1:{other.port}' for other in others)}/{rest}"

    def leader(self, url: str, queue: str) -> RabbitServer:
        """The node that leads `queue` in the virtual host of `url`."""
        alive = next(node for node in self.nodes if node.is_running())
        lines = alive.ctl("list_queues", "-p", url.rpartition("/")[2], "name", "leader").split()
        name = dict(zip(lines[::2], lines[1::2], strict=True))[queue]
        return next(node for node in self.nodes if node.name == name)

    def settle(self) -> None:
        """See `RabbitServer.settle`."""
        for node in self.nodes:
            node.settle()

    def close(self) -> None:
        """Stop everything and remove the folders."""
        for node in self.nodes:
            node.kill()
            node.close()
        self._epmd.close()
        remove_folder(self._folder)

    def _wait_for_all(self, *, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while "3" not in self.nodes[0].ctl("eval", "length(rabbit_nodes:all_running())."):
            assert time.monotonic() < end, "the brokers are no cluster"
            time.sleep(0.1)
