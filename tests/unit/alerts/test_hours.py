"""Quiet hours and working days."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from hub.alerts.hours import Calendar, Quiet, load_calendar, next_allowed
from hub.store.core import setting
from hub.store.database import Database

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = Quiet(start=time(21), end=time(8))
NOON = Quiet(start=time(12), end=time(13, 30))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def allowed(
    text: str, *, quiet: Quiet | None = None, working: bool = False, own: dict[date, bool] | None = None
) -> str:
    found = next_allowed(
        at(text).astimezone(UTC), SHANGHAI, quiet=quiet, working_days=working, calendar=Calendar(own or {})
    )
    assert found.tzinfo is UTC
    return found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("moment", "quiet", "then"),
    [
        ("2026-11-19 20:59", NIGHT, "2026-11-19 20:59"),
        ("2026-11-19 21:00", NIGHT, "2026-11-20 08:00"),
        ("2026-11-20 07:59", NIGHT, "2026-11-20 08:00"),
        ("2026-11-20 08:00", NIGHT, "2026-11-20 08:00"),
        ("2026-11-20 12:10", NOON, "2026-11-20 13:30"),
        ("2026-11-20 11:59", NOON, "2026-11-20 11:59"),
        ("2026-11-20 03:00", None, "2026-11-20 03:00"),
    ],
)
def test_quiet_hours(moment: str, quiet: Quiet | None, then: str) -> None:
    assert allowed(moment, quiet=quiet) == then


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        ("2026-11-20 10:00", "2026-11-20 10:00"),  # Friday
        ("2026-11-21 10:00", "2026-11-23 08:00"),  # Saturday
        ("2026-09-30 22:00", "2026-10-08 08:00"),  # the week of the National Day
        ("2026-10-10 10:00", "2026-10-10 10:00"),  # a Saturday that is worked in exchange
    ],
)
def test_working_days_follow_the_official_calendar(moment: str, then: str) -> None:
    assert allowed(moment, quiet=NIGHT, working=True) == then


def test_a_year_without_a_table_is_monday_to_friday_with_a_note() -> None:
    assert allowed("2031-01-04 10:00", quiet=NIGHT, working=True) == "2031-01-06 08:00"
    note = Calendar().note(date(2031, 1, 6))
    assert note is not None
    assert "2031" in note.zh
    assert Calendar().note(date(2026, 1, 6)) is None


def test_the_admins_days_come_first() -> None:
    own = {date(2026, 11, 20): False, date(2026, 11, 21): True}
    assert allowed("2026-11-20 10:00", working=True, own=own) == "2026-11-21 00:00"
    assert Calendar({date(2031, 1, 6): True}).note(date(2031, 1, 6)) is None


def test_the_calendar_is_a_setting(any_database: Database) -> None:
    with any_database.write() as tx:
        tx.execute(
            insert(setting).values(name="calendar", value={"2027-02-08": "off", "2027-02-20": "work", "x": "off"})
        )
    with any_database.read() as tx:
        assert load_calendar(tx).own == {date(2027, 2, 8): False, date(2027, 2, 20): True}


def test_quiet_hours_must_leave_some() -> None:
    with pytest.raises(ValueError, match="免打扰"):
        Quiet(start=time(8), end=time(8))


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1)), st.times(), st.times(), st.booleans()
)  # dates without a table among them
def test_the_moment_found_is_never_earlier_and_always_allowed(
    moment: datetime, start: time, end: time, working: bool
) -> None:
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    if start == end:
        return
    quiet, asked = Quiet(start=start, end=end), moment.replace(tzinfo=UTC)
    found = next_allowed(asked, SHANGHAI, quiet=quiet, working_days=working, calendar=Calendar())
    local = found.astimezone(SHANGHAI)
    assert found >= asked
    assert not quiet.holds(local.time())
    assert not working or Calendar().works(local.date())
