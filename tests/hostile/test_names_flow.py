"""Hostile names through the whole pipeline: everything that comes out is looked at."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.figures import Figure, Figures, Scale
from tests.hostile import names_audit as audit
from tests.hostile.names import NAMES, unsafe
from tests.hostile.names_world import COMMANDS, World, on_a_terminal, printed

Words = list[tuple[str, ...]]


@pytest.fixture
def world(tmp_path: Path, scale: Scale) -> Iterator[World]:
    """A district before anything was dropped."""
    made = World(tmp_path / "world", every=scale(8, 1))
    yield made
    made.district.close()


@pytest.mark.timeout(400)
def test_no_name_reaches_anything_unescaped(world: World, figures: Figures) -> None:
    """Mails, receipts, tables, terminals, logs and paths hold no hostile name as it is, wherever it came from.

    Each file has one state, and is on its receipt in a form that it is known by.
    """
    log = world.run()
    states = world.district.states()
    assert states["applied"] == 1
    assert states.keys() <= {"applied", "quarantined", "rejected", "refused", "index", "unfinished"}
    troubles = [
        *audit.mail_troubles(world),
        *audit.receipt_troubles(world),
        *audit.path_troubles(world),
        *audit.log_troubles(world, log),
        *_look_troubles(world),
    ]
    figures(Figure(what="hostile names shown", times=len(NAMES), files=sum(states.values()), let_in=len(troubles)))
    assert troubles == []


def _look_troubles(world: World) -> Iterator[str]:
    shows = _shows(world)
    looks = [*COMMANDS, *_largest(world), shows[0]]
    for words in looks:
        said = printed(lambda: world.call(*words))  # noqa: B023 - called at once
        yield from (f"{words} prints {char!r}" for char in unsafe(said, but="\r\n"))
    for words in (words for words in looks if words[0] not in {"roster", "sync", "doctor"}):
        said = printed(lambda: world.call(*words, "--json"))  # noqa: B023
        if not said.isascii() or json.loads(said) is None:
            yield f"{words} --json prints {said!r}"
    seen = _on_terminals(world, looks, shows)
    world.make_harmless()
    own = _on_terminals(world, looks, shows[:1])
    yield from (f"a terminal gets {found!r}" for found in audit.escapes(seen) - audit.escapes(own))
    yield from (f"a terminal shows {char!r}" for char in audit.left_over(seen))


def _on_terminals(world: World, looks: Words, shows: Words) -> str:
    said = [on_a_terminal(lambda: world.call(*words)) for words in looks]  # noqa: B023
    return "".join([*said, on_a_terminal(lambda: world.call_each(shows))])


def _shows(world: World) -> Words:
    return [("quarantine", "show", str(row["id"])) for row in world.district.files() if row["state"] == "rejected"]


def _largest(world: World) -> Words:
    """The deliveries that hold all names, and one that was refused."""
    rows = Counter(row["delivery_id"] for row in world.district.files()).most_common(5)
    refused = next(row["id"] for row in world.district.deliveries() if row["state"] == "refused")
    return [("deliveries", str(number)) for number in [*(number for number, _ in rows), refused]]
