"""When people may be disturbed: quiet hours and Chinese working days. Pure, but for the calendar's own table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Connection, select

from hub.errors import BadInput, Text
from hub.store.apply import upsert
from hub.store.audit import Deed, write_audit
from hub.store.core import setting
from hub.store.database import Database

SETTING = "calendar"
"""Setting with days that differ from the built-in table: {"2027-02-08": "off", "2027-02-20": "work"}."""
LONGEST_WAIT = 60


class Quiet(BaseModel):
    """No messages from `start` until `end`, local time; over midnight when start is later than end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: time = Field(title="开始 / From")
    end: time = Field(title="结束 / Until")

    @model_validator(mode="after")
    def _some_hours_left(self) -> "Quiet":
        if self.start == self.end:
            raise ValueError("免打扰的开始与结束相同 / quiet hours must begin and end at different times")
        return self

    def holds(self, at: time) -> bool:
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def over(self, local: datetime) -> datetime:
        """The end of the quiet time that `local` lies in."""
        end = local.replace(hour=self.end.hour, minute=self.end.minute, second=self.end.second, microsecond=0)
        return end if end > local else end + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days: the admins' table first, then the official one, then Monday to Friday for years nobody knows yet."""

    own: Mapping[date, bool] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        if day in self.own:
            return self.own[day]
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            return day.weekday() < 5

    def note(self, day: date) -> Text | None:
        """What to tell people when the official table does not reach to that year."""
        if day in self.own:
            return None
        try:
            chinese_calendar.is_workday(day)
        except NotImplementedError:
            return Text(
                f"{day.year} 年的放假安排尚未内置：按周一至周五处理，可在“日历”设置里补充",
                f"the holidays of {day.year} are not known yet: Monday to Friday is assumed; add days to setting “calendar”",
            )
        return None


def load_calendar(connection: Connection) -> Calendar:
    """With the admins' own days; entries that are no dates are passed over."""
    rows = connection.execute(select(setting.c.value).where(setting.c.name == SETTING)).scalar()
    return Calendar({} if not isinstance(rows, dict) else dict(_own(rows)))


def save_calendar(db: Database, days: Mapping[str, str | None], *, who: str, now: datetime) -> dict[str, str]:
    """Set days to "off" or "work"; None takes a day out of the table. Returns the whole table. Raises BadInput; all or none."""
    for day, kind in days.items():
        _check_day(day, kind)
    with db.write() as tx:
        known = tx.execute(select(setting.c.value).where(setting.c.name == SETTING)).scalar() or {}
        table = {day: kind for day, kind in sorted({**known, **days}.items()) if kind is not None}
        statement = upsert(tx, setting).values(name=SETTING, value=table)
        tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value}))
        write_audit(tx, Deed(who, "setting.change", SETTING, dict(days)), now)
    return table


def _check_day(day: str, kind: str | None) -> None:
    try:
        right = date.fromisoformat(day).isoformat() == day and kind in ("off", "work", None)
    except ValueError:
        right = False
    if not right:
        raise BadInput(
            f"日历 {day[:40]}={kind} 应写成 2027-02-08=off 或 2027-02-20=work",
            f"calendar {day[:40]}={kind}: write 2027-02-08=off or 2027-02-20=work",
            field=SETTING,
            value=day[:40],
        )


def _own(rows: Mapping[str, Any]) -> list[tuple[date, bool]]:
    found = []
    for text, kind in rows.items():
        try:
            found.append((date.fromisoformat(text), kind == "work"))
        except ValueError:
            continue
    return found


def next_allowed(
    moment: datetime, zone: ZoneInfo, *, quiet: Quiet | None, working_days: bool, calendar: Calendar
) -> datetime:
    """`moment`, or the first one after it that is outside quiet hours and, where asked, on a working day. UTC in, UTC out."""
    local = moment.astimezone(zone)
    for _ in range(2 * LONGEST_WAIT):
        if working_days and not calendar.works(local.date()):
            local = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=zone)
        elif quiet is not None and quiet.holds(local.time()):
            local = quiet.over(local)
        else:
            break
    return local.astimezone(moment.tzinfo)
