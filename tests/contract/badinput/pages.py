"""Maintenance and gateway pages that every system's users have met, as faults of a sandbox."""

from collections.abc import Mapping
from typing import Any

from hub.errors import OutcomeUnknown, Text, Unreachable
from tests.contract.badinput.frame import AtConnection, AtWrite, Case, Cause, Sees

MAINTENANCE = (
    "<!DOCTYPE html><html><head><title>系统维护中</title></head><body><h2>系统维护中，请稍后再试</h2></body></html>"
)
BAD_GATEWAY = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr>"
    "<center>nginx</center></body></html>"
)
SIGN_IN = "https://login.example.com/maintenance.html"
_ITSELF = ("会自动重试",)


def page(status: int, text: str = MAINTENANCE, **more: Any) -> Mapping[str, Any]:
    """A fault that answers every call (`match` narrows it) with this page."""
    return {"kind": "garbage", "status": status, "page": text, **more}


def pages(
    says: str, *, entity: str = "customer", writes: bool = True, match: Mapping[str, Any] | None = None
) -> tuple[Case, ...]:
    """The usual cases: a page with status 200, 502, 503 and a redirect while reading, and a page as the answer to a write, which was
    done or was not. `says` is what the system's messages call it; `match` says which calls are writes."""
    told = {"match": dict(match or {"write": True})}
    reading = (
        _read("网页代替回复", "a page instead of a reply", page(200), (says, "系统维护中")),
        _read("网关错误页 502", "a gateway's page, 502", page(502, BAD_GATEWAY), (says, "502")),
        _read("停机页 503", "a page with status 503", page(503), (says, "系统维护中")),
        _read(
            "跳转到维护页",
            "a redirect to a maintenance page",
            page(302, "", headers={"location": SIGN_IN}),
            (says, "302", "跳转"),
        ),
    )
    if not writes:
        return reading
    return (
        *reading,
        _write(
            "写入时遇到网页，没有写成",
            "a page as the answer to a write that was not done",
            page(200, count=1, **told),
            entity,
        ),
        _write(
            "写入时遇到网页，其实已写成",
            "a page as the answer to a write that was done",
            page(200, count=1, commit=True, **told),
            entity,
        ),
    )


def _read(zh: str, en: str, fault: Mapping[str, Any], says: tuple[str, ...]) -> Case:
    sees = Sees(Unreachable, "nobody", says, _ITSELF)
    return AtConnection(kind="maintenance_page", name=Text(zh, en), sees=sees, cause=Cause(faults=(fault,)))


def _write(zh: str, en: str, fault: Mapping[str, Any], entity: str) -> Case:
    sees = Sees(OutcomeUnknown, "nobody", (), ("先核对是否已写入",))
    return AtWrite(kind="maintenance_page", name=Text(zh, en), sees=sees, cause=Cause(faults=(fault,)), entity=entity)
