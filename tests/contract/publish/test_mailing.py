"""Every report reaches its school, once, whatever the mail server does; at most one mail an hour."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from pictureday import mail
from pictureday.bus import Taken
from pictureday.catalogue import notices, tables
from pictureday.errors import Outage
from pictureday.mail import MailRefused, Outcome
from pictureday.messages import FileState, PhotoAccepted
from publish import holding
from publish.worker import Publisher
from tests.contract.publish.world import CODES, World
from tests.flow.district import eventually
from tests.servers import smtp

DOWN = Outage("The mail server is away.")
# How a server behaves, try after try: its answers, the seconds it stalls at DATA, how often it hangs up after it.
_MOODS: tuple[tuple[dict[str, str], float, int], ...] = (
    ({"RCPT": "450 later"}, 0, 0),
    ({"DATA": "421 bye"}, 0, 0),
    ({}, 60, 0),
    ({}, 0, 1),
    ({}, 0, 0),
)


def told(world: World, *numbers: int, **mail_settings: Any) -> Publisher:
    """A publisher that has told a delivery with these students' photos in quarantine."""
    publisher = world.publisher(**mail_settings)
    world.quarantined(*numbers)
    world.handle_all(publisher)
    return publisher


def test_a_school_gets_its_report_at_once(world: World) -> None:
    """One tick makes the mail and sends it; then nothing is left."""
    publisher = told(world, 1, 2)
    assert not publisher.idle()
    publisher.tick()
    assert world.mailbox.subjects() == ["Picture Day: 2 photos of your school need attention"]
    assert world.mailbox.to == [("principal@school.example",)]
    assert publisher.idle()


def test_a_second_report_waits_for_its_hour(world: World) -> None:
    """What comes within the hour is gathered into one mail; that it waits keeps nobody from being idle."""
    publisher = told(world, 1)
    publisher.tick()
    for number in (2, 3):
        world.quarantined(number)
    world.handle_all(publisher)
    publisher.tick()
    assert len(world.mailbox.got) == 1
    assert publisher.idle()
    world.clock.forward(hours=1)
    assert not publisher.idle()
    publisher.tick()
    assert world.mailbox.subjects()[1:] == ["Picture Day: 2 photos of your school need attention"]


def test_a_later_mail_says_what_is_settled(world: World) -> None:
    """After a release the school reads that there is nothing to do any more."""
    publisher = told(world, 1, school_interval=0.0)
    publisher.tick()
    world.settle(f"{CODES[1]}.jpg")
    world.handle_all(publisher)
    publisher.tick()
    assert world.mailbox.subjects()[-1] == "Picture Day: 1 photo of your school needs nothing more"


def test_a_server_that_is_away_gets_the_same_mail_later(world: World) -> None:
    """Back-off doubles from `mail.retry`; the mail stays, keeps its Message-ID, and goes out in the end."""
    publisher = told(world, 1)
    world.mailbox.answers = [DOWN, DOWN]
    publisher.tick()
    (first,) = world.rows(tables.mails)
    assert not publisher.idle()
    world.clock.forward(seconds=29)
    publisher.tick()
    world.clock.forward(seconds=1)
    publisher.tick()
    world.clock.forward(seconds=60)
    publisher.tick()
    (last,) = world.rows(tables.mails)
    assert (first.attempts, last.attempts, last.state) == (1, 3, "sent")
    assert [message["Message-ID"] for message in world.mailbox.got] == [first.message_id]


def test_back_off_ends_at_an_hour(world: World) -> None:
    """However long the server was away, the next try is at most an hour off."""
    publisher = told(world, 1)
    world.mailbox.answers = [DOWN] * 20
    for _ in range(20):
        publisher.tick()
        world.clock.forward(hours=1)
    publisher.tick()
    assert len(world.mailbox.got) == 1


def test_a_refused_report_is_told_to_ops(world: World) -> None:
    """5xx is final for the school's mail; the operators hear of it, and no second mail to the school is made."""
    publisher = told(world, 1)
    world.mailbox.answers = [MailRefused("550 never")]
    publisher.tick()
    publisher.tick()
    assert [row.state for row in world.rows(tables.mails)] == ["refused", "sent"]
    assert world.mailbox.to == [("ops@district.example",)]
    assert "550 never" in world.mailbox.text(0)


def test_a_refused_digest_makes_no_other(world: World) -> None:
    """The operators' own mail, refused, is logged; a mail about it would be refused as well."""
    publisher = world.publisher(school_interval=0.0)
    world.delivery(("x.jpg", FileState.QUARANTINED, None))
    world.handle_all(publisher)
    world.mailbox.answers = [MailRefused("550 never")]
    for _ in range(3):
        publisher.tick()
    assert [row.state for row in world.rows(tables.mails)] == ["refused"]
    assert publisher.idle()


def test_only_those_who_did_not_get_it_are_tried_again(world: World) -> None:
    """A mailbox that is full for now gets the mail later; nobody gets it twice; a wrong address is told to ops."""
    publisher = told(world, 1)
    world.mailbox.answers = [Outcome(later={"b@school.example": "452 full"}, refused={"c@school.example": "550 who"})]
    publisher.tick()
    world.clock.forward(minutes=1)
    publisher.tick()
    assert world.mailbox.to[0] == ("principal@school.example",)
    assert ("b@school.example",) in world.mailbox.to
    assert ("ops@district.example",) in world.mailbox.to


