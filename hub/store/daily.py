"""Jobs of once a day: which day each was last claimed for, kept where every scheduler sees it."""

from datetime import date

from sqlalchemy import text

from hub.store.database import Database
from hub.store.types import dump_json

_CLAIM = text(
    "INSERT INTO setting (name, value) VALUES (:name, :day) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE setting.value <> excluded.value"
)
_CLAIMED = text("SELECT value FROM setting WHERE name = :name")


def claim_day(db: Database, job: str, day: date) -> bool:
    """True for exactly one caller per job and day. The claim is made before the work: a job that fails waits a day."""
    wanted = {"name": f"daily.{job}", "day": dump_json(day.isoformat())}
    with db.read() as connection:
        if connection.execute(_CLAIMED, {"name": wanted["name"]}).scalar() == wanted["day"]:
            return False
    with db.write() as connection:
        return connection.execute(_CLAIM, wanted).rowcount == 1
