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
        tests=("tests/contract/publish/test_mailing.py::test_two_publishers_make_and_send_one_mail[sqlite]",),
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
)
