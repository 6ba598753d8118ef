"""A RabbitMQ broker of our own, on loopback, in a folder that goes when it stops.

Debian's wrapper in /usr/sbin insists on the system's broker and user, so the script behind it is called.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.servers.leftovers import make_folder, remove_folder
from tests.servers.ports import free_port, is_open
from tests.servers.processes import Process, account, program, rights, wait_until

__all__ = ["Epmd", "RabbitServer", "Seat"]

_HELLO = b"AMQP\x00\x00\x09\x01"
_START_FRAME = b"\x01\x00\x00"  # a method frame on channel 0
_CONFIG = """\
loopback_users = none
log.console = false
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 1GB
"""


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A broker's place in a cluster: its name, everybody's names, and what makes them trust and find each other."""

    name: str
    peers: tuple[str, ...]
    cookie: str
    epmd_port: int


class Epmd:
    """Erlang's name server, which brokers find each other by."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self._program = program("/usr/bin/epmd", package="erlang-base")
        self._folder = folder
        self._process: Process | None = None

    def start(self) -> None:
        """Start it; Erlang would do so by itself, as a daemon that outlives the broker."""
        if self._process is None:
            words = (self._program, "-port", str(self.port), "-address", "127.0.0.1")
            self._process = Process("epmd", words, folder=self._folder)
            wait_until(lambda: is_open(self.port), "Erlang's epmd did not start", process=self._process)

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.end()


class RabbitServer:
    """A broker that can be stopped, killed and started again on the same data; in a cluster, where it has a `seat`."""

    def __init__(self, seat: Seat | None = None) -> None:
        self._bin = program("/usr/lib/rabbitmq/bin/rabbitmq-server", package="rabbitmq-server").parent
        self._user = account("rabbitmq", "nobody")
        self._folder = make_folder(Path(tempfile.gettempdir()), "rabbitmq")
        self._seat = seat
        self._epmd_port = seat.epmd_port if seat else free_port()
        self._epmd = None if seat else Epmd(self._epmd_port, self._folder)
        self.name = seat.name if seat else "pictureday@localhost"
        self.port = free_port()
        self._environment = self._make_ground()
        self._vhosts = (f"test{number}" for number in itertools.count(1))
        self._vhost = ""
        self._broker: Process | None = None

    @property
    def pid(self) -> int:
        """The number of the broker's process; raises `RuntimeError` where it does not run."""
        if self._broker is None:
            raise RuntimeError("the broker was never started")
        return self._broker.pid

    def is_running(self) -> bool:
        """Whether the broker's process is there."""
        return self._broker is not None and self._broker.is_alive()

    def start(self) -> None:
        """Start the broker on the data it has, and return when it talks AMQP (4 to 9 seconds)."""
        self.begin()
        wait_until(self._talks, "RabbitMQ did not start", seconds=90, process=self._broker)

    def begin(self) -> None:
        """Start the broker, and don't wait for it."""
        if self._epmd is not None:
            self._epmd.start()
        if not self.is_running():
            self._broker = self._run("broker", self._bin / "rabbitmq-server")

    def stop(self) -> None:
        """Let the broker end in good order."""
        if self._broker is not None:
            self._broker.end()

    def settle(self) -> None:
        """Have the broker write down the queues that were just declared.

        RabbitMQ 3.10 keeps the entry of a new quorum queue in memory for up to 3 s. Killed within them, the
        queue never finds its leader again: each call on it hangs for 65 s and ends with 541 INTERNAL_ERROR.
        """
        self.ctl("eval", "[dets:sync(Table) || Table <- dets:all()].")

    def kill(self) -> None:
        """`kill -9` the broker; see `settle` for queues younger than 3 s."""
        if self._broker is not None:
            self._broker.kill()

    def restart(self) -> None:
        """Stop, and start again on the same data."""
        self.stop()
        self.start()

    def new_url(self) -> str:
        """`amqp://…` of a virtual host that nobody used; the one before is deleted with all its queues."""
        before, self._vhost = self._vhost, next(self._vhosts)
        drop = f'rabbit_vhost:delete(<<"{before}">>, <<"test">>), ' if before else ""
        make = f'rabbit_vhost:add(<<"{self._vhost}">>, <<"test">>)'
        allow = ", ".join(['<<"guest">>', f'<<"{self._vhost}">>', *['<<".*">>'] * 3, '<<"test">>'])
        self.ctl("eval", f"{drop}{make}, rabbit_auth_backend_internal:set_permissions({allow}).")
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{self._vhost}"

    def ctl(self, *arguments: str) -> str:
        """What `rabbitmqctl` prints; raises `CalledProcessError` where it fails."""
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [str(self._bin / "rabbitmqctl"), "--quiet", *arguments],
            env=self._environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            **rights(self._user),
        )
        return done.stdout

    def close(self) -> None:
        """Stop everything and remove the folder."""
        self.stop()
        if self._epmd is not None:
            self._epmd.close()
        remove_folder(self._folder)

    def _make_ground(self) -> dict[str, str]:
        (self._folder / "rabbitmq.conf").write_text(_CONFIG + self._company(), encoding="ascii")
        (self._folder / "enabled_plugins").write_text("[].", encoding="ascii")
        if self._seat:
            cookie = self._folder / ".erlang.cookie"
            cookie.write_text(self._seat.cookie, encoding="ascii")
            cookie.chmod(0o400)
        if self._user:
            for path in (self._folder, *self._folder.iterdir()):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        return {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "HOME": str(self._folder),  # for .erlang.cookie
            "RABBITMQ_ALLOW_INPUT": "1",  # the script turns into the broker, so that its number is the broker's
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_PID_FILE": str(self._folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def _company(self) -> str:
        if self._seat is None:
            return ""
        lines = [f"cluster_formation.classic_config.nodes.{at} = {peer}" for at, peer in enumerate(self._seat.peers, 1)]
        return "\n".join(["cluster_formation.peer_discovery_backend = classic_config", *lines, ""])

    def _run(self, name: str, *command: str | Path) -> Process:
        return Process(name, command, folder=self._folder, user=self._user, environment=self._environment)

    def _talks(self) -> bool:
        return is_open(self.port, hello=_HELLO, answer=_START_FRAME)
