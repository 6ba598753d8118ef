"""What a vendor's preflight says is what the pipeline says."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pictureday.messages import FileState
from pictureday.reasons import INBOX_REASONS, REASONS
from tests.flow import every_rule
from tests.flow.conftest import MakeDistrict
from tests.flow.district import District, code_of
from tests.photos import portrait

Verdicts = dict[str, tuple[str, frozenset[str]]]

# What only the district knows, and what is about the inbox as a whole; a decoder that fails is nobody's rule.
UNKNOWABLE = {"not_granted", "vendor_not_active", "not_for_this_delivery", "could_not_be_checked"} | INBOX_REASONS


@pytest.fixture
def district(make_district: MakeDistrict) -> District:
    """A district with a student who must not be photographed and one who left."""
    district = make_district(students=every_rule.STRANGERS, timings={"grace": 1.0}, more=every_rule.LIMITS)
    roster = district.folder / "roster"
    (roster / "flags.csv").write_text(f"student_code,flag\n{code_of(every_rule.FLAGGED)},do_not_photograph\n")
    with (roster / "students.csv").open("a") as students:
        students.write(f"{code_of(every_rule.STRANGERS + 1)},north,5,inactive\n")
    assert district.call("roster", "import", str(roster)).returncode == 0
    return district


def preflight(district: District, folder: Path, names: list[str], *more: str) -> subprocess.CompletedProcess[str]:
    """`pictureday check --json` on what lies in `folder`, run there."""
    return district.call("check", "--json", *more, *names, cwd=folder)


def checked(printed: str) -> Verdicts:
    """The preflight's verdicts, by path."""
    lines = [json.loads(line) for line in printed.splitlines()]
    found = {line["path"]: (line["verdict"], codes(line["reasons"])) for line in lines}
    assert len(found) == len(lines)
    return found


def delivered(district: District) -> Verdicts:
    """The pipeline's verdicts, by path."""
    return {row["path"]: (verdict(row), codes(row["findings"])) for row in district.files()}


def verdict(row: dict[str, Any]) -> str:
    """A state in the preflight's words, which know of one delivery alone."""
    if row["state"] == FileState.UNCHANGED:  # the same photo a second time: as good as the first
        return "quarantined" if row["findings"] else "accepted"
    same = {"index": "ignored", "unfinished": "ignored"}
    return same.get(row["state"], str(row["state"]))


def codes(reasons: list[dict[str, Any]]) -> frozenset[str]:
    """The set of reasons."""
    return frozenset(reason["code"] for reason in reasons)


def test_the_preflight_and_the_pipeline_agree_on_every_file(district: District, tmp_path: Path) -> None:
    """On a set that has every reason a vendor can know, each path has the same verdict for the same reasons."""
    folder = tmp_path / "set"
    names = every_rule.lay(folder)
    done = preflight(district, folder, names, "--roster", str(district.folder / "roster"))
    for name in names:
        shutil.move(folder / name, district.inbox() / name)
    district.run_until_idle()
    said, given = checked(done.stdout), delivered(district)
    assert {path: (said.get(path), given.get(path)) for path in said | given if said.get(path) != given.get(path)} == {}
    assert {code for _, found in said.values() for code in found} == set(REASONS) - UNKNOWABLE
    assert {"accepted", "quarantined", "ignored", "refused"} == {verdict for verdict, _ in said.values()}


def test_the_preflight_says_what_it_could_not_know(district: District, tmp_path: Path) -> None:
    """Without a roster nothing is said of students, never of grants; stderr tells both, and stdout stays clean."""
    names = [f"{code_of(number)}.jpg" for number in (0, every_rule.FLAGGED, every_rule.STRANGERS)]
    for name in names:
        (tmp_path / name).write_bytes(portrait())
    without = preflight(district, tmp_path, names)
    with_roster = preflight(district, tmp_path, names, "--roster", str(district.folder / "roster"))
    assert {verdict for verdict, _ in checked(without.stdout).values()} == {"accepted"}
    assert [found for _, found in checked(with_roster.stdout).values()] == [
        frozenset(),
        {"do_not_photograph"},
        {"unknown_student"},
    ]
    assert [("roster" in done.stderr, "granted" in done.stderr) for done in (without, with_roster)] == [
        (True, True),
        (False, True),
    ]
