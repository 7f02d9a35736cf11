"""People and their API tokens: add, sign in with a brake on guessing, tell whose token a request carries."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from hub.errors import BadInput, NotFound, NotSignedIn, TooManyTries
from hub.setup.needs import Needs
from hub.store import users
from hub.store.audit import Deed, write_audit
from hub.store.database import Database
from hub.store.records import show_record
from hub.store.scope import EVERYTHING, Scope

Role = Literal["admin", "sales", "finance"]
ROLES: tuple[str, ...] = get_args(Role)
TOKEN_PREFIX = "hub_"  # noqa: S105 - marks a token as ours, opens nothing
SIGN_IN_LIFE = timedelta(hours=12)
PASSWORD_CHARS = (10, 200)
#: Wrong passwords that cost nothing; each one after them doubles the wait, up to the longest.
FREE_TRIES = 5
LONGEST_WAIT_S = 900.0

_HASHER = PasswordHasher()


@cache
def _nobody() -> str:
    """Verified when there is no such user, so that the answer takes as long as for a wrong password."""
    return _HASHER.hash(secrets.token_urlsafe())


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request."""

    user_id: int
    name: str
    role: str
    employee_id: int | None = None
    language: str = "zh"
    token_id: int = 0

    def scope(self) -> Scope:
        return Scope(employee_id=self.employee_id) if self.role == "sales" else EVERYTHING


@dataclass(frozen=True, slots=True)
class NewUser:
    """`password` "" = signs in by API token only. `employee_id` is the record of the person's employee."""

    name: str
    role: str
    password: str = ""
    employee_id: int | None = None
    language: str = "zh"


def add_user(needs: Needs, user: NewUser, *, who: str) -> int:
    """Returns the user's id. Raises BadInput naming the field."""
    _check_user(user)
    hashed = hash_password(user.password) if user.password else ""
    values = {"name": user.name, "role": user.role, "employee_id": user.employee_id, "language": user.language}
    with needs.db.write() as tx:
        if users.find_user(tx, user.name):
            raise BadInput(
                f"用户 {user.name} 已存在，请换一个名字",
                f"There is a user {user.name} already; choose another name",
                field="name",
                value=user.name,
            )
        _check_employee(tx, user.employee_id)
        key = users.insert_user(tx, values | {"password_hash": hashed, "created_at": needs.now()})
        write_audit(tx, Deed(who, "user.add", user.name, {"role": user.role}), needs.now())
    return key


def change_user(needs: Needs, name: str, changes: dict[str, Any], *, who: str) -> None:
    """Set role, employee_id, language, active or password. A change of role, password or activity ends all tokens."""
    values = {key: value for key, value in changes.items() if key in {"role", "employee_id", "language", "active"}}
    if "role" in values:
        _check_role(values["role"])
    if changes.get("password"):
        values["password_hash"] = hash_password(changes["password"])
    with needs.db.write() as tx:
        row = known_user(tx, name)
        _check_employee(tx, values.get("employee_id"))
        _keep_one_admin(tx, row, values)
        users.update_user(tx, row["id"], values)
        if {"role", "active", "password_hash"} & values.keys():
            users.revoke_tokens_of(tx, row["id"])
        shown = {key: value for key, value in values.items() if key != "password_hash"}
        write_audit(tx, Deed(who, "user.change", name, {**shown, "password": "password_hash" in values}), needs.now())


def make_token(needs: Needs, user: str, label: str, *, who: str, days: int | None = None) -> tuple[int, str]:
    """(token id, the token itself). Only its hash is kept: show it once."""
    expires = needs.now() + timedelta(days=days) if days else None
    with needs.db.write() as tx:
        row = known_user(tx, user)
        made = _insert_token(tx, row["id"], label, now=needs.now(), expires=expires)
        write_audit(tx, Deed(who, "token.add", user, {"label": label, "token_id": made[0]}), needs.now())
    return made


def revoke(needs: Needs, token_id: int, *, who: str) -> None:
    """Raises NotFound for an unknown token."""
    with needs.db.write() as tx:
        if not users.revoke_token(tx, token_id):
            raise NotFound(f"没有令牌 {token_id}", f"There is no token {token_id}", field="token", value=str(token_id))
        write_audit(tx, Deed(who, "token.revoke", str(token_id)), needs.now())


def sign_in(needs: Needs, name: str, password: str) -> tuple[str, Caller]:
    """A token for the password. Raises NotSignedIn (the same for a wrong name or password), TooManyTries."""
    nobody = _nobody()
    _count_try(needs.db, name, needs.now())
    with needs.db.read() as tx:
        row = users.find_user(tx, name)
    usable = row is not None and row["active"] and bool(row["password_hash"])
    if not _verify(row["password_hash"] if row and usable else nobody, password) or row is None or not usable:
        raise NotSignedIn("用户名或密码不对", "The user name or the password is wrong", field="password")
    with needs.db.write() as tx:
        users.drop_setting(tx, _brake(name))
        token_id, token = _insert_token(tx, row["id"], "sign-in", now=needs.now(), expires=needs.now() + SIGN_IN_LIFE)
        write_audit(tx, Deed(name, "user.sign_in", name), needs.now())
    return token, _caller(row | {"token_id": token_id})


