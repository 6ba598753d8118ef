"""A real OpenSSH server of our own that only speaks SFTP, each vendor in its chroot as in production.

`<root>/<vendor>/` belongs to root and is all that the vendor sees; it writes in `inbox/` and reads
in `receipts/`. sshd refuses a chroot below a folder that others may write, so the root lies in /srv
and not in /tmp. Vendors are users of the system for as long as the server lives.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.leftovers import descendants, make_folder, remove_folder
from tests.servers.ports import free_port, is_open
from tests.servers.processes import Process, program, wait_until

__all__ = ["SftpServer", "SftpVendor"]

_SETTINGS = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/ssh/host_key
PidFile none
AuthorizedKeysFile {folder}/ssh/keys/%u
AuthenticationMethods publickey
UsePAM no
StrictModes no
LogLevel VERBOSE
MaxStartups 100
MaxSessions 100
Subsystem sftp internal-sftp
ChrootDirectory %h
ForceCommand internal-sftp -d /inbox -u 0007
"""
# From OpenSSH 9.8 on, lines that are cut keep their address out for a while; ours all come from one.
_IF_KNOWN = "PerSourcePenalties no\n"
_PLAIN = "-o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"


@dataclass(frozen=True, kw_only=True)
class SftpVendor:
    """One vendor: its folders, its key, and command lines of the clients it may use."""

    name: str
    user: str
    port: int
    key: Path
    folder: Path

    @property
    def inbox(self) -> Path:
        """Where it writes; `/inbox` to its clients."""
        return self.folder / "inbox"

    @property
    def receipts(self) -> Path:
        """Where it reads; `/receipts` to its clients."""
        return self.folder / "receipts"

    def sftp_command(self, *options: str) -> list[str]:
        """OpenSSH's `sftp`, reading its commands from stdin and ending at the first that fails."""
        return ["sftp", *_PLAIN.split(), *options, "-b", "-", "-P", str(self.port), "-i", str(self.key), self.address]

    def lftp_command(self, script: str) -> list[str]:
        """`lftp` running `script`; a line that is cut is not taken up again by itself."""
        connect = (
            f"set sftp:connect-program 'ssh -a -x {_PLAIN} -i {self.key}'; set net:max-retries 1; set cmd:fail-exit yes"
        )
        return ["lftp", "-c", f"{connect}; open sftp://{self.user}:@127.0.0.1:{self.port}; {script}"]

    def rclone_command(self, *arguments: str) -> list[str]:
        """`rclone` with `arguments`, in which `vendor:` is the vendor's view of the server."""
        remote = f":sftp,host=127.0.0.1,port={self.port},user={self.user},key_file={self.key},shell_type=none:"
        return ["rclone", "--config=/dev/null", *(text.replace("vendor:", remote, 1) for text in arguments)]

    @property
    def address(self) -> str:
        """`user@host`."""
        return f"{self.user}@127.0.0.1"

    def sftp(self, *lines: str) -> None:
        """Run these lines with `sftp`; raises `CalledProcessError` when one fails."""
        self.run(self.sftp_command(), stdin="\n".join(lines) + "\n")

    def lftp(self, script: str) -> None:
        """Run `script` with `lftp`; raises `CalledProcessError` when a command fails."""
        self.run(self.lftp_command(script))

    def rclone(self, *arguments: str) -> None:
        """Run `rclone`; raises `CalledProcessError` when it fails."""
        self.run(self.rclone_command(*arguments))

    def run(self, command: list[str], *, stdin: str = "") -> None:
        """Run a client to its end (two minutes at most)."""
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            error = subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
            error.add_note(done.stderr)
            raise error


class SftpServer:
    """An sshd and the vendors' folders behind it. Needs root, as a chroot does."""

    def __init__(self) -> None:
        self._program = program("/usr/sbin/sshd", package="openssh-server")
        for client, package in (("sftp", "openssh-client"), ("lftp", "lftp"), ("rclone", "rclone")):
            program(f"/usr/bin/{client}", package=package)
        if os.getuid() != 0:
            raise RuntimeError("OpenSSH's chroot needs root: run the tests as root or with sudo (`make test` does)")
        self._folder = make_folder(Path("/srv"), "sftp")
        self._port = free_port()
        self._numbers = itertools.count(1)
        self._server: Process | None = None
        self.root = self._folder / "vendors"
        self._make_ground()

    @property
    def pid(self) -> int:
        """The number of the process that listens; raises `RuntimeError` where it was never started."""
        if self._server is None:
            raise RuntimeError("sshd was never started")
        return self._server.pid

    @property
    def url(self) -> str:
        """The inbox setting for the vendors' folders."""
        return f"file:{self.root}"

    def start(self) -> None:
        """Start sshd and return when it listens."""
        self._server = Process(
            "sshd", [self._program, "-D", "-e", "-f", self._folder / "ssh/config"], folder=self._folder
        )
        wait_until(lambda: is_open(self._port, answer=b"SSH-2.0"), "sshd did not start", process=self._server)

    def add_vendor(self, name: str) -> SftpVendor:
        """A vendor with a system user, a key pair, and its folders."""
        user = f"pdt{os.getpid()}n{next(self._numbers)}"
        folder = self.root / name
        subprocess.run(_useradd(user, folder), check=True, capture_output=True)
        # A locked password ("!") would lock the key out too.
        subprocess.run(["usermod", "--password", "*", user], check=True, capture_output=True)
        _make_vendor_folder(folder, user)
        key = self._folder / "ssh" / user
        _make_key(key)
        shutil.copy(key.with_suffix(".pub"), self._folder / "ssh/keys" / user)
        return SftpVendor(name=name, user=user, port=self._port, key=key, folder=folder)

    def cut_lines(self) -> None:
        """End every session at once, as a broken line would; the server goes on listening."""
        for pid in descendants(self.pid):
            subprocess.run(["kill", "-9", str(pid)], check=False, capture_output=True)

    def close(self) -> None:
        """End the server and its sessions, remove the users and the folders."""
        if self._server is not None:
            self._server.end()
        remove_folder(self._folder)

    def _make_ground(self) -> None:
        (self._folder / "ssh/keys").mkdir(parents=True)
        self.root.mkdir()
        # sshd insists on this folder; Debian's service makes it at each start.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        _make_key(self._folder / "ssh/host_key")
        config = self._folder / "ssh/config"
        plain = _SETTINGS.format(port=self._port, folder=self._folder)
        config.write_text(plain + _IF_KNOWN, encoding="utf-8")
        if subprocess.run([self._program, "-t", "-f", config], capture_output=True, check=False).returncode != 0:
            config.write_text(plain, encoding="utf-8")


def _useradd(user: str, folder: Path) -> list[str]:
    options = ["--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin"]
    return ["useradd", *options, "--home-dir", str(folder), user]


def _make_vendor_folder(folder: Path, user: str) -> None:
    folder.mkdir()
    for name, owner, mode in (("inbox", user, 0o2770), ("receipts", "root", 0o2750)):
        (folder / name).mkdir()
        shutil.chown(folder / name, owner, user)
        (folder / name).chmod(mode)


def _make_key(path: Path) -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(command, check=True, capture_output=True)
