"""People who use the hub, their API tokens, and the sign-in brake."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from hub.store import core
from hub.store.paging import Listing, PageRequest, fetch_page, one

_OPEN_COLUMNS = [column for column in core.user.c if column.name != "password_hash"]
_TOKEN_COLUMNS = [column for column in core.api_token.c if column.name != "hash"]
#: A token's last use is noted at most this often: a write per request would be one too many.
USE_NOTED_EVERY = timedelta(minutes=1)


def list_users(tx: Connection, request: PageRequest) -> Listing:
    """Oldest first, without password hashes."""
    return fetch_page(tx, select(*_OPEN_COLUMNS), core.user.c.id, request, newest_first=False)


def show_user(tx: Connection, user_id: int) -> dict[str, Any] | None:
    return one(tx, select(*_OPEN_COLUMNS).where(core.user.c.id == user_id))


def find_user(tx: Connection, name: str) -> dict[str, Any] | None:
    """The user of that name with the password hash, or None."""
    return one(tx, select(core.user).where(core.user.c.name == name))


def insert_user(tx: Connection, values: dict[str, Any]) -> int:
    """values: name, role, password_hash, employee_id, language, created_at. Returns the id."""
    key = tx.execute(insert(core.user).values({"active": True} | values)).inserted_primary_key
    return int(key[0]) if key else 0


def update_user(tx: Connection, user_id: int, values: dict[str, Any]) -> None:
    tx.execute(update(core.user).where(core.user.c.id == user_id).values(**values))


def other_admins(tx: Connection, user_id: int) -> int:
    """How many other active admins there are."""
    query = select(func.count()).where(
        core.user.c.role == "admin", core.user.c.active.is_(True), core.user.c.id != user_id
    )
    return tx.scalar(query) or 0


def insert_token(tx: Connection, values: dict[str, Any]) -> int:
    """values: user_id, name, hash, created_at, expires_at. Returns the id."""
    key = tx.execute(insert(core.api_token).values({"revoked": False} | values)).inserted_primary_key
    return int(key[0]) if key else 0


def list_tokens(tx: Connection, request: PageRequest, *, user_id: int | None = None) -> Listing:
    """Newest first, with the user's name and without hashes."""
    query = select(*_TOKEN_COLUMNS, core.user.c.name.label("user")).join(
        core.user, core.user.c.id == core.api_token.c.user_id
    )
    if user_id is not None:
        query = query.where(core.api_token.c.user_id == user_id)
    return fetch_page(tx, query, core.api_token.c.id, request)


def bearer(tx: Connection, token_hash: str) -> dict[str, Any] | None:
    """The active user behind a token that is not revoked, with token_id, expires_at and used_at; None otherwise."""
    query = (
        select(
            *_OPEN_COLUMNS, core.api_token.c.id.label("token_id"), core.api_token.c.expires_at, core.api_token.c.used_at
        )
        .join(core.api_token, core.api_token.c.user_id == core.user.c.id)
        .where(core.api_token.c.hash == token_hash, core.api_token.c.revoked.is_(False), core.user.c.active.is_(True))
    )
    return one(tx, query)


def note_use(tx: Connection, token_id: int, now: datetime) -> None:
    tx.execute(update(core.api_token).where(core.api_token.c.id == token_id).values(used_at=now))


def revoke_token(tx: Connection, token_id: int) -> bool:
    """Whether there was such a token."""
    done = tx.execute(update(core.api_token).where(core.api_token.c.id == token_id).values(revoked=True))
    return done.rowcount > 0


def revoke_tokens_of(tx: Connection, user_id: int) -> None:
    tx.execute(update(core.api_token).where(core.api_token.c.user_id == user_id).values(revoked=True))


def get_setting(tx: Connection, name: str) -> Any:
    """A product-wide setting's value, or None."""
    return tx.scalar(select(core.setting.c.value).where(core.setting.c.name == name))


def put_setting(tx: Connection, name: str, value: Any) -> None:
    changed = tx.execute(update(core.setting).where(core.setting.c.name == name).values(value=value))
    if not changed.rowcount:
        tx.execute(insert(core.setting).values(name=name, value=value))


def drop_setting(tx: Connection, name: str) -> None:
    tx.execute(delete(core.setting).where(core.setting.c.name == name))
