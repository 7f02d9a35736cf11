"""People who use the hub, their API tokens, and the sign-in brake."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hub.store.paging import Listing, PageRequest, fetch_page, one
from hub.store.schema import API_TOKEN, SETTING, USER

_OPEN_COLUMNS = [column for column in USER.c if column.name != "password_hash"]
_TOKEN_COLUMNS = [column for column in API_TOKEN.c if column.name != "hash"]
#: A token's last use is noted at most this often: a write per request would be one too many.
USE_NOTED_EVERY = timedelta(minutes=1)


def list_users(tx: Connection, request: PageRequest) -> Listing:
    """Oldest first, without password hashes."""
    return fetch_page(tx, select(*_OPEN_COLUMNS), USER.c.id, request, newest_first=False)


def show_user(tx: Connection, user_id: int) -> dict[str, Any] | None:
    return one(tx, select(*_OPEN_COLUMNS).where(USER.c.id == user_id))


def find_user(tx: Connection, name: str) -> dict[str, Any] | None:
    """The user of that name with the password hash, or None."""
    return one(tx, select(USER).where(USER.c.name == name))


def insert_user(tx: Connection, values: dict[str, Any]) -> int:
    """values: name, role, password_hash, employee_id, language, created_at. Returns the id."""
    key = tx.execute(insert(USER).values({"active": True} | values)).inserted_primary_key
    return int(key[0]) if key else 0


def update_user(tx: Connection, user_id: int, values: dict[str, Any]) -> None:
    tx.execute(update(USER).where(USER.c.id == user_id).values(**values))


def insert_token(tx: Connection, values: dict[str, Any]) -> int:
    """values: user_id, name, hash, created_at, expires_at. Returns the id."""
    key = tx.execute(insert(API_TOKEN).values({"revoked": False} | values)).inserted_primary_key
    return int(key[0]) if key else 0


def list_tokens(tx: Connection, request: PageRequest, *, user_id: int | None = None) -> Listing:
    """Newest first, with the user's name and without hashes."""
    query = select(*_TOKEN_COLUMNS, USER.c.name.label("user")).join(USER, USER.c.id == API_TOKEN.c.user_id)
    if user_id is not None:
        query = query.where(API_TOKEN.c.user_id == user_id)
    return fetch_page(tx, query, API_TOKEN.c.id, request)


def bearer(tx: Connection, token_hash: str) -> dict[str, Any] | None:
    """The active user behind a token that is not revoked, with token_id, expires_at and used_at; None otherwise."""
    query = (
        select(*_OPEN_COLUMNS, API_TOKEN.c.id.label("token_id"), API_TOKEN.c.expires_at, API_TOKEN.c.used_at)
        .join(API_TOKEN, API_TOKEN.c.user_id == USER.c.id)
        .where(API_TOKEN.c.hash == token_hash, API_TOKEN.c.revoked.is_(False), USER.c.active.is_(True))
    )
    return one(tx, query)


def note_use(tx: Connection, token_id: int, now: datetime) -> None:
    tx.execute(update(API_TOKEN).where(API_TOKEN.c.id == token_id).values(used_at=now))


def revoke_token(tx: Connection, token_id: int) -> bool:
    """Whether there was such a token."""
    done = tx.execute(update(API_TOKEN).where(API_TOKEN.c.id == token_id).values(revoked=True))
    return done.rowcount > 0


def revoke_tokens_of(tx: Connection, user_id: int) -> None:
    tx.execute(update(API_TOKEN).where(API_TOKEN.c.user_id == user_id).values(revoked=True))


def get_setting(tx: Connection, name: str) -> Any:
    """A product-wide setting's value, or None."""
    return tx.scalar(select(SETTING.c.value).where(SETTING.c.name == name))


def put_setting(tx: Connection, name: str, value: Any) -> None:
    changed = tx.execute(update(SETTING).where(SETTING.c.name == name).values(value=value))
    if not changed.rowcount:
        tx.execute(insert(SETTING).values(name=name, value=value))


def drop_setting(tx: Connection, name: str) -> None:
    tx.execute(delete(SETTING).where(SETTING.c.name == name))
