"""The publisher: tells deliveries that are complete, makes mails of what is due, and sends them.

`handle` is the bus's, `tick` a loop's; both may run in several processes at once. A mail is claimed before it
is sent, kept until the server has said 250, and carries the same Message-ID each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from pictureday.bus import Taken
from pictureday.catalogue import Catalogue, mails, messages, notices, reports
from pictureday.clock import Clock, SystemClock
from pictureday.config import Settings
from pictureday.errors import Outage
from pictureday.log import get_logger
from pictureday.mail import Mailer, MailRefused, connect, usable
from pictureday.messages import DeliveryToTell
from publish import holding
from publish.gatherer import Gatherer
from publish.shelf import Shelves
from publish.teller import sweep, tell

__all__ = ["Publisher"]

_LOOK = 1.0  # seconds between ticks when there is nothing to do
_MOST = 50  # mails sent in one tick, so that a stop is not kept waiting
_ENOUGH = 3  # outages in a row: the server is away, not one mail is unlucky
_LONGEST = 3600.0  # seconds of back-off


class Publisher:
    """Handles the messages of the `verdicts` queue, and the mails."""

    def __init__(
        self, settings: Settings, catalogue: Catalogue, *, mailer: Mailer | None = None, clock: Clock | None = None
    ) -> None:
        self._settings = settings.mail
        self._catalogue = catalogue
        self._mailer = mailer or connect(settings.mail)
        self._clock = clock or SystemClock()
        self._gatherer = Gatherer(settings, catalogue, self._clock, self._usable)
        self._shelves = Shelves(settings.inboxes)
        self._parked_noted: set[int] = set()

    def handle(self, taken: Taken) -> None:
        """Tell the delivery of the message: receipt, reports, and the message's end in one transaction."""
        if not isinstance(taken.message, DeliveryToTell):
            raise TypeError(f"{type(taken.message).__name__} is no message for the publisher")
        delivery_id = taken.message.delivery_id
        with self._catalogue.write() as tx:
            told = messages.finish(tx, taken.id, taken.owner) and tell(
                tx, delivery_id, now=self._clock.now(), shelves=self._shelves
            )
        if told:
            get_logger().info("delivery_told", delivery_id=delivery_id)

    def tick(self) -> float:
        """Sweep, note, gather and send once; the seconds until the next tick is worth while."""
        # One look at everything: mostly there is nothing, and this is done every second.
        with self._catalogue.read() as tx:
            lost, parked = reports.unsaid(tx), self._newly_parked(tx)
            ready, due = self._gatherer.ready(tx), mails.due(tx, now=self._clock.now())
        if lost:
            self._say_again()
        if parked:
            self._note_parked(parked)
        gathered = self._gatherer.gather(ready)
        sent = self.send_due() if due or gathered else 0
        return 0.0 if parked or gathered or sent else _LOOK

    def send_due(self) -> int:
        """Hand over the mails that are due, `_MOST` of them; how many were dealt with for good."""
        done = outages = 0
        while done < _MOST and outages < _ENOUGH and (mail := self._claimed()) is not None:
            ended = self._handed_over(mail)
            done += ended
            outages = 0 if ended else outages + 1
        return done

    def idle(self) -> bool:
        """Whether nothing is left to tell. Mails in back-off are left; reports that wait for their hour are not."""
        with self._catalogue.read() as tx:
            return not reports.untold(tx) and not mails.waiting(tx) and not self._gatherer.ready(tx)

    def _say_again(self) -> None:
        with self._catalogue.write() as tx:
            get_logger().warning("deliveries_said_again", count=sweep(tx))

    def _newly_parked(self, tx: Connection) -> list[messages.Parked]:
        return [parked for parked in messages.parked(tx) if parked.id not in self._parked_noted]

    def _note_parked(self, new: Sequence[messages.Parked]) -> None:
        with self._catalogue.write() as tx:
            for parked in new:
                notices.note(tx, key=f"parked:{parked.id}", kind="parked", text=_parked(parked))
        self._parked_noted.update(parked.id for parked in new)

    def _claimed(self) -> mails.Waiting | None:
        with self._catalogue.read() as tx:
            if not mails.due(tx, now=self._clock.now()):
                return None
        with self._catalogue.write() as tx:
            return mails.claim(tx, now=self._clock.now(), seconds=holding.SECONDS)

    def _handed_over(self, mail: mails.Waiting) -> bool:
        try:
            with holding.held(mail.id, self._catalogue, self._clock):
                outcome = self._mailer.send(mail.body, mail.recipients)
        except MailRefused as error:
            self._refused(mail, str(error))
        except Outage as error:
            self._postpone(mail, str(error), mail.recipients)
            return False
        else:
            if outcome.refused:
                self._note_refused(mail, _listed(outcome.refused))
            if outcome.later:
                self._postpone(mail, _listed(outcome.later), tuple(outcome.later))
            else:
                self._sent(mail, _listed(outcome.refused))
        return True

    def _sent(self, mail: mails.Waiting, remark: str) -> None:
        with self._catalogue.write() as tx:
            mails.sent(tx, mail.id, now=self._clock.now(), remark=remark)
        get_logger().info("mail_sent", mail_id=mail.id, kind=mail.kind, attempts=mail.attempts + 1)

    def _postpone(self, mail: mails.Waiting, error: str, recipients: Iterable[str]) -> None:
        seconds = min(self._settings.retry * 2.0 ** min(mail.attempts, 20), _LONGEST)
        until = self._clock.now() + timedelta(seconds=seconds)
        with self._catalogue.write() as tx:
            mails.postpone(tx, mail.id, until=until, error=error, recipients=tuple(recipients))
        get_logger().warning("mail_postponed", mail_id=mail.id, seconds=seconds, attempts=mail.attempts + 1, why=error)

    def _refused(self, mail: mails.Waiting, error: str) -> None:
        with self._catalogue.write() as tx:
            mails.refused(tx, mail.id, error=error)
        self._note_refused(mail, error)

    def _note_refused(self, mail: mails.Waiting, why: str) -> None:
        get_logger().error("mail_refused", mail_id=mail.id, kind=mail.kind, why=why)
        if mail.kind != "report":  # a digest about a refused digest would be refused as well
            return
        text = f"The report to school {mail.school_code} (mail {mail.id}) was refused: {why}"
        with self._catalogue.write() as tx:
            notices.note(tx, key=f"mail:{mail.id}", kind="mail_refused", text=text)

    def _usable(self, addresses: Iterable[str]) -> tuple[str, ...]:
        return usable(addresses, self._settings.allowed_domains).allowed


def _parked(parked: messages.Parked) -> str:
    return (
        f"Message {parked.id} of the queue {parked.queue} failed {parked.attempts} times and is put aside. "
        "`pictureday parked list` says why; when that is mended, `pictureday parked replay` tries again."
    )


def _listed(answers: Mapping[str, str]) -> str:
    return "; ".join(f"{address}: {said}" for address, said in answers.items())
