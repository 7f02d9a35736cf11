"""Checkpoints of pulls in id order over what changed since a mark."""

from datetime import datetime
from typing import Any

import pytest

from hub.connector.scan import Scan
from hub.errors import BadInput


def test_checkpoints_round_trip() -> None:
    for scan in (
        Scan(),
        Scan("2025-01-31T08:00:00"),
        Scan("2025-01-31T08:00:00", 7, "2025-02-01T08:00:00"),
        Scan("", 7, ""),
    ):
        assert Scan.parse(scan.as_json()) == scan
    assert Scan.parse(None) == Scan()


@pytest.mark.parametrize(
    "bad", [{"since": 5}, {"since": "yesterday"}, {"after": "x"}, {"after": -1}, {"mark": "1' or '1'='1"}]
)
def test_foreign_checkpoints_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Scan.parse(bad)


def test_a_scan_begins_a_little_before_its_mark() -> None:
    assert Scan().from_moment(300) == ""
    assert Scan("2025-01-31T08:00:00").from_moment(300) == "2025-01-31T07:55:00"


def test_a_scan_remembers_what_rows_told() -> None:
    scan = Scan("", 7, "2025-02-01T08:00:00").saw(["2025-02-01 07:50:00", "", "soon"], datetime(2025, 2, 1, 8, 0, 5))
    assert Scan.parse(scan.as_json()) == scan
    done = scan.done_by_rows(None)
    assert done.since == "2025-02-01T07:49:55"
    assert Scan.parse(done.as_json()) == done
    assert Scan("", 7, "2025-02-01T08:00:00").done_by_rows(None).since == "2025-01-31T08:00:00"


def test_what_a_finished_scan_leaves_is_its_mark() -> None:
    assert Scan("2025-01-31T08:00:00", 7, "2025-02-01T08:00:00").done().as_json() == {"since": "2025-02-01T08:00:00"}
