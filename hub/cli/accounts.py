"""hub users and hub audit: people, their tokens, and what they did."""

from typing import Annotated

import typer

from hub.cli.desk import AsJson, Limit, columns, desk_of
from hub.setup import accounts
from hub.store import audit as audit_store
from hub.store import users as store

group = typer.Typer(help="用户 / Users", no_args_is_help=True)
trail = typer.Typer(help="审计 / Audit trail", no_args_is_help=True)

User = Annotated[str, typer.Argument(help="用户名 / User name")]
Role = Annotated[str, typer.Option(help="admin、sales、finance")]
Ask = Annotated[bool, typer.Option("--password", help="提示输入密码 / Ask for a password")]

_USERS = columns(
    id="编号 / Id",
    name="用户 / User",
    role="角色 / Role",
    employee_id="员工记录 / Employee",
    language="语言 / Language",
    active="启用 / Active",
)
_TOKENS = columns(
    id="编号 / Id",
    user="用户 / User",
    name="名称 / Label",
    expires_at="到期 / Expires",
    used_at="最近使用 / Used",
    revoked="已吊销 / Revoked",
)
_AUDIT = columns(
    at="时间 / When", who="谁 / Who", action="动作 / Action", target="对象 / Target", data="细节 / Details"
)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="users")
    app.add_typer(trail, name="audit")


@group.command("list")
def list_(ctx: typer.Context, limit: Limit = 50, as_json: AsJson = False) -> None:
    """用户列表 / List users"""
    desk = desk_of(ctx)
    with desk.hub.db.read() as tx:
        desk.listing(lambda page: store.list_users(tx, page), _USERS, limit=limit, as_json=as_json)


@group.command("add")
def add(
    ctx: typer.Context,
    name: User,
    *,
    role: Role,
    employee: Annotated[int | None, typer.Option(help="员工记录编号 / Record id of the employee")] = None,
    language: Annotated[str, typer.Option(help="zh、en")] = "zh",
    password: Ask = False,
) -> None:
    """添加用户 / Add a user"""
    desk = desk_of(ctx)
    given = _password() if password else ""
    accounts.add_user(desk.hub, accounts.NewUser(name, role, given, employee, language), who=desk.who)
    desk.say(f"已添加用户 {name}", f"Added user {name}")


@group.command("change")
def change(
    ctx: typer.Context,
    name: User,
    *,
    role: Annotated[str | None, typer.Option(help="admin、sales、finance")] = None,
    employee: Annotated[int | None, typer.Option(help="员工记录编号 / Record id of the employee")] = None,
    language: Annotated[str | None, typer.Option(help="zh、en")] = None,
    active: Annotated[bool | None, typer.Option(help="启用 / Active")] = None,
    password: Ask = False,
) -> None:
    """修改用户 / Change a user"""
    desk = desk_of(ctx)
    given = {"role": role, "employee_id": employee, "language": language, "active": active}
    changes = {key: value for key, value in given.items() if value is not None}
    if password:
        changes["password"] = _password()
    accounts.change_user(desk.hub, name, changes, who=desk.who)
    desk.say(f"已修改用户 {name}", f"Changed user {name}")


@group.command("token")
def token(
    ctx: typer.Context,
    name: User,
    label: Annotated[str, typer.Option(help="名称 / Label")] = "cli",
    days: Annotated[int | None, typer.Option(min=1, help="有效天数 / Days it is valid")] = None,
) -> None:
    """发放令牌，只显示这一次 / Make a token; it is shown only now"""
    desk = desk_of(ctx)
    typer.echo(accounts.make_token(desk.hub, name, label, who=desk.who, days=days)[1])


@group.command("tokens")
def tokens(ctx: typer.Context, limit: Limit = 50, as_json: AsJson = False) -> None:
    """令牌列表 / List tokens"""
    desk = desk_of(ctx)
    with desk.hub.db.read() as tx:
        desk.listing(lambda page: store.list_tokens(tx, page), _TOKENS, limit=limit, as_json=as_json)


@group.command("revoke")
def revoke(ctx: typer.Context, token_id: Annotated[int, typer.Argument(help="令牌编号 / Token id")]) -> None:
    """吊销令牌 / Revoke a token"""
    desk = desk_of(ctx)
    accounts.revoke(desk.hub, token_id, who=desk.who)
    desk.say(f"已吊销 {token_id}", f"Revoked {token_id}")


@trail.command("list")
def list_audit(
    ctx: typer.Context,
    action: Annotated[str, typer.Option(help="动作或对象种类，如 connection / Action, or its noun")] = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """谁做了什么，新的在前 / Who did what, newest first"""
    desk = desk_of(ctx)
    with desk.hub.db.read() as tx:
        desk.listing(lambda page: audit_store.list_audit(tx, page, action=action), _AUDIT, limit=limit, as_json=as_json)


def _password() -> str:
    return str(typer.prompt("密码 / Password", hide_input=True, confirmation_prompt=True, err=True))
