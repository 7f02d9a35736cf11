"""Who calls, and what their role may do: the dependency that stands on every route."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from hub.api.state import runtime_of
from hub.errors import NotAllowed, NotSignedIn
from hub.setup.accounts import Caller, caller_of
from hub.setup.needs import Runtime

_BEARER = HTTPBearer(auto_error=False, description="API 令牌 / API token: hub users token NAME")
_NAMES = {"admin": "管理员", "finance": "财务", "sales": "销售"}


def caller(
    request: Request,
    runtime: Annotated[Runtime, Depends(runtime_of)],
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Caller:
    """The signed-in person. Raises NotSignedIn."""
    if given is None:
        raise NotSignedIn("请先登录：请求头 Authorization: Bearer 令牌", "Sign in first: Authorization: Bearer TOKEN")
    found = caller_of(runtime.db, given.credentials, runtime.now())
    request.state.caller = found
    return found


def allow(*roles: str) -> Callable[[Caller], Caller]:
    """A dependency that lets only these roles pass. Raises NotAllowed."""

    def check(found: Annotated[Caller, Depends(caller)]) -> Caller:
        if found.role not in roles:
            zh, en = "、".join(_NAMES[role] for role in roles), ", ".join(roles)
            raise NotAllowed(f"{found.role} 不能这样做，需要：{zh}", f"{found.role} may not do this; it takes: {en}")
        return found

    check.roles = frozenset(roles)  # type: ignore[attr-defined]  # the tests read it off the routes
    return check


Admin = Annotated[Caller, Depends(allow("admin"))]
Office = Annotated[Caller, Depends(allow("admin", "finance"))]
Anyone = Annotated[Caller, Depends(allow("admin", "finance", "sales"))]
Hub = Annotated[Runtime, Depends(runtime_of)]
