"""Counters that every process shares: `clock` orders reads and writes of remote systems, `fence` numbers leases."""

from sqlalchemy import Connection, text

_NEXT = text(
    "INSERT INTO sequence (name, value) VALUES (:name, :step) "
    "ON CONFLICT (name) DO UPDATE SET value = sequence.value + :step RETURNING value"
)


def next_clock(connection: Connection) -> int:
    """The next number of the read/write clock. Call it in a short write transaction: it locks the row until then."""
    return _next(connection, "clock")


def next_fence(connection: Connection) -> int:
    """The next fencing token: a later lease always has the larger one."""
    return _next(connection, "fence")


def take_block(connection: Connection, name: str, size: int) -> range:
    """`size` numbers that nobody else gets: ids for rows that are inserted in bulk."""
    last = _next(connection, name, size)
    return range(last - size + 1, last + 1)


def _next(connection: Connection, name: str, step: int = 1) -> int:
    return int(connection.execute(_NEXT, {"name": name, "step": step}).scalar_one())
