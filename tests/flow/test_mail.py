"""Reports reach their readers, whatever the mail server does."""

from __future__ import annotations

from collections import defaultdict
from email import message_from_bytes

from pictureday.catalogue import tables
from tests.flow.conftest import MakeDistrict
from tests.flow.district import District, code_of, eventually
from tests.photos import cut, portrait
from tests.servers.smtp import Mailbox, Mood, serve

NORTH, SOUTH, OPS = "north@school.example", "south@school.example", "ops@district.example"
# What each reader's mail meets, try after try.
MOODS = (
    Mood(answers={"RCPT": "450 mailbox busy, come back"}),
    Mood(answers={"DATA": "421 going down"}),
    Mood(stall=60),
    Mood(hang_up=1),
    Mood(),
)


def drop_bad_photos(district: District) -> None:
    """One bad photo for each school, and one that no school can be told of."""
    for name in (f"{code_of(0)}.jpg", f"{code_of(1)}.jpg", "IMG_1.jpg"):
        (district.inbox() / name).write_bytes(cut(portrait(), 0.9))


def test_every_report_arrives_at_a_server_that_refuses_stalls_and_hangs_up(make_district: MakeDistrict) -> None:
    """450, 421, a time-out, a line that drops after DATA: each reader gets the mail, and its copies are one mail."""
    box = Mailbox(moods=MOODS)
    with serve(box) as port:
        district = make_district(
            urls={"mail": f"smtp://127.0.0.1:{port}"}, more="mail.retry = 0.1\nmail.timeout = 0.5", timings={"grace": 1}
        )
        drop_bad_photos(district)
        district.run_until_idle()
    copies: dict[str, list[str]] = defaultdict(list)
    for body, (reader,) in box.received:
        copies[reader].append(str(message_from_bytes(body)["Message-ID"]))
    # The line that drops after DATA leaves a mail that arrived and can't be known to have.
    assert {reader: len(names) for reader, names in copies.items()} == {NORTH: 2, SOUTH: 2, OPS: 2}
    assert [len(set(names)) for names in copies.values()] == [1, 1, 1]
    assert box.tries == {NORTH: 5, SOUTH: 5, OPS: 5}


def test_a_mail_outlives_the_program(make_district: MakeDistrict) -> None:
    """A mail that no server took is kept when the program ends, and goes out under its Message-ID after the start."""
    away = Mailbox(answers={"MAIL": "421 not now"})
    box = Mailbox()
    with serve(away) as shut, serve(box) as port:
        district = make_district(urls={"mail": f"smtp://127.0.0.1:{shut}"}, more="mail.retry = 0.1")
        drop_bad_photos(district)
        program = district.start("run")
        eventually(lambda: sum(mail["attempts"] > 0 for mail in district.rows(tables.mails)) == 3, "3 tries")
        district.stop(program)
        made = {mail["message_id"] for mail in district.rows(tables.mails)}
        district.set_url("mail", f"smtp://127.0.0.1:{port}")
        district.run_until_idle()
    assert "421 not now" in district.logs()
    assert {str(message_from_bytes(body)["Message-ID"]) for body, _ in box.received} == made
    assert sorted(to for _, readers in box.received for to in readers) == [NORTH, OPS, SOUTH]
