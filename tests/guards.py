"""Rules about single rows that every test runs under: SQLite triggers of the test's own connections, which no product database has.

Each stands for a class of bugs: a change that others cannot see by the version, a lease or a read that goes back in time, something
that was over and lives again.
"""

from typing import Any

_AGREED = ("record_id", "role", "state", "external_id", "base", "held")
"""What a plan is made from: whoever planned from an older row must find out."""

GUARDS: dict[str, tuple[str, str]] = {
    "a binding changed without its version": (
        "binding",
        f"NEW.version <= OLD.version AND ({' OR '.join(f'NEW.{n} IS NOT OLD.{n}' for n in _AGREED)})",
    ),
    "a binding's version went back": ("binding", "NEW.version < OLD.version"),
    "an alias or a tombstone is due": (
        "binding",
        "NEW.due_at IS NOT NULL AND (NEW.role <> 'primary' OR NEW.state NOT IN ('wanted', 'linked'))",
    ),
    "a read, a write or a lease of a binding went back": (
        "binding",
        "NEW.read_seq < OLD.read_seq OR NEW.write_seq < OLD.write_seq OR NEW.fence < OLD.fence",
    ),
    "the key of something that exists at the vendor changed": (
        "binding",
        "NEW.key <> OLD.key AND OLD.external_id <> ''",
    ),
    "a record changed without its version": (
        "record",
        "NEW.version <= OLD.version AND (NEW.data IS NOT OLD.data OR NEW.state IS NOT OLD.state "
        "OR NEW.merged_into IS NOT OLD.merged_into)",
    ),
    "a record's version went back": ("record", "NEW.version < OLD.version"),
    "an intent that was over lives again": (
        "intent",
        "OLD.state NOT IN ('open', 'unknown') AND NEW.state IS NOT OLD.state",
    ),
    "an inbox item that was over is open again": ("inbox_item", "OLD.state <> 'open' AND NEW.state = 'open'"),
    "a lease of a flow went back": ("flow", "NEW.fence < OLD.fence"),
    "a read mark went back": ("read_mark", "NEW.seq < OLD.seq"),
}
"""What is said -> the table, and when an update of it is that."""


def stand_guard(dbapi: Any) -> None:
    """On one connection to a migrated SQLite database. What breaks a rule raises IntegrityError with its text."""
    for number, (text, (table, condition)) in enumerate(GUARDS.items()):
        quoted = text.replace("'", "''")
        dbapi.execute(
            f"CREATE TEMP TRIGGER guard_{number} BEFORE UPDATE ON main.{table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{quoted}'); END"
        )