def test_a_school_without_a_usable_contact_goes_to_ops(world: World) -> None:
    """No contact, or none in an allowed domain: the operators get the report, and read whose it is."""
    publisher = told(world, 9)
    publisher.tick()
    (digest,) = world.mailbox.got
    assert digest["To"] == "ops@district.example"
    assert "South (S) has nobody to tell" in world.mailbox.text(0)
    assert publisher.idle()


def test_no_mail_leaves_the_allowed_domains(world: World) -> None:
    """Neither school nor ops get a mail outside them; the reports wait, and nothing hangs."""
    publisher = told(world, 1, 9, allowed_domains=("elsewhere.example",))
    publisher.tick()
    assert world.mailbox.got == []
    assert publisher.idle()


def test_ops_hear_of_notices_and_parked_messages_once(world: World) -> None:
    """A vendor folder nobody knows and a message that was put aside are told, each once."""
    world.quarantined(1)
    with world.catalogue.write() as tx:
        notices.note(tx, key="vendor:acmee", kind="unknown_vendor", text="The folder acmee is no vendor we know.")
        tx.execute(tables.messages.update().values(state="parked", attempts=5))
    for _ in range(2):
        publisher = world.publisher(school_interval=0.0)
        publisher.tick()
    (digest,) = world.mailbox.got
    assert digest["Subject"] == "Picture Day operations: 2 notices to look at"
    assert publisher.idle()


def test_two_publishers_make_and_send_one_mail(world: World) -> None:
    """At the same moment, in two threads, each report gets one mail and each mail is sent once."""
    for number in (1, 2, 3):
        world.quarantined(number)
    publishers = [world.publisher() for _ in range(2)]
    world.handle_all(publishers[0])
    threads = [threading.Thread(target=publisher.tick) for publisher in publishers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.mailbox.subjects() == ["Picture Day: 3 photos of your school need attention"]


class Slow:
    """A mailer that is still sending when the other publisher looks for mails."""

    def __init__(self, world: World) -> None:
        self._to = world.mailbox
        self._other = world.publisher()

    def send(self, body: bytes, recipients: Sequence[str]) -> Outcome:
        """See `Mailer.send`."""
        assert self._other.send_due() == 0
        return self._to.send(body, recipients)


def test_a_mail_in_hand_is_in_one_hand(world: World) -> None:
    """While a mail is being handed over, no other publisher finds it due."""
    told(world, 1)
    assert world.publisher(mailer=Slow(world)).tick() == 0.0
    assert len(world.mailbox.got) == 1


def test_a_mail_whose_sender_was_killed_is_sent_again(world: World) -> None:
    """Killed between the server's 250 and our note of it: a second copy goes out, under the same Message-ID."""
    publisher = told(world, 1)
    world.mailbox.killed = True
    with pytest.raises(KeyboardInterrupt):
        publisher.tick()
    world.mailbox.killed = False
    world.clock.forward(seconds=5)
    publisher.tick()
    first, second = world.mailbox.got
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.parametrize("minutes", [-24 * 60, -10, 10, 24 * 60])
def test_a_clock_that_is_set_keeps_no_mail_of_a_killed_sender_waiting(world: World, minutes: int) -> None:
    """Neither the mail in its hand nor the one it never came to, however far ahead or behind the clock is now."""
    publisher = told(world, 1, 2)
    world.mailbox.killed = True
    with pytest.raises(KeyboardInterrupt):
        publisher.tick()
    world.mailbox.killed = False
    world.clock.forward(minutes=minutes)
    publisher.tick()
    assert len(world.mailbox.got) == 2
    assert publisher.idle()


def test_a_mail_on_its_way_is_kept_in_hand(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the mail server is, no other process takes the mail for a dead sender's."""
    monkeypatch.setattr(holding, "SECONDS", 0.3)
    gatherer = told(world, 1, mailer=world.mailbox)._gatherer
    with world.catalogue.read() as tx:
        ready = gatherer.ready(tx)
    gatherer.gather(ready)
    (mail_,) = world.rows(tables.mails)
    world.clock.forward(seconds=60)
    with holding.held(mail_.id, world.catalogue, world.clock):
        eventually(lambda: world.rows(tables.mails)[0].next_at > world.clock.now(), "kept in hand")
        assert not world.publisher().send_due()
    assert world.mailbox.got == []


def test_a_server_that_refuses_stalls_and_hangs_up_gets_each_report(world: World) -> None:
    """Real SMTP: 450, 421, a timeout, a line that drops after DATA; the report arrives, all copies are one mail."""
    box = smtp.Mailbox()
    with smtp.serve(box) as port:
        settings = world.settings(url=f"smtp://127.0.0.1:{port}", timeout=0.5)
        publisher = told(world, 1, mailer=mail.connect(settings.mail))
        for answers, stall, hang_up in _MOODS:
            box.answers, box.stall, box.hang_up = answers, stall, hang_up
            publisher.tick()
            world.clock.forward(hours=1)
    assert len(box.received) == 2
    assert len({body for body, _ in box.received}) == 1
    assert publisher.idle()


def test_a_message_of_another_kind_is_a_bug(world: World) -> None:
    """What no publisher can handle counts against the message."""
    with pytest.raises(TypeError):
        world.publisher().handle(Taken(id=1, message=PhotoAccepted(photo_ids=(1,)), attempts=1, vendor="", owner="x"))