def caller_of(db: Database, token: str, now: datetime) -> Caller:
    """Whose token this is. Raises NotSignedIn for one that is unknown, revoked or past its life."""
    with db.read() as tx:
        row = users.bearer(tx, token_hash(token))
    if row is None or (row["expires_at"] is not None and row["expires_at"] <= now):
        raise NotSignedIn("令牌无效或已过期，请重新登录", "The token is not valid or has expired; sign in again")
    if row["used_at"] is None or now - row["used_at"] >= users.USE_NOTED_EVERY:
        with db.write() as tx:
            users.note_use(tx, row["token_id"], now)
    return _caller(row)


def known_user(tx: Connection, name: str) -> dict[str, Any]:
    """The row of that name. Raises NotFound."""
    row = users.find_user(tx, name)
    if row is None:
        raise NotFound(f"没有用户 {name}", f"There is no user {name}", field="user", value=name)
    return row


def token_hash(token: str) -> str:
    """SHA-256: tokens are 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Argon2id. Raises BadInput for a password that is too short or too long."""
    least, most = PASSWORD_CHARS
    if not least <= len(password) <= most:
        raise BadInput(
            f"密码有 {len(password)} 个字符，应为 {least} 到 {most} 个",
            f"The password has {len(password)} characters; give {least} to {most}",
            field="password",
        )
    return _HASHER.hash(password)


def _verify(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password[: PASSWORD_CHARS[1] + 1])
    except (VerificationError, InvalidHashError):
        return False


def _brake(name: str) -> str:
    """Names are folded into 65,536 rows: a stranger's guesses cannot grow the table, nor tell which names exist."""
    return f"sign_in.{hashlib.sha256(name.encode()).hexdigest()[:4]}"


def _count_try(db: Database, name: str, now: datetime) -> None:
    """Counted before the password is looked at, so that parallel guesses cannot pass together."""
    with db.write() as tx:
        seen = users.get_setting(tx, _brake(name)) or {"failures": 0, "until": 0.0}
        wait = seen["until"] - now.timestamp()
        if wait > 0:
            raise TooManyTries(
                f"登录失败次数过多，请 {wait:.0f} 秒后再试",
                f"Too many failed sign-ins; try again in {wait:.0f} s",
                after=wait,
            )
        failures = seen["failures"] + 1
        pause = min(2.0 ** (failures - FREE_TRIES), LONGEST_WAIT_S) if failures >= FREE_TRIES else 0.0
        users.put_setting(tx, _brake(name), {"failures": min(failures, 60), "until": now.timestamp() + pause})


def _insert_token(
    tx: Connection, user_id: int, label: str, *, now: datetime, expires: datetime | None
) -> tuple[int, str]:
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    values = {"user_id": user_id, "name": label, "hash": token_hash(token), "created_at": now, "expires_at": expires}
    return users.insert_token(tx, values), token


def _caller(row: dict[str, Any]) -> Caller:
    names = ("name", "role", "employee_id", "language", "token_id")
    return Caller(user_id=row["id"], **{name: row[name] for name in names})


def _check_user(user: NewUser) -> None:
    if not 1 <= len(user.name.strip()) <= 80 or user.name != user.name.strip():
        raise BadInput(
            f"用户名 {user.name!r} 应为 1 到 80 个字符，首尾无空格",
            f"User name {user.name!r}: give 1 to 80 characters without outer blanks",
            field="name",
            value=user.name,
        )
    _check_role(user.role)
    if user.language not in {"zh", "en"}:
        raise BadInput(
            f"语言 {user.language} 应为 zh 或 en",
            f"language {user.language}: zh or en",
            field="language",
            value=user.language,
        )


def _check_role(role: str) -> None:
    if role not in ROLES:
        known = ", ".join(ROLES)
        raise BadInput(
            f"没有角色 {role}，可用：{known}", f"There is no role {role}; use {known}", field="role", value=role
        )


def _check_employee(tx: Connection, employee_id: int | None) -> None:
    if employee_id is None:
        return
    row = show_record(tx, EVERYTHING, employee_id)
    if row is None or row["entity"] != "employee":
        raise BadInput(
            f"记录 {employee_id} 不是员工",
            f"Record {employee_id} is not an employee",
            field="employee_id",
            value=str(employee_id),
        )


def _keep_one_admin(tx: Connection, row: dict[str, Any], values: dict[str, Any]) -> None:
    stays = values.get("role", row["role"]) == "admin" and values.get("active", row["active"])
    if row["role"] == "admin" and not stays and users.other_admins(tx, row["id"]) == 0:
        raise BadInput(
            f"{row['name']} 是最后一个管理员，不能停用或改角色",
            f"{row['name']} is the last admin and must stay one",
            field="role",
            value=row["name"],
        )
