"""From a vendor's folder to MiSiS, and a second time."""

from __future__ import annotations

import zipfile

from tests.flow.district import District, code_of
from tests.photos import portrait


def test_a_drop_becomes_a_verdict_a_receipt_a_report_and_a_photo_in_misis(district: District) -> None:
    """The main job: a good photo reaches the store, a bad one the school's mail, all of them the receipt."""
    with zipfile.ZipFile(district.inbox() / "drop.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"{code_of(number)}.jpg", portrait(seed=number))
        archive.writestr(f"{code_of(3)}.jpg", portrait(seed=3)[:9000])
    district.run_until_idle()
    assert district.call("sync", "--now").returncode == 0
    assert district.states() == {"applied": 3, "quarantined": 1}
    assert [row["student_code"] for row in district.store()] == [code_of(number) for number in range(3)]
    (receipt,) = district.receipts()
    assert receipt["totals"]["files"] == 4
    (mail,) = [mail for mail in district.mails() if "school" in mail["To"]]
    assert (mail["To"], code_of(3) in mail["Subject"]) == ("south@school.example", False)


def test_the_logs_name_no_student_and_no_file(district: District) -> None:
    """A file name is a student's code: the log has numbers only, also where everything goes wrong."""
    (district.inbox() / f"{code_of(1)}.jpg").write_bytes(portrait(seed=1))
    (district.inbox() / f"{code_of(2)}.jpg").write_bytes(portrait(seed=2)[:9000])
    (district.inbox() / f"{code_of(4)}.zip").write_bytes(b"PK no archive")
    (district.inbox() / f"{code_of(6)}.jpg").symlink_to("/etc/hostname")
    done = district.call("--log-level", "info", "run", "--until-idle")
    assert district.states() == {"accepted": 1, "quarantined": 2, "refused": 1}
    assert '"photos_judged"' in done.stderr
    assert [number for number in range(10) if code_of(number) in done.stderr] == []


def test_the_whole_flow_twice_changes_nothing(district: District) -> None:
    """The very same bytes again are counted and change nothing; a second sync writes no row."""
    for _ in range(2):
        for number in range(4):
            data = portrait(seed=number) if number else portrait(seed=number)[:9000]
            (district.inbox() / f"{code_of(number)}.jpg").write_bytes(data)
        district.run_until_idle()
        assert district.call("sync", "--now").returncode == 0
    assert district.states() == {"applied": 3, "quarantined": 1, "unchanged": 4}
    assert (len(district.store()), len(district.history())) == (3, 0)
    assert len([mail for mail in district.mails() if "school" in mail["To"]]) == 1
