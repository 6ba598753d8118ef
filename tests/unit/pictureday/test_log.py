"""Logs: lines on stderr, JSON for machines, and nothing private by accident."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from pictureday import log


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_a_line_is_one_json_object_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Stdout is kept for results; each event is a line with its fields, level and UTC time."""
    log.set_up(json=True)
    log.get_logger().info("photo_judged", photo_id=7)
    out, err = capsys.readouterr()
    line = json.loads(err)
    assert out == ""
    assert (line["event"], line["photo_id"], line["level"]) == ("photo_judged", 7, "info")
    assert line["timestamp"].endswith("Z")


def test_ids_bound_at_the_start_are_in_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever works on a delivery binds its id once."""
    log.set_up(json=True)
    with structlog.contextvars.bound_contextvars(delivery_id=3):
        log.get_logger().info("inside")
    log.get_logger().info("outside")
    inside, outside = map(json.loads, capsys.readouterr().err.splitlines())
    assert inside["delivery_id"] == 3
    assert "delivery_id" not in outside


def test_what_is_below_the_level_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Debug lines, which may hold names, appear only where they are asked for."""
    log.set_up(json=True)
    log.get_logger().debug("detail", name="x")
    assert capsys.readouterr().err == ""
    log.set_up(level="debug", json=True)
    log.get_logger().debug("detail", name="x")
    assert "detail" in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_shows_no_variables(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """An error tells where it happened, not which student's code was in hand."""
    log.set_up(json=as_json)
    code = "".join(["654321", "Z", "000"])  # nowhere in the source as one word
    try:
        int(code, 10)
    except ValueError:
        try:
            raise RuntimeError("it broke") from None
        except RuntimeError:
            log.get_logger().exception("failed")
    err = capsys.readouterr().err
    assert "it broke" in err
    assert "test_log.py" in err
    assert code not in err


def test_a_capture_is_not_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody watches, the lines are JSON without being asked."""
    log.set_up()
    log.get_logger().warning("odd")
    assert json.loads(capsys.readouterr().err)["level"] == "warning"
