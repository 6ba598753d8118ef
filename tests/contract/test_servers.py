"""The test servers themselves: what they promise to the tests that stand on them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pika
import psycopg
import pytest

from tests.servers import PostgresServer, RabbitServer, SftpServer
from tests.servers.leftovers import make_folder, note_process
from tests.servers.ports import free_port
from tests.servers.processes import Process, program, wait_until


def test_rabbitmq_keeps_a_confirmed_message_over_a_kill(rabbit: RabbitServer, amqp_url: str) -> None:
    """What the broker confirmed is there after `kill -9` and a start on the same data."""
    _publish(amqp_url, b"hello")
    rabbit.settle()
    rabbit.kill()
    assert not rabbit.is_running()
    rabbit.start()
    assert _take(amqp_url) == b"hello"


def test_each_rabbitmq_test_has_a_virtual_host_of_its_own(rabbit: RabbitServer, amqp_url: str) -> None:
    """A queue of one test is unknown to the next."""
    _publish(amqp_url, b"mine")
    connection = pika.BlockingConnection(pika.URLParameters(rabbit.new_url()))
    with connection, pytest.raises(pika.exceptions.ChannelClosedByBroker, match="NOT_FOUND"):
        connection.channel().queue_declare("photos", passive=True)


@pytest.mark.parametrize("how", ["kill", "smart", "fast", "immediate"])
def test_postgresql_keeps_what_was_committed(postgres: PostgresServer, postgres_url: str, how: str) -> None:
    """A committed row survives every way to end the server."""
    with _connect(postgres_url) as connection:
        connection.execute("CREATE TABLE photos AS SELECT 7 AS id")
    postgres.kill() if how == "kill" else postgres.stop(how)  # type: ignore[arg-type]  # the parameters are its modes
    assert not postgres.is_running()
    postgres.start()
    with _connect(postgres_url) as connection:
        assert connection.execute("SELECT id FROM photos").fetchall() == [(7,)]


@pytest.mark.parametrize("client", ["sftp", "lftp", "rclone"])
def test_a_vendor_uploads_with_a_real_client(sftp_server: SftpServer, tmp_path: Path, client: str) -> None:
    """Each client writes into the inbox, and what it wrote can be renamed out of the vendor's reach."""
    vendor = sftp_server.add_vendor("acme")
    (tmp_path / "a.jpg").write_bytes(b"photo")
    match client:
        case "sftp":
            vendor.sftp(f"put {tmp_path}/a.jpg")
        case "lftp":
            vendor.lftp(f"put {tmp_path}/a.jpg")
        case _:
            vendor.rclone("copy", str(tmp_path), "vendor:/inbox")
    assert (vendor.inbox / "a.jpg").read_bytes() == b"photo"
    (vendor.inbox / "a.jpg").rename(sftp_server.root / "taken")


def test_a_vendor_reads_its_receipts_and_nothing_else(sftp_server: SftpServer, tmp_path: Path) -> None:
    """A vendor fetches its own receipt, can't change it, and doesn't see its neighbour."""
    vendor, _ = sftp_server.add_vendor("acme"), sftp_server.add_vendor("smile")
    (vendor.receipts / "1.csv").write_text("ok", encoding="ascii")
    vendor.sftp(f"get /receipts/1.csv {tmp_path}/1.csv")
    assert (tmp_path / "1.csv").read_text(encoding="ascii") == "ok"
    for forbidden in ("rm /receipts/1.csv", "ls /smile", "ls /srv", "put /dev/null /new"):
        with pytest.raises(subprocess.CalledProcessError):
            vendor.sftp(forbidden)


def test_a_cut_line_leaves_a_part_and_the_server(sftp_server: SftpServer, tmp_path: Path) -> None:
    """Cutting a session in the middle of a file leaves the part, and the next session works."""
    vendor = sftp_server.add_vendor("acme")
    (tmp_path / "big").write_bytes(bytes(3_000_000))
    slow = subprocess.Popen(vendor.sftp_command("-l", "800"), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert slow.stdin is not None
    with slow, slow.stdin as lines:
        lines.write(f"put {tmp_path}/big\n".encode())
        lines.flush()
        wait_until(lambda: (vendor.inbox / "big").exists() and (vendor.inbox / "big").stat().st_size > 0, "no upload")
        sftp_server.cut_lines()
    assert 0 < (vendor.inbox / "big").stat().st_size < 3_000_000
    vendor.sftp(f"put {tmp_path}/big")
    assert (vendor.inbox / "big").stat().st_size == 3_000_000


def test_a_missing_server_is_a_failure_that_names_its_package() -> None:
    """Nothing is skipped where a server is missing; the sentence says what to install."""
    with pytest.raises(RuntimeError, match="install Debian's package rabbitmq-server"):
        program("/usr/lib/rabbitmq-that-is-not-here/bin/*", package="rabbitmq-server")


def test_a_server_that_dies_at_once_says_why(tmp_path: Path) -> None:
    """A start that fails shows the program's own words, and doesn't wait for the time to be over."""
    process = Process("sad", ["sh", "-c", "echo no room at all; exit 3"], folder=tmp_path)
    with pytest.raises(RuntimeError, match="no room at all"):
        wait_until(lambda: False, "it did not start", process=process)


def test_a_later_run_clears_what_a_killed_one_left(tmp_path: Path) -> None:
    """A folder whose maker is dead goes, with the server that still runs in it; a living one's stays."""
    script = (
        "import pathlib, subprocess, sys; from tests.servers.leftovers import make_folder, note_process\n"
        "folder = make_folder(pathlib.Path(sys.argv[1]), 'left')\n"
        "server = subprocess.Popen(['sleep', '600'], start_new_session=True, stdout=-3, stderr=-3)\n"
        "note_process(folder, server.pid); print(folder, server.pid, flush=True); import os; os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    folder, pid = done.stdout.split()
    mine = make_folder(tmp_path, "mine")
    note_process(mine, os.getpid())
    make_folder(tmp_path, "next")
    assert not Path(folder).exists()
    assert mine.exists()
    wait_until(lambda: not _runs(int(pid)), "the server was left running", seconds=10)
    shutil.rmtree(mine)


def test_a_port_is_given_once() -> None:
    """Two servers of one process never get the same port."""
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == 200


def _publish(url: str, body: bytes) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare("photos", durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery()
        channel.basic_publish("", "photos", body, pika.BasicProperties(delivery_mode=2))


def _take(url: str) -> bytes:
    # consume, not get: a get is refused while the queue still elects its leader after a start.
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        _, _, body = next(connection.channel().consume("photos", inactivity_timeout=30))
        return bytes(body)


def _connect(url: str) -> psycopg.Connection[tuple[int]]:
    return psycopg.connect(url.replace("+psycopg", ""))


def _runs(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="ascii").split()[2] != "Z"
