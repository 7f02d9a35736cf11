"""The signature vectors of kingdee.md 2.1 and 2.2."""

import base64

import pytest

from sandbox.kingdee.signing import (
    api_signature,
    app_signature,
    client_secret,
    headers_are_valid,
    identity_of,
    login_signatures,
)

ACCT, USER, STAMP = "60a0000000000a", "demo", "1700000000"
APP_ID = "100001_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
SECRET = "0123456789abcdef0123456789abcdef"
PREFIX = "/K3Cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService."


def test_login_by_sign_accepts_the_sha256_and_the_sha1_form() -> None:
    assert login_signatures(ACCT, USER, APP_ID, SECRET, STAMP) == {
        "e23d9e06b0ee9a1eba7b76f47ca06ac2f0aa4839554d97d7e6ebfd7e23d98190",
        "dcc751d6937a106001bba528e59013da96ebe15c",
    }


def test_the_client_secret_hides_in_the_app_id() -> None:
    assert client_secret(APP_ID) == "cXJ2cCN1fn8qfHl/eX14aDNiajc0YTNr"


@pytest.mark.parametrize("app_id", ["100001", "100001_short", "1_2_3", "100001_" + "*" * 32])
def test_an_app_id_of_another_shape_has_no_client_secret(app_id: str) -> None:
    assert client_secret(app_id) == ""


@pytest.mark.parametrize(
    ("service", "signature"),
    [
        ("Save", "NTBlYTJhY2ExOWZhOTc2MmY1NTlkZmZlZDU3NTQ5NGRiMGVjN2U1NjNlNmNkNWZiMjI3NzQ5ZWVmZTg2ZDBkNA=="),
        (
            "ExecuteBillQuery",
            "NTNlMDNhODE3YmNjYjZlOTQ0N2QxYjFjZGM0YmZjMGJhZWJlMWRiMGE0NDVlZGUzOTNjMDgzYmM2OTYxY2QzMg==",
        ),
        ("BatchSave", "MjQwNWZiY2MzZWMzNDE1MzE1NGFjYTA3ZDdmNmEzNjg4NjFjMzc2ZDQxNTMyMmI3ODQ5MGYwZGY3YjJkNTU2Ng=="),
        (
            "QueryAsyncResult",
            "Mzg3MGYxYzJiMmVkZTcyNTc5ZDU2Zjg4NGQ4MmI2OTFmOWI4ZDQxYTUxOTc4MTkzMGUyMzE5ZjQzMDk1NTZmMg==",
        ),
    ],
)
def test_request_signatures(service: str, signature: str) -> None:
    assert api_signature(APP_ID, f"{PREFIX}{service}.common.kdsvc", STAMP, STAMP) == signature


@pytest.mark.parametrize(
    ("org", "appdata", "signature"),
    [
        (
            "0",
            "NjBhMDAwMDAwMDAwMGEsZGVtbywyMDUyLDA=",
            "MDMzOTNjZTkyOWM1YTJiZWU2YjBlMDI1ZTcwNjExMzNiZmEwYmNkMGNlYjJkYjZlNjgyNzAxN2RiY2VkM2EzYg==",
        ),
        (
            "null",
            "NjBhMDAwMDAwMDAwMGEsZGVtbywyMDUyLG51bGw=",
            "OTc2MTA0Zjc2MTBmY2RiYzNmNWYxZjEzMzc5OWM5ZGRhY2MyNWUwMjFiYzY1NzliNGI3OTExOWY2MTgwZTZmNQ==",
        ),
    ],
)
def test_app_signatures_of_the_python_and_the_java_sdk(org: str, appdata: str, signature: str) -> None:
    plain = f"{ACCT},{USER},2052,{org}"
    assert base64.b64encode(plain.encode()).decode() == appdata
    assert app_signature(APP_ID, SECRET, plain) == signature
    identity = identity_of({"x-kd-appdata": appdata})
    assert identity is not None
    assert (identity.acct_id, identity.username, identity.org_number) == (ACCT, USER, "")


def _headers(path: str) -> dict[str, str]:
    appdata = f"{ACCT},{USER},2052,100"
    return {
        "x-api-timestamp": STAMP,
        "x-api-nonce": "a-uuid",
        "x-api-signature": api_signature(APP_ID, path, "a-uuid", STAMP),
        "x-kd-appkey": APP_ID,
        "x-kd-appdata": base64.b64encode(appdata.encode()).decode(),
        "x-kd-signature": app_signature(APP_ID, SECRET, appdata),
    }


@pytest.mark.parametrize("spoilt", ["x-api-signature", "x-kd-signature", "x-kd-appkey", "x-api-nonce"])
def test_any_spoilt_header_is_refused(spoilt: str) -> None:
    path = PREFIX + "Save.common.kdsvc"
    good = _headers(path)
    assert headers_are_valid(good, path, app_id=APP_ID, app_secret=SECRET)
    assert not headers_are_valid({**good, spoilt: "x"}, path, app_id=APP_ID, app_secret=SECRET)
    assert not headers_are_valid(good, path.replace("Save", "View"), app_id=APP_ID, app_secret=SECRET)
