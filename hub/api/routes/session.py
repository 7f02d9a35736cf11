"""Sign in, sign out, who am I."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from hub.api.auth import Anyone, Hub
from hub.api.shapes import Done, Order, Shape, example, order_example
from hub.setup import accounts

router = APIRouter(tags=["登录 / session"])


class SignIn(Order):
    model_config = order_example(name="wang.li", password="a long pass phrase")  # noqa: S106

    name: str = Field(title="用户名 / User name", max_length=80)
    password: str = Field(title="密码 / Password", max_length=400)


class Me(Shape):
    model_config = example(name="wang.li", role="sales", employee_id=812, language="zh")

    name: str = Field(title="用户名 / User name")
    role: accounts.Role = Field(title="角色 / Role")
    employee_id: int | None = Field(None, title="员工记录 / Employee record")
    language: Literal["zh", "en"] = Field(title="语言 / Language")


class SignedIn(Shape):
    model_config = example(
        token="hub_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",  # noqa: S106
        me={"name": "wang.li", "role": "sales", "employee_id": 812, "language": "zh"},
    )

    token: str = Field(title="令牌，12 小时有效 / Token, valid for 12 hours")
    me: Me


def _me(caller: accounts.Caller) -> Me:
    return Me.model_validate(caller, from_attributes=True)


@router.post("/login", summary="登录 / Sign in")
def login(order: SignIn, hub: Hub) -> SignedIn:
    """A token for a name and a password. After five failures each further one doubles the wait (429)."""
    token, caller = accounts.sign_in(hub, order.name, order.password)
    return SignedIn(token=token, me=_me(caller))


@router.post("/logout", summary="退出 / Sign out")
def logout(hub: Hub, caller: Anyone) -> Done:
    """Ends the token that this request carries."""
    accounts.revoke(hub, caller.token_id, who=caller.name)
    return Done()


@router.get("/me", summary="当前用户 / Who am I")
def me(caller: Anyone) -> Me:
    """The signed-in person."""
    return _me(caller)
