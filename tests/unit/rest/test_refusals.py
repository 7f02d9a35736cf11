"""What the shipped NocoBase manifest makes of refusals (replies as crm.md section 4.4 has them): error, job, what to press."""

from typing import Any

import pytest

from connectors.rest import shipped
from hub.connector.contract import Write
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    PermissionMissing,
    RecordRejected,
    Unreachable,
)
from tests.unit.rest.vendor import Asked, Vendor, client

KEY = "key-of-nocobase-0001"


def told(code: str, message: str) -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message}]}


# status, reply, the error of a read and of a create, whose job, parts of the message and of what to press
READS: list[tuple[int, Any, type[HubError], str, str, str]] = [
    (401, told("INVALID_TOKEN", "Your session has expired"), CredentialsRejected, "hub_admin", "API 密钥无效", "API 密钥"),
    (401, told("EMPTY_TOKEN", "Unauthenticated"), CredentialsRejected, "hub_admin", "Unauthenticated", "API 密钥"),
    (403, told("", "No permissions"), PermissionMissing, "system_admin", "No permissions", "角色"),
    (404, "Not Found", ConfigInvalid, "hub_admin", "404", ""),
    (400, told("", "unknown filter field xx"), ConfigInvalid, "hub_admin", "unknown filter field xx", ""),
    (503, told("APP_ERROR", "maintaining"), Unreachable, "nobody", "503", "自动重试"),
]  # fmt: skip
WRITES: list[tuple[int, Any, type[HubError], str, str]] = [
    (400, told("", "hub_key already exists"), DuplicateInSystem, "", "hub_key already exists"),
    (400, told("", "name cannot be null"), RecordRejected, "author", "name cannot be null"),
    (400, told("", "value too long for type character varying(255)"), RecordRejected, "author", "value too long"),
]


@pytest.mark.parametrize(("status", "reply", "error", "job", "says", "press"), READS)
def test_a_refused_read_says_who_does_what(
    status: int, reply: Any, error: type[HubError], job: str, says: str, press: str
) -> None:
    with Vendor(pager=lambda _asked: (status, reply, {})) as vendor, pytest.raises(error) as caught:
        client(shipped("nocobase"), vendor.url, api_key=KEY).check()
    assert says in caught.value.text.zh
    assert caught.value.remedy is not None
    assert caught.value.remedy.job == job
    assert press in caught.value.remedy.press.zh
    assert KEY not in f"{caught.value}{caught.value.as_json()}"


@pytest.mark.parametrize(("status", "reply", "error", "job", "says"), WRITES)
def test_a_refused_record_fails_alone_with_the_vendors_words(
    status: int, reply: Any, error: type[HubError], job: str, says: str
) -> None:
    def answer(asked: Asked) -> Any:
        return (status, reply, {}) if asked.json["name"] == "bad" else (200, {"data": {"id": 1}}, {})

    with Vendor(pager=answer) as vendor:
        opened = client(shipped("nocobase"), vendor.url, api_key=KEY)
        good, bad = opened.create("customer", [Write("HUB-1", {"name": "good"}), Write("HUB-2", {"name": "bad"})])
    assert not isinstance(good, HubError)
    assert type(bad) is error
    assert says in bad.text.zh
    assert not job or (bad.remedy is not None and bad.remedy.job == job)
