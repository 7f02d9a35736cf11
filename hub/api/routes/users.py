"""People and their API tokens; the audit trail."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field

from hub.api.auth import Admin, Hub
from hub.api.shapes import Done, Made, Order, Paged, PageOf, Shape, example, order_example, page
from hub.setup import accounts
from hub.store import audit as audit_store
from hub.store import users as store

router = APIRouter(tags=["用户 / users"])


class UserRow(Shape):
    model_config = example(
        id=2,
        name="wang.li",
        role="sales",
        employee_id=812,
        language="zh",
        active=True,
        created_at="2026-11-21T08:00:00Z",
    )

    id: int = Field(title="编号 / Id")
    name: str = Field(title="用户名 / User name")
    role: accounts.Role = Field(title="角色 / Role")
    employee_id: int | None = Field(None, title="员工记录 / Employee record")
    language: str = Field(title="语言 / Language")
    active: bool = Field(title="启用 / Active")
    created_at: datetime = Field(title="创建时间 / Made at")


class NewUser(Order):
    model_config = order_example(name="wang.li", role="sales", password="a long pass phrase", employee_id=812)  # noqa: S106

    name: str = Field(title="用户名 / User name", max_length=80)
    role: accounts.Role = Field(title="角色 / Role")
    password: str = Field("", title="密码；空 = 只用令牌 / Password; empty = tokens only", max_length=400)
    employee_id: int | None = Field(None, title="员工记录 / Employee record")
    language: Literal["zh", "en"] = Field("zh", title="语言 / Language")


class UserChange(Order):
    model_config = order_example(role="finance", active=True)

    role: accounts.Role | None = Field(None, title="角色 / Role")
    password: str | None = Field(None, title="新密码 / New password", max_length=400)
    employee_id: int | None = Field(None, title="员工记录 / Employee record")
    language: Literal["zh", "en"] | None = Field(None, title="语言 / Language")
    active: bool | None = Field(None, title="启用 / Active")


class TokenRow(Shape):
    model_config = example(
        id=7, user_id=2, user="wang.li", name="laptop", created_at="2026-11-21T08:00:00Z", revoked=False
    )

    id: int = Field(title="编号 / Id")
    user_id: int = Field(title="用户编号 / User id")
    user: str = Field(title="用户 / User")
    name: str = Field(title="名称 / Label")
    created_at: datetime = Field(title="创建时间 / Made at")
    expires_at: datetime | None = Field(None, title="到期 / Expires at")
    used_at: datetime | None = Field(None, title="最近使用 / Last used at")
    revoked: bool = Field(title="已吊销 / Revoked")


class NewToken(Order):
    model_config = order_example(label="laptop", days=90)

    label: str = Field(title="名称 / Label", min_length=1, max_length=80)
    days: int | None = Field(None, title="有效天数；空 = 长期 / Days; empty = for ever", ge=1, le=3650)


class MadeToken(Shape):
    model_config = example(id=7, token="hub_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG")  # noqa: S106

    id: int = Field(title="编号 / Id")
    token: str = Field(title="令牌，只显示这一次 / The token, shown only now")


class AuditRow(Shape):
    model_config = example(
        id=31, at="2026-11-21T08:00:00Z", who="admin", action="connection.add", target="erp", data={"system": "kingdee"}
    )

    id: int = Field(title="编号 / Id")
    at: datetime = Field(title="时间 / When")
    who: str = Field(title="谁 / Who")
    action: str = Field(title="动作 / Action")
    target: str = Field(title="对象 / Target")
    data: dict[str, Any] = Field(title="细节 / Details")


@router.get("/users", summary="用户列表 / List users")
def list_users(hub: Hub, _: Admin, request: Paged) -> PageOf[UserRow]:
    """Oldest first."""
    with hub.db.read() as tx:
        return page(UserRow, store.list_users(tx, request))


@router.post("/users", summary="添加用户 / Add a user", status_code=201)
def add(order: NewUser, hub: Hub, caller: Admin) -> Made:
    """A salesperson sees the customers whose owner is `employee_id`."""
    return Made(id=accounts.add_user(hub, accounts.NewUser(**order.model_dump()), who=caller.name))


@router.patch("/users/{name}", summary="修改用户 / Change a user")
def change(name: str, order: UserChange, hub: Hub, caller: Admin) -> Done:
    """A new role or password, or switching the user off, ends all tokens of that user."""
    accounts.change_user(hub, name, order.model_dump(exclude_unset=True), who=caller.name)
    return Done()


@router.get("/tokens", summary="令牌列表 / List tokens")
def list_tokens(hub: Hub, _: Admin, request: Paged, user: str = "") -> PageOf[TokenRow]:
    """Newest first; the tokens themselves are not kept."""
    with hub.db.read() as tx:
        wanted = accounts.known_user(tx, user)["id"] if user else None
        return page(TokenRow, store.list_tokens(tx, request, user_id=wanted))


@router.post("/users/{name}/tokens", summary="发放令牌 / Make a token", status_code=201)
def make_token(name: str, order: NewToken, hub: Hub, caller: Admin) -> MadeToken:
    """The token is in this answer and nowhere else."""
    token_id, token = accounts.make_token(hub, name, order.label, who=caller.name, days=order.days)
    return MadeToken(id=token_id, token=token)


@router.delete("/tokens/{token_id}", summary="吊销令牌 / Revoke a token")
def revoke(token_id: int, hub: Hub, caller: Admin) -> Done:
    """At once."""
    accounts.revoke(hub, token_id, who=caller.name)
    return Done()


@router.get("/audit", summary="审计 / Audit trail", tags=["审计 / audit"])
def list_audit(hub: Hub, _: Admin, request: Paged, who: str = "", action: str = "") -> PageOf[AuditRow]:
    """Newest first; `action` is one action or a noun (connection)."""
    with hub.db.read() as tx:
        return page(AuditRow, audit_store.list_audit(tx, request, who=who, action=action))
