"""The inbox as an attacker leaves it: nothing outside it is ever read, and everybody else's deliveries go on."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from pictureday.catalogue import tables
from tests.contract.ingest.world import World
from tests.figures import Figure, Figures, Scale
from tests.flow.district import District, code_of
from tests.hostile.inbox import HARMLESS, SECRET, exchanging, lay, leaks, write
from tests.photos import portrait

# Swapped fast enough, a thread of watchdog's ends with an error; the rescan finds that out, and it begins anew.
_DEAF = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two vendors' inboxes, and an ingester."""
    made = World(tmp_path / "world")
    yield made
    made.close()


def traced(district: District, trace: Path) -> list[str]:
    """Run the real program until nothing is left to do; the paths behind all that any of its processes has opened."""
    strace = ["strace", "-f", "-y", "-qq", "-e", "trace=open,openat,openat2", "-e", "signal=none", "-o", str(trace)]
    command = [*strace, *district.command("run", "--until-idle")]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    return re.findall(r"open(?:at|at2)?\(.*\) = \d+<(.*)>$", trace.read_text(errors="replace"), re.MULTILINE)


@pytest.mark.timeout(300)
def test_nothing_that_is_no_file_of_the_vendors_own_is_ever_opened(tmp_path: Path, figures: Figures) -> None:
    """Links of both kinds, pipes, sockets and devices are quarantined unread, and the other vendor's photo comes in."""
    (tmp_path / "district").mkdir()
    district = District(tmp_path / "district")
    secret = write(tmp_path / "outside" / f"{code_of(0)}.jpg")
    others = write(district.inbox("other") / "albums" / f"{code_of(1)}.jpg", portrait(seed=1))
    (district.inbox("other") / f"{code_of(3)}.jpg").write_bytes(portrait(seed=3))
    targets = (secret, secret.parent, others, others.parent, Path("/etc"), Path("/etc/passwd"), Path("/proc/self/mem"))
    lay(district.inbox(), targets)
    laid = [path for path in district.inbox().rglob("*") if path.is_symlink() or not path.is_dir()]
    opened = traced(district, tmp_path / "trace")
    reached = [path for path in opened if str(secret.parent) in path or Path(path) in laid or Path(path) == others]
    files = Counter((row["vendor"], row["state"], row["path"]) for row in district.files())
    district.close()
    mine = {path: state for vendor, state, path in files if vendor == "acme"}
    let_in = len(reached) + sum(state != "quarantined" for state in mine.values())
    lost = len(laid) - len(mine)
    figures(Figure(what="hostile inbox entries", times=1, files=len(laid), lost=lost, let_in=let_in))
    assert (reached, lost, set(mine.values()), set(files.values())) == ([], 0, {"quarantined"}, {1})
    assert files["other", "accepted", f"{code_of(3)}.jpg"] == 1
    # Whose it is can't be told from a file with two names: its own vendor has to upload it once more.
    assert files["other", "quarantined", f"albums/{code_of(1)}.jpg"] == 1
    assert (leaks(tmp_path / "district"), secret.read_bytes()) == (0, SECRET)


@_DEAF
def test_a_folder_that_is_swapped_for_a_link_while_it_is_read(world: World, scale: Scale, figures: Figures) -> None:
    """Between any two steps of looking, taking and copying: what is behind the link never comes in."""

    def pair(number: int) -> tuple[Path, Path]:
        name, folder = f"{code_of(number)}.jpg", world.inbox() / "deep" / str(number)
        write(aside(world) / "outside" / str(number) / name)
        (aside(world) / str(number)).symlink_to(aside(world) / "outside" / str(number))
        write(folder / name, HARMLESS)
        return folder, aside(world) / str(number)

    attack(world, figures, pair, seconds=scale(1, 120))


@_DEAF
def test_a_file_that_is_swapped_while_it_is_taken(world: World, scale: Scale, figures: Figures) -> None:
    """For a link, a second name of somebody else's file, a pipe, a device or a folder: none of it is read."""
    secret = write(aside(world) / "secret.jpg")

    def pair(number: int) -> tuple[Path, Path]:
        other = aside(world) / str(number)
        _KINDS[number % len(_KINDS)](other, secret)
        return write(world.inbox() / f"{code_of(number)}.jpg", HARMLESS), other

    attack(world, figures, pair, seconds=scale(1, 120))
    assert secret.read_bytes() == SECRET


_KINDS: list[Callable[[Path, Path], object]] = [
    lambda path, secret: path.symlink_to(secret),
    lambda path, secret: path.hardlink_to(secret),
    lambda path, _: os.mkfifo(path),
    lambda path, _: os.mknod(path, 0o20666, os.makedev(1, 5)),
    lambda path, _: write(path / "x.jpg", HARMLESS),
]


def aside(world: World) -> Path:
    """On the disk of the inboxes, and no part of them."""
    folder = world.root.parent / "aside"
    folder.mkdir(exist_ok=True)
    return folder


def attack(world: World, figures: Figures, pair: Callable[[int], tuple[Path, Path]], *, seconds: float) -> None:
    """Swap things while the ingester works, for so long; then all must have come to an end, and nothing got in."""
    numbers, until, swaps = count(), time.monotonic() + seconds, 0
    write(world.inbox("other") / f"{code_of(999_999)}.jpg", portrait())
    while time.monotonic() < until:
        with exchanging([pair(next(numbers)) for _ in range(10)]) as done:
            world.go(seconds=8)
        swaps += done[0]
    world.go(seconds=200)
    states = Counter((row["vendor"], row["state"]) for row in world.rows(tables.files))
    unended = [row for row in world.rows(tables.drops) if row["state"] != "done" or not row["removed"]]
    let_in, lost = leaks(world.root.parent / "blobs"), len(unended) + len(lying(world))
    files = sum(states.values())
    figures(Figure(what="inbox entries swapped while read", times=swaps, files=files, lost=lost, let_in=let_in))
    assert (let_in, unended, lying(world), world.ingester.idle()) == (0, [], [], True)
    assert states["other", "received"] == 1
    assert states["acme", "received"] > 0
    assert {state for _, _, state in world.deliveries()} == {"closed"}
    assert swaps > next(numbers)


def lying(world: World) -> list[Path]:
    """What is left in the inboxes."""
    return [path for path in world.inbox().rglob("*") if path.is_symlink() or not path.is_dir()]
