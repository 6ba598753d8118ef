"""The report: who is told what, and what counts as news."""

from __future__ import annotations

import json

from pictureday.messages import FileState
from pictureday.reasons import Finding
from publish.report import OPS, Content, changes, news
from tests.unit.publish.rows import TOO_SMALL, file

NAMES = {"000412B003": "Amara"}
EMPTY = Finding(code="empty")


def test_a_school_is_told_of_its_own_quarantined_photos() -> None:
    """Each school gets its own photos; accepted ones are no matter for anybody."""
    rows = [file(1), file(2, school_code="M"), file(3, state=FileState.ACCEPTED)]
    made = changes({}, rows, NAMES)
    assert {school: [item.photo_id for item in content.items] for school, content in made.items()} == {
        "L": [1],
        "M": [2],
    }


def test_what_has_no_school_is_for_ops() -> None:
    """A bad name, a refused archive and an upload that was never finished go to the operators."""
    bad = file(1, "x.jpg", Finding(code="bad_name"), school_code=None, student_code=None)
    states = [file(2, "a.zip", state=FileState.REFUSED), file(3, "b.part", state=FileState.UNFINISHED, findings=[])]
    content = changes({}, [bad, *states], NAMES)[OPS]
    assert [item.photo_id for item in content.items] == [1, 2, 3]
    assert all(item.problems for item in content.items)


def test_a_school_reads_a_file_name_and_ops_a_path() -> None:
    """The school knows the file, the operators have to find it."""
    path = "drop.zip!day 1/000412B003.jpg"
    assert changes({}, [file(1, path)], NAMES)["L"].items[0].file == "000412B003.jpg"
    assert changes({}, [file(1, path, school_code=None)], NAMES)[OPS].items[0].file == path


def test_nothing_new_makes_no_report() -> None:
    """The same rows a second time, or a corrected name in the roster, are no news."""
    first = changes({}, [file(1)], NAMES)
    assert changes(first, [file(1)], {"000412B003": "Amara B."}) == {}


def test_a_new_reason_is_news() -> None:
    """A photo that was judged again with another result is told again."""
    first = changes({}, [file(1)], NAMES)
    assert "L" in changes(first, [file(1, "000412B003.jpg", TOO_SMALL, EMPTY)], NAMES)


def test_what_was_settled_is_told_with_what_became_of_it() -> None:
    """A released photo is listed as settled, under the state it has now."""
    first = changes({}, [file(1)], NAMES)
    content = changes(first, [file(1, state=FileState.ACCEPTED)], NAMES)["L"]
    assert content.items == ()
    assert [(item.photo_id, item.state) for item in content.resolved] == [(1, "accepted")]


def test_a_report_survives_the_catalogue() -> None:
    """What is stored as JSON comes back the same."""
    content = changes({}, [file(1, "\udcff.jpg"), file(2)], NAMES)["L"]
    assert Content.from_json(json.loads(json.dumps(content.as_json()))) == content


def test_gathered_reports_tell_each_thing_once() -> None:
    """Of two revisions in one mail, what is still open is told once, and what was settled in between as settled."""
    one = changes({}, [file(1), file(2)], NAMES)
    two = changes(one, [file(1, state=FileState.REJECTED), file(2), file(3)], NAMES)
    told = news(None, [one["L"], two["L"]])
    assert [item.photo_id for item in told.fresh] == [2, 3]
    assert [item.photo_id for item in told.settled] == [1]


def test_a_later_mail_tells_only_what_changed() -> None:
    """What the last mail told and still stands is only counted."""
    one = changes({}, [file(1)], NAMES)
    two = changes(one, [file(1), file(2)], NAMES)
    told = news(one["L"], [two["L"]])
    assert [item.photo_id for item in told.fresh] == [2]
    assert told.still == 1


def test_a_photo_that_went_and_came_back_is_not_settled() -> None:
    """Settled in one revision and open in the next is open."""
    one = changes({}, [file(1)], NAMES)
    two = changes(one, [file(1, state=FileState.RECEIVED)], NAMES)
    three = changes(two, [file(1)], NAMES)
    assert news(None, [one["L"], two["L"], three["L"]]).settled == ()
