"""A RabbitMQ broker of our own, on loopback, in a folder that goes when it stops.

Debian's wrapper in /usr/sbin insists on the system's broker and user, so the script behind it is called.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
from pathlib import Path

from tests.servers.leftovers import make_folder, remove_folder
from tests.servers.ports import free_port, is_open
from tests.servers.processes import Process, account, program, rights, wait_until

__all__ = ["RabbitServer"]

_HELLO = b"AMQP\x00\x00\x09\x01"
_START_FRAME = b"\x01\x00\x00"  # a method frame on channel 0
_CONFIG = """\
loopback_users = none
log.console = false
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 1GB
"""


class RabbitServer:
    """A broker that can be stopped, killed and started again on the same data."""

    def __init__(self) -> None:
        self._bin = program("/usr/lib/rabbitmq/bin/rabbitmq-server", package="rabbitmq-server").parent
        self._epmd_program = program("/usr/bin/epmd", package="erlang-base")
        self._user = account("rabbitmq", "nobody")
        self._folder = make_folder(Path(tempfile.gettempdir()), "rabbitmq")
        self._port, self._epmd_port = free_port(), free_port()
        self._environment = self._make_ground()
        self._vhosts = (f"test{number}" for number in itertools.count(1))
        self._vhost = ""
        self._epmd: Process | None = None
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
        if self.is_running():
            return
        if self._epmd is None:
            # Erlang would start this name server by itself, as a daemon that outlives the broker.
            self._epmd = self._run("epmd", self._epmd_program, "-port", str(self._epmd_port), "-address", "127.0.0.1")
            wait_until(lambda: is_open(self._epmd_port), "Erlang's epmd did not start", process=self._epmd)
        self._broker = self._run("broker", self._bin / "rabbitmq-server")
        wait_until(self._talks, "RabbitMQ did not start", seconds=90, process=self._broker)

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
        return f"amqp://guest:guest@127.0.0.1:{self._port}/{self._vhost}"

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
            self._epmd.end()
        remove_folder(self._folder)

    def _make_ground(self) -> dict[str, str]:
        (self._folder / "rabbitmq.conf").write_text(_CONFIG, encoding="ascii")
        (self._folder / "enabled_plugins").write_text("[].", encoding="ascii")
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        return {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "HOME": str(self._folder),  # for .erlang.cookie
            "RABBITMQ_ALLOW_INPUT": "1",  # the script turns into the broker, so that its number is the broker's
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_NODENAME": "pictureday@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
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

    def _run(self, name: str, *command: str | Path) -> Process:
        return Process(name, command, folder=self._folder, user=self._user, environment=self._environment)

    def _talks(self) -> bool:
        return is_open(self._port, hello=_HELLO, answer=_START_FRAME)
