"""Bugs that were never made, as data: each is planted in a copy of the tree, and the tests that it names must fail."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PLANTED", "Bug"]


@dataclass(frozen=True, kw_only=True)
class Bug:
    """`text` stands exactly once in `file`; with `instead` in its place, each of `tests` (pytest's words) fails."""

    name: str
    what: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]


PLANTED = (
    Bug(
        name="match-for-fullmatch",
        what="A name only has to begin like a code.",
        file="pictureday/names.py",
        text="if text.isascii() and _CODE.fullmatch(text.upper())",
        instead="if text.isascii() and _CODE.match(text.upper())",
        tests=("tests/unit/pictureday/test_names.py::test_nothing_else_is_a_code",),
    ),
    Bug(
        name="no-pixel-cap",
        what="A photo of any size is decoded.",
        file="validate/photo.py",
        text="return not (rules.too_many_pixels(photo, profile) or rules.not_jpeg(photo, profile))",
        instead="return not rules.not_jpeg(photo, profile)",
        tests=("tests/unit/validate/test_photo.py::test_never_decoded",),
    ),
    Bug(
        name="oldest-wins",
        what="The older of two photos is the one in force.",
        file="pictureday/succession.py",
        text="_renewed(newest, others) > new.age",
        instead="_renewed(newest, others) < new.age",
        tests=("tests/unit/pictureday/test_succession.py::test_an_older_photo_never_wins",),
    ),
    Bug(
        name="no-dedupe",
        what="The very bytes in force make a new version.",
        file="pictureday/succession.py",
        text="if newest and newest.sha256 == new.sha256 and (",
        instead="if newest and newest.file_id == new.file_id and (",
        tests=("tests/unit/pictureday/test_succession.py::test_the_very_bytes_in_force_again",),
    ),
    Bug(
        name="no-grant-check",
        what="A vendor may deliver for any school.",
        file="validate/standing.py",
        text="standing.granted is False and standing.enrolled is not False",
        instead="standing.granted is False and standing.enrolled is False",
        tests=("tests/unit/validate/test_standing.py::test_reasons",),
    ),
    Bug(
        name="flags-not-asked-at-night",
        what="The sync takes the roster's flags from the time of the verdict.",
        file="sync/plan.py",
        text="if student.do_not_photograph:",
        instead="if student.do_not_photograph and candidate.accepted_no == 0:",
        tests=("tests/unit/sync/test_plan.py::test_flagged_student_is_held_with_the_reason",),
    ),
    Bug(
        name="ack-before-commit",
        what="The message is gone before its verdicts are committed.",
        file="validate/worker.py",
        text="""        with self._catalogue.write() as tx:
            if not messages.finish(tx, taken.id, taken.owner):
                return  # handled already, or by somebody else now
""",
        instead="""        with self._catalogue.write() as tx:
            ours = messages.finish(tx, taken.id, taken.owner)
        with self._catalogue.write() as tx:
            if not ours:
                return
""",
        tests=("tests/simulation/test_runs.py::test_whoever_dies_at_any_moment_costs_nothing[validate-5]",),
    ),
    Bug(
        name="mail-without-claim",
        what="A mail goes out though its claim holds nobody else off.",
        file="publish/worker.py",
        text="return mails.claim(tx, now=self._clock.now(), seconds=holding.SECONDS)",
        instead="return mails.claim(tx, now=self._clock.now(), seconds=0.0)",
        tests=("tests/contract/publish/test_mailing.py::test_a_mail_in_hand_is_in_one_hand[sqlite]",),
    ),
    Bug(
        name="told-again",
        what="That a mail tells a report is not written down with the mail.",
        file="publish/gatherer.py",
        text='        reports.mailed(tx, [row["id"] for row in due], mail_id)\n',
        instead="        del mail_id\n",
        tests=("tests/contract/publish/test_mailing.py::test_a_second_report_waits_for_its_hour[sqlite]",),
    ),
    Bug(
        name="closed-while-pending",
        what="A delivery is told though a photo waits for its verdict.",
        file="pictureday/catalogue/deliveries.py",
        text="if row is not None and row.pending == 0:",
        instead="if row is not None:",
        tests=("tests/contract/catalogue/test_deliveries.py::test_it_is_told_when_it_is_closed_and_judged[sqlite]",),
    ),
    Bug(
        name="no-fsync",
        what="A blob has its name before its bytes are on disk.",
        file="pictureday/blobs/folder.py",
        text="sync_file(written.file.fileno(), str(written.final))",
        instead="written.file.flush()",
        tests=("tests/contract/blobs/test_folder.py::test_bytes_are_on_disk_before_they_have_their_name",),
    ),
    Bug(
        name="pack-not-synced",
        what="What a batch adds has its name before its bytes are on disk.",
        file="pictureday/blobs/folder.py",
        text="            self._save(self._all())\n",
        instead="            self._save(self._written)\n",
        tests=("tests/contract/blobs/test_folder.py::test_a_pack_is_on_disk_before_it_has_its_name",),
    ),
    Bug(
        name="counted-twice",
        what="The receipt's totals count a file twice.",
        file="publish/receipt.py",
        text="counted = Counter(line.state for line in self.lines)",
        instead="counted = Counter(line.state for line in (*self.lines, *self.lines[:1]))",
        tests=("tests/unit/publish/test_receipt.py::test_every_file_has_one_line_and_the_totals_add_up",),
    ),
    Bug(
        name="no-ledger-check",
        what="The store takes a photo again that its ledger has.",
        file="sync/store.py",
        text="fresh = [photo for photo in batch if photo.photo_id not in entered]",
        instead="fresh = list(batch)",
        tests=("tests/contract/sync/test_store.py::test_batch_offered_twice_is_stored_once[sqlite]",),
    ),
    Bug(
        name="no-overlap-check",
        what="The entries of an archive may lie over each other.",
        file="ingest/archive/spans.py",
        text="if reach - extent.start > SLACK:",
        instead="if reach - extent.start > extent.start + reach:",
        tests=("tests/unit/ingest/archive/test_structure.py::test_overlap_of_stored_entries",),
    ),
    Bug(
        name="no-ratio-check",
        what="An entry may unpack to any multiple of its size.",
        file="ingest/archive/rules.py",
        text='return record.finding("archive_ratio", most=limits.ratio)',
        instead="return None",
        tests=("tests/unit/ingest/archive/test_rules.py::test_ratio_among_others",),
    ),
    Bug(
        name="formula-in-a-cell",
        what="A file's name may start a formula in the receipt.",
        file="pictureday/sheet.py",
        text="""return ("'" if _may_run(text) else "") + shown(""",
        instead="return shown(",
        tests=("tests/unit/pictureday/test_sheet.py::test_a_formula_becomes_text",),
    ),
    Bug(
        name="taken-unsettled",
        what="A file is taken while its client still writes.",
        file="ingest/settle.py",
        text="if quiet < timings.settle:",
        instead="if quiet < 0:",
        tests=("tests/unit/ingest/test_settle.py::test_nothing_is_taken_before_it_settled",),
    ),
    Bug(
        name="closed-without-what-is-in-hand",
        what="A delivery closes though a file of it is taken and not stored yet.",
        file="ingest/closing.py",
        text="if drops.unfinished_count(tx, delivery_id):",
        instead="if drops.unfinished_count(tx, delivery_id) < 0:",
        tests=("tests/contract/ingest/test_moments.py::test_a_drop_in_hand_keeps_its_delivery_open",),
    ),
    Bug(
        name="copied-while-it-changes",
        what="A file that changed while it was copied is entered as it came.",
        file="ingest/taking.py",
        text="if after != Print.of(before) or after.size != put.size:",
        instead="if after.size < 0:",
        tests=("tests/contract/ingest/test_moments.py::test_what_changes_while_it_is_copied_is_copied_again",),
    ),
    Bug(
        name="late-bytes-dropped",
        what="What a client writes into a taken file is removed with it.",
        file="ingest/clearing.py",
        text="if _is_changed(self._standing[drop_id].print, taken.found(drop_id)):",
        instead="if _is_changed(self._standing[drop_id].print, taken.found(drop_id)) is None:",
        tests=("tests/contract/ingest/test_moments.py::test_what_is_written_after_the_take_is_a_newer_drop",),
    ),
    Bug(
        name="take-not-synced",
        what="A file is entered before its move out of the inbox is on disk.",
        file="ingest/taking.py",
        text="        self._inbox.sync_taken()\n        self.store(there)",
        instead="        self.store(there)",
        tests=("tests/contract/ingest/test_moments.py::test_a_move_is_on_disk_before_the_catalogue_relies_on_it",),
    ),
    Bug(
        name="hole-is-whole",
        what="A file whose ends were written before its middle counts as complete.",
        file="ingest/whole.py",
        text="return os.lseek(descriptor, 0, os.SEEK_HOLE) < size",
        instead="return os.lseek(descriptor, 0, os.SEEK_HOLE) < 0",
        tests=("tests/unit/ingest/test_whole.py::test_the_end_may_be_written_before_the_middle",),
    ),
    Bug(
        name="links-followed",
        what="A link in an inbox is read as if it were the vendor's file.",
        file="ingest/reach.py",
        text="os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK",
        instead="os.O_RDONLY | os.O_NONBLOCK",
        tests=("tests/unit/ingest/test_inbox.py::test_links_are_never_entered",),
    ),
    Bug(
        name="lenient-decode",
        what="A photo whose end is missing decodes to grey and counts as whole.",
        file="validate/whole.py",
        text="buffer=room, strict=True",
        instead="buffer=room, strict=False",
        tests=("tests/unit/validate/test_whole.py::test_closed_early",),
    ),
    Bug(
        name="accepted-by-default",
        what="A photo that could not be judged has nothing against it.",
        file="validate/worker.py",
        text='_UNCHECKED = Judged(findings=(Finding(code="could_not_be_checked"),)',
        instead="_UNCHECKED = Judged(findings=()",
        tests=("tests/contract/catalogue/test_verdicts.py::test_what_can_t_be_judged_is_quarantined[sqlite]",),
    ),
    Bug(
        name="lease-never-expires",
        what="What a dead process had in hand is never taken up again.",
        file="pictureday/catalogue/messages.py",
        text="return or_(until.is_(None), until <= now, until > now",
        instead="return or_(until.is_(None), until > now",
        tests=(
            "tests/contract/bus/test_rows.py::test_a_lease_keeps_others_away_and_is_theirs_when_it_ran_out[sqlite]",
        ),
    ),
    Bug(
        name="acked-first",
        what="The broker hears that a message is done before it is.",
        file="pictureday/bus/hand.py",
        text="        self._handle(taken)\n        return self._consumer.done(taken)",
        instead="        self._consumer.done(taken)\n        return self._handle(taken)",
        tests=(
            "tests/contract/bus/test_delivery.py::test_a_message_is_called_done_when_its_handler_has_committed[embedded-sqlite]",
        ),
    ),
    Bug(
        name="called-sent-before-it-is",
        what="A mail is written down as sent, then sent.",
        file="publish/worker.py",
        text="outcome = self._mailer.send(mail.body, mail.recipients)",
        instead='self._sent(mail, ""); outcome = self._mailer.send(mail.body, mail.recipients)',
        tests=("tests/contract/publish/test_mailing.py::test_a_server_that_is_away_gets_the_same_mail_later[sqlite]",),
    ),
    Bug(
        name="receipt-not-synced",
        what="A receipt has its name before its bytes are on disk.",
        file="pictureday/disk.py",
        text="                sync_file(file.fileno(), str(path))\n",
        instead="",
        tests=("tests/unit/pictureday/test_disk.py::test_a_whole_file_outlives_a_power_cut",),
    ),
    Bug(
        name="batch-not-read-again",
        what="The sync hands over a photo that was doubted since its batch was read.",
        file="sync/handover.py",
        text="decide(still_accepted(batch, in_force), roster",
        instead="decide(batch, roster",
        tests=(
            "tests/contract/sync/test_night.py::test_photo_that_is_doubted_in_the_middle_of_its_batch_stays_out[sqlite]",
        ),
    ),
    Bug(
        name="not-read-back",
        what="A photo is called applied though the store has other bytes.",
        file="sync/handover.py",
        text="good = {photo.photo_id for photo in stored if found.get(photo.photo_id) == photo.sha256}",
        instead="good = {photo.photo_id for photo in stored}",
        tests=("tests/contract/sync/test_crash.py::test_stored_bytes_that_changed_are_not_called_applied[sqlite]",),
    ),
)
