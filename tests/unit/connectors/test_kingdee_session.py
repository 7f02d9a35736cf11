"""Sessions of the kingdee connector: what is sent to sign in, what a login reply means, the server's clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.kingdee import MANIFEST
from connectors.kingdee.config import KingdeeConfig
from connectors.kingdee.forms import FORMS
from connectors.kingdee.records import STAGE_ORDER
from connectors.kingdee.session import Session, cookie_headers, login_facts, session_id, zone_offset
from connectors.kingdee.stepper import STEPS
from hub.connector import Link, MemoryTokens
from hub.connector.http import Reply
from hub.errors import CredentialsRejected, PermissionMissing, Unreachable

APP = {"app_id": "100001_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY", "app_secret": "0123456789abcdef0123456789abcdef"}
BASE = {"server_url": "http://erp/K3Cloud/", "acct_id": "60a0000000000a", "username": "demo"}
NOW = datetime.fromtimestamp(1700000000, UTC)
WEST = {"Context": {"STimeZone": {"OffsetTicks": -180000000000, "StandardName": "西五区"}, "DataCenterName": "test"}}


@dataclass
class Desk:
    """The login service: answers `data`, remembers what it was asked."""

    data: Mapping[str, Any]
    cookies: Mapping[str, str] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(self, service: str, body: Mapping[str, Any]) -> Reply:
        self.asked.append((service.rsplit(".", 1)[-1], body["parameters"]))
        return Reply("kingdee", "login", True, 200, {}, b"", dict(self.data), self.cookies)


def session(desk: Any, **settings: Any) -> Session:
    config = KingdeeConfig.model_validate({**BASE, **settings})
    hidden: list[str] = []
    return Session(config, Link(now=lambda: NOW, tokens=MemoryTokens(now=lambda: NOW)), desk, hidden.append)


def success(**more: Any) -> dict[str, Any]:
    return {"LoginResultType": 1, "KDSVCSessionId": "sid-1", **WEST, **more}


@pytest.mark.parametrize(
    ("settings", "service", "parameters"),
    [
        (
            {"auth": "validate_user", "password": "pw"},
            "ValidateUser",
            ["60a0000000000a", "demo", "pw", 2052],
        ),
        (
            {"auth": "login_by_app_secret", **APP},
            "LoginByAppSecret",
            ["60a0000000000a", "demo", APP["app_id"], APP["app_secret"], 2052],
        ),
        (
            {"auth": "login_by_sign", **APP},
            "LoginBySign",
            [
                *("60a0000000000a", "demo", APP["app_id"], "1700000000"),
                "e23d9e06b0ee9a1eba7b76f47ca06ac2f0aa4839554d97d7e6ebfd7e23d98190",
                2052,
            ],
        ),
    ],
)
def test_login_calls(settings: dict[str, Any], service: str, parameters: list[Any]) -> None:
    desk = Desk(success())
    opened = session(desk, **settings)
    assert session_id(opened.token()) == "sid-1"
    assert session_id(opened.token()) == "sid-1"
    assert desk.asked == [(service, parameters)], "one login serves all calls"


def test_the_cookie_carries_the_session_when_the_reply_names_none() -> None:
    desk = Desk(success(KDSVCSessionId=None), {"kdservice-sessionid": "sid-2", "ASP.NET_SessionId": "asp"})
    headers = session(desk, auth="validate_user", password="pw").headers("http://erp/x", _token(desk))
    assert headers["kdservice-sessionid"] == "sid-2"
    assert headers["Cookie"] == "Theme=standard;kdservice-sessionid=sid-2; ASP.NET_SessionId=asp"


def _token(desk: Desk) -> str:
    return session(desk, auth="validate_user", password="pw").token()


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"LoginResultType": 0, "Message": "密码错误"}, CredentialsRejected),
        ({"LoginResultType": -3, "Message": ""}, CredentialsRejected),
        ({"LoginResultType": -1, "Message": "第三方应用：A 不允许用户demo 登录"}, PermissionMissing),
        ({"LoginResultType": 1, "KDSVCSessionId": None}, CredentialsRejected),
        ({}, CredentialsRejected),
    ],
)
def test_refused_logins(reply: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        session(Desk(reply), auth="validate_user", password="pw").token()


def test_a_confirmation_in_a_form_does_not_stop_the_calls() -> None:
    assert session(Desk(success(LoginResultType=-5)), auth="validate_user", password="pw").token()


def test_signed_calls_start_without_a_session_and_keep_the_one_they_are_given() -> None:
    desk = Desk(success())
    signed = session(desk, **APP)
    assert signed.token() == ""
    assert "X-Api-Signature" in signed.headers("http://erp/K3Cloud/a.b.common.kdsvc", "")
    signed.keep({"kdservice-sessionid": "sid-9"}, "")
    assert session_id(signed.token()) == "sid-9"
    assert desk.asked == []
    signed.renew(signed.token())
    assert signed.token() == ""


def test_other_credentials_have_a_session_of_their_own() -> None:
    first = session(Desk(success()), **APP)
    second = session(Desk(success()), **{**APP, "app_secret": "another"})
    assert first.name != second.name
    assert APP["app_secret"] not in first.name


def test_no_session_no_headers() -> None:
    assert cookie_headers("") == {}
    assert session_id("") == ""


# -- the server's clock


def test_the_zone_comes_from_the_login_reply() -> None:
    assert zone_offset(WEST) == -18000
    assert zone_offset({"Context": None}) is None
    desk = Desk(success())
    opened = session(desk, auth="validate_user", password="pw")
    assert opened.server_offset() == timedelta(hours=-5)
    assert opened.server_offset() == timedelta(hours=-5)
    assert len(desk.asked) == 1


def test_signed_calls_sign_in_once_to_learn_the_zone() -> None:
    desk = Desk(success())
    assert session(desk, **APP).server_offset() == timedelta(hours=-5)
    assert [service for service, _ in desk.asked] == ["LoginBySign"]


@pytest.mark.parametrize("refusal", [CredentialsRejected("x", "x"), Unreachable("x", "x")])
def test_a_tenant_that_only_takes_signed_calls_has_the_zone_of_the_settings(refusal: Exception) -> None:
    def refuse(service: str, body: Mapping[str, Any]) -> Reply:
        raise refusal

    assert session(refuse, **APP).server_offset() == timedelta(hours=8)
    assert session(refuse, **APP, server_zone="UTC").server_offset() == timedelta()
    with pytest.raises(type(refusal)):
        session(refuse, auth="validate_user", password="pw").server_offset()


def test_facts_for_people() -> None:
    facts = login_facts({**WEST, "Context": {**WEST["Context"], "DisplayVersion": "8.2"}}, "许可即将到期")
    assert facts == {
        "data_center": "test",
        "version": "8.2",
        "server_zone": "西五区",
        "notice": "许可即将到期",
    }


# -- what the manifest says


def test_manifest_and_code_speak_of_the_same_things() -> None:
    assert set(MANIFEST.entities) == set(FORMS)
    for name, entity in MANIFEST.entities.items():
        assert entity.object == FORMS[name].form_id
        assert [stage.name for stage in entity.stages] in ([], list(STAGE_ORDER))
        assert {stage.step for stage in entity.stages} <= {"", *STEPS}
        assert (entity.key == "field") == bool(FORMS[name].key_field)
        assert (entity.lines == "keyed") == bool(FORMS[name].entries and "update" in entity.can)
        assert ("disable" in entity.can) <= bool(FORMS[name].forbidden)
