"""The plug itself: a test that pulls it at every durable call is worth as much as the plug's idea of what these are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.faults.nursery import Nursery
from tests.faults.plug import Mode, Plug, built
from tests.faults.story import CHAPTERS, Story

# Every system call of Linux that changes a file or a folder, or makes it safe.
_ON_FD = re.compile(
    "write|pwrite64|writev|pwritev|pwritev2|fsync|fdatasync|syncfs|sync_file_range|ftruncate|fallocate|fchmod|fchown"
    "|sendfile|copy_file_range|fsetxattr"
)
_ON_PATH = re.compile(
    "rename|renameat|renameat2|link|linkat|symlink|symlinkat|unlink|unlinkat|rmdir|mkdir|mkdirat|mknod|mknodat|truncate"
    "|chmod|fchmodat|chown|lchown|fchownat|utimensat"
)
_OPENING = re.compile("open|openat|openat2|creat")
_CALL = re.compile(r"[0-9]+ +(?P<name>[a-z0-9_]+)\((?P<given>.*)")
# What libc's functions, as the plug names them, turn into.
_ALIAS = {"pwrite64": "pwrite", "ftruncate64": "ftruncate", "openat": "open", "creat": "open"}


def test_the_plug_sees_every_durable_call_that_strace_sees(tmp_path: Path) -> None:
    """Call by call, over the whole story: whatever the kernel is asked to change below the folder is a point."""
    trace, points, plug = tmp_path / "trace", tmp_path / "points", Plug(tmp_path / "counts")
    story = Story(tmp_path)
    calls = ",".join(kind.pattern.replace("|", ",") for kind in (_ON_FD, _ON_PATH, _OPENING))
    strace = ["strace", "-f", "-y", "-qq", "-e", f"trace={calls}", "-e", "signal=none", "-o", str(trace)]
    plug.set(Mode.NOTHING, 0)
    with Nursery(tmp_path, built(tmp_path), under=strace) as nursery:
        for chapter, commands in CHAPTERS.items():
            story.keep(chapter)
            for words in commands:
                ended = nursery.run(story.district.config, *words, plug=(story.root, plug.path, points))
                assert ended.code == 0, ended.log
    seen = Counter(_names(trace.read_text(errors="replace").splitlines(), str(story.root)))
    counted = Counter(_ALIAS.get(name, name) for name in (line.split()[1] for line in points.read_text().splitlines()))
    assert counted == seen
    assert plug.calls == counted.total() > 500


def _names(lines: list[str], root: str) -> Iterator[str]:
    for found in filter(None, map(_CALL.match, lines)):
        if _is_durable(found["name"], found["given"], root):
            yield _ALIAS.get(found["name"], found["name"])


def _is_durable(name: str, given: str, root: str) -> bool:
    if _ON_FD.fullmatch(name):
        return re.match(rf"[0-9]+<{root}[/>]", given) is not None
    return root in given and (not _OPENING.fullmatch(name) or re.search("O_CREAT|O_TRUNC", given) is not None)
